// In: the best of each workgroup. Out: the best of all, eight bytes. One workgroup.

struct Params {
    count: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
// [count]
@group(0) @binding(1) var<storage, read> parts: array<vec2<u32>>;
// [1]
@group(0) @binding(2) var<storage, read_write> best: array<vec2<u32>>;

@compute @workgroup_size(256)
fn pick_best(thread: Thread) {
    var own = vec2(0xffffffffu);
    for (var k = thread.index; k < p.count; k += 256u) {
        let part = parts[k];
        if part.x < own.x || (part.x == own.x && part.y < own.y) {
            own = part;
        }
    }
    found[thread.index] = own;
    least(thread);
    if thread.index == 0u {
        best[0] = found[0];
    }
}
