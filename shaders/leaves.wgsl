// In: nodes and their order along the Hilbert curve. Out: the lowest level of the tree, the nodes in that order.

struct Params {
    count: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
// [count]: x, y, z, mass
@group(0) @binding(1) var<storage, read> nodes: array<vec4<f32>>;
// [count]
@group(0) @binding(2) var<storage, read> order: array<u32>;
// [levels]: x, y, z, mass
@group(0) @binding(3) var<storage, read_write> tree: array<vec4<f32>>;

@compute @workgroup_size(256)
fn leaves(thread: Thread) {
    let at = thread.group.x * 256u + thread.index;
    if at < p.count {
        tree[at] = nodes[order[at]];
    }
}
