// In: a number of rounds. Out: how fast the device multiplies and adds at best: eight chains of dependent fused
// multiply-adds in each thread, nothing else. Only measured against, never used.

struct Params {
    rounds: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
// [threads]
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(256)
fn peak(thread: Thread) {
    let at = thread.group.x * 256u + thread.index;
    let factor = 0.999 + f32(thread.index) * 1e-9;
    var a = vec4(f32(at), 1.0, 2.0, 3.0);
    var b = vec4(4.0, 5.0, 6.0, 7.0);
    for (var round = 0u; round < p.rounds; round++) {
        for (var k = 0u; k < 16u; k++) {
            a = fma(a, vec4(factor), vec4(0.5));
            b = fma(b, vec4(factor), vec4(0.25));
        }
    }
    sums[at] = dot(a, b);
}
