// In: sums of workgroups. Out: the global speed (ForceAtlas2: traction over swing), or the sums themselves. One workgroup.

struct Params {
    // Sums to add up.
    count: u32,
    // 0: the global speed from swing and traction. 1: the sums, into `state` from 4 on.
    sums: u32,
    slowest: f32,
    fastest: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
// [count]
@group(0) @binding(1) var<storage, read> parts: array<vec4<f32>>;
// [8]: the global speed; from 4 on, sums
@group(0) @binding(2) var<storage, read_write> state: array<f32>;

@compute @workgroup_size(256)
fn pace(thread: Thread) {
    var own = vec4(0.0);
    for (var k = thread.index; k < p.count; k += 256u) {
        own += parts[k];
    }
    let sum = vec4(
        group_sum(thread, own.x), group_sum(thread, own.y), group_sum(thread, own.z), group_sum(thread, own.w),
    );
    if thread.index != 0u {
        return;
    }
    if p.sums == 1u {
        for (var k = 0u; k < 4u; k++) {
            state[4u + k] = sum[k];
        }
    } else {
        var wanted = p.fastest;
        if sum.x > 0.0 {
            wanted = sum.y / sum.x;
        }
        // It may fall at once, but rises slowly: one calm step proves little.
        state[0] = clamp(min(wanted, state[0] * 1.2), p.slowest, p.fastest);
    }
}
