// In: how strongly each node is reached by a change. Out: the same one spring further, halved, and taken over as mobility
// at the end. Pinned nodes stay pinned.

struct Params {
    count: u32,
    // 1: take over as mobility.
    last: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
// [count + 1]: first spring
@group(0) @binding(1) var<storage, read> offsets: array<u32>;
// [springs]: the other end and the strength's bits
@group(0) @binding(2) var<storage, read> springs_of: array<vec2<u32>>;
// [count]
@group(0) @binding(3) var<storage, read> reached: array<f32>;
// [count]
@group(0) @binding(4) var<storage, read_write> further: array<f32>;
// [count]: mobility (0 = pinned); 1 for a node without springs, else 0
@group(0) @binding(5) var<storage, read_write> traits: array<vec2<f32>>;

@compute @workgroup_size(256)
fn spread(thread: Thread) {
    let node = thread.group.x * 256u + thread.index;
    if node >= p.count {
        return;
    }
    var most = reached[node];
    for (var k = offsets[node]; k < offsets[node + 1u]; k++) {
        most = max(most, 0.5 * reached[springs_of[k].x]);
    }
    further[node] = most;
    if p.last == 1u && traits[node].x > 0.0 {
        traits[node].x = max(traits[node].x, min(most, 1.0));
    }
}
