// In: edges, the least important first, and an eye. Out: which of the last, as many as the budget has, are drawn: 0 … 2 by
// kind, 3 not at all; and each one's number beside it.

struct Params {
    // Edges looked at, and how many come before them.
    count: u32,
    first: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
// Columns of the matrix from the world to the clip space; width and height in pixels, pixels per unit where w is 1,
// least radius in pixels; pixels per unit of an edge's width
@group(0) @binding(1) var<storage, read> eye: array<vec4<f32>>;
// [nodes]: x, y, z, mass
@group(0) @binding(2) var<storage, read> nodes: array<vec4<f32>>;
// [edges]: both ends; marks: 1 hidden, 2 and 4 kind; two halves: bend as a share of its length, half its width
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
    let place = thread.group.x * 256u + thread.index;
    if place >= p.count {
        return;
    }
    let edge = p.first + place;
    let own = ends[edge];
    let a = clip(nodes[own.x].xyz);
    let b = clip(nodes[own.y].xyz);
    // Beyond one side of the picture with both ends; what is bent may come back into it.
    let straight = unpack2x16float(own.w).x == 0.0;
    let beside = any((a.xy > vec2(a.w)) & (b.xy > vec2(b.w)))
        || any((a.xy < vec2(-a.w)) & (b.xy < vec2(-b.w)));
    let behind = a.w <= 1e-6 && b.w <= 1e-6;
    let hidden = (own.z & 1u) != 0u || (straight && beside) || behind;
    classes[place] = select((own.z >> 1u) & 3u, 3u, hidden);
    order[place] = edge;
}
