// In: nodes, an eye and a place in the picture. Out: the node there of each workgroup: the nearest to the eye of those that
// cover the place, else the nearest to the place.

struct Params {
    count: u32,
    x: f32,
    y: f32,
    // Pixels beyond its rim that still belong to a node.
    slack: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
// Columns of the matrix from the world to the clip space; width and height in pixels, pixels per unit where w is 1,
// least radius in pixels; pixels per unit of an edge's width
@group(0) @binding(1) var<storage, read> eye: array<vec4<f32>>;
// [count]: x, y, z, mass
@group(0) @binding(2) var<storage, read> nodes: array<vec4<f32>>;
// [count]: radius in world units; 0 = hidden
@group(0) @binding(3) var<storage, read> radii: array<f32>;
// [workgroups]
@group(0) @binding(4) var<storage, read_write> parts: array<vec2<u32>>;

@compute @workgroup_size(256)
fn pick_nodes(thread: Thread) {
    let node = thread.group.x * 256u + thread.index;
    var own = vec2(0xffffffffu);
    if node < p.count {
        let view = seen(nodes[node].xyz);
        let off = view.xy - vec2(p.x, p.y);
        let beyond = sqrt(dot(off, off)) - max(radii[node] * view.w, eye[4].w);
        if radii[node] > 0.0 && view.w > 0.0 && beyond <= p.slack {
            // The scale, pixels per unit, falls with the distance from the eye.
            let score = select(1.0 + beyond, 1.0 / (1.0 + view.w), beyond <= 0.0);
            own = vec2(bitcast<u32>(score), node);
        }
    }
    found[thread.index] = own;
    least(thread);
    if thread.index == 0u {
        parts[thread.group.x] = found[0];
    }
}
