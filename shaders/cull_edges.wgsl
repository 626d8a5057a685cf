// In: edges, the most important first, and an eye. Out: which are drawn: 0 yes, 2 no; and each one's number beside it. The
// budget is a number of edges; marked ones are drawn beyond it.

struct Params {
    count: u32,
    budget: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
// Columns of the matrix from the world to the clip space; width and height in pixels, pixels per unit where w is 1
@group(0) @binding(1) var<storage, read> eye: array<vec4<f32>>;
// [nodes]: x, y, z, mass
@group(0) @binding(2) var<storage, read> nodes: array<vec4<f32>>;
// [count]: both ends, and marks: 1 hidden, 2 always drawn
@group(0) @binding(3) var<storage, read> ends: array<vec4<u32>>;
// [count]
@group(0) @binding(4) var<storage, read_write> classes: array<u32>;
// [count]
@group(0) @binding(5) var<storage, read_write> order: array<u32>;

fn clip(at: vec3<f32>) -> vec4<f32> {
    return eye[0] * at.x + eye[1] * at.y + eye[2] * at.z + eye[3];
}

@compute @workgroup_size(256)
fn cull_edges(thread: Thread) {
    let edge = thread.group.x * 256u + thread.index;
    if edge >= p.count {
        return;
    }
    let own = ends[edge];
    let a = clip(nodes[own.x].xyz);
    let b = clip(nodes[own.y].xyz);
    // Beyond one side of the picture with both ends.
    let beside = any((a.xy > vec2(a.w)) & (b.xy > vec2(b.w)))
        || any((a.xy < vec2(-a.w)) & (b.xy < vec2(-b.w)));
    let behind = a.w <= 1e-6 && b.w <= 1e-6;
    let wanted = (own.z & 1u) == 0u && (edge < p.budget || (own.z & 2u) != 0u);
    classes[edge] = select(2u, 0u, wanted && !beside && !behind);
    order[edge] = edge;
}
