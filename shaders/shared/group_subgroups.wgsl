// Who a thread is, and sums over a workgroup of at most 256 threads, by subgroups.
struct Thread {
    @builtin(local_invocation_index) index: u32,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(subgroup_invocation_id) lane: u32,
    @builtin(subgroup_id) subgroup: u32,
    @builtin(num_subgroups) subgroups: u32,
}

var<workgroup> group_scratch: array<f32, 256>;

// The sum of `value` over the workgroup, the same in every thread and on every run.
fn group_sum(thread: Thread, value: f32) -> f32 {
    let part = subgroupAdd(value);
    workgroupBarrier();
    if thread.lane == 0u {
        group_scratch[thread.subgroup] = part;
    }
    workgroupBarrier();
    var sum = 0.0;
    for (var s = 0u; s < thread.subgroups; s++) {
        sum += group_scratch[s];
    }
    return sum;
}
