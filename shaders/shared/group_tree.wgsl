// Who a thread is, and sums over a workgroup of 256 threads, by a tree in workgroup memory.
struct Thread {
    @builtin(local_invocation_index) index: u32,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
}

var<workgroup> group_scratch: array<f32, 256>;

// The sum of `value` over the workgroup, the same in every thread and on every run.
fn group_sum(thread: Thread, value: f32) -> f32 {
    workgroupBarrier();
    group_scratch[thread.index] = value;
    workgroupBarrier();
    for (var half = 128u; half > 0u; half /= 2u) {
        if thread.index < half {
            group_scratch[thread.index] += group_scratch[thread.index + half];
        }
        workgroupBarrier();
    }
    return group_scratch[0];
}
