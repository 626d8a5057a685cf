// In: nodes and an eye. Out: how each node is to be drawn: 0 in full, 1 as a disc, 3 not at all; and its number beside it.

struct Params {
    count: u32,
    // Radius in pixels from which on a node is drawn in full; true radius below which it is not drawn.
    full: f32,
    least: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
// Columns of the matrix from the world to the clip space; width and height in pixels, pixels per unit where w is 1,
// least radius in pixels; pixels per unit of an edge's width
@group(0) @binding(1) var<storage, read> eye: array<vec4<f32>>;
// [count]: x, y, z, mass; negative masses are not drawn
@group(0) @binding(2) var<storage, read> nodes: array<vec4<f32>>;
// [count]: radius in world units; 0 = hidden
@group(0) @binding(3) var<storage, read> radii: array<f32>;
// [count]
@group(0) @binding(4) var<storage, read_write> classes: array<u32>;
// [count]
@group(0) @binding(5) var<storage, read_write> order: array<u32>;

@compute @workgroup_size(256)
fn cull_nodes(thread: Thread) {
    let node = thread.group.x * 256u + thread.index;
    if node >= p.count {
        return;
    }
    let view = seen(nodes[node].xyz);
    let own = radii[node] * view.w;
    let radius = max(own, eye[4].w);
    var class_of = 3u;
    let inside = all(view.xy + radius >= vec2(0.0)) && all(view.xy - radius <= eye[4].xy);
    if own > 0.0 && own >= p.least && inside && nodes[node].w >= 0.0 {
        class_of = select(1u, 0u, radius >= p.full);
    }
    classes[node] = class_of;
    order[node] = node;
}
