// In: edges, an eye and a place in the picture. Out: the edge of each workgroup that passes nearest to the place.

struct Params {
    count: u32,
    x: f32,
    y: f32,
    // Pixels beside it that still belong to an edge.
    slack: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
// Columns of the matrix from the world to the clip space; width and height in pixels, pixels per unit where w is 1
@group(0) @binding(1) var<storage, read> eye: array<vec4<f32>>;
// [nodes]: x, y, z, mass
@group(0) @binding(2) var<storage, read> nodes: array<vec4<f32>>;
// [count]: both ends, and marks: 1 hidden, 2 always drawn
@group(0) @binding(3) var<storage, read> ends: array<vec4<u32>>;
// [workgroups]
@group(0) @binding(4) var<storage, read_write> parts: array<vec2<u32>>;

@compute @workgroup_size(256)
fn pick_edges(thread: Thread) {
    let edge = thread.group.x * 256u + thread.index;
    var own = vec2(0xffffffffu);
    if edge < p.count && (ends[edge].z & 1u) == 0u {
        let a = seen(nodes[ends[edge].x].xyz);
        let b = seen(nodes[ends[edge].y].xyz);
        if a.w > 0.0 && b.w > 0.0 {
            let along = b.xy - a.xy;
            let to = vec2(p.x, p.y) - a.xy;
            let share = clamp(dot(to, along) / max(dot(along, along), 1e-12), 0.0, 1.0);
            let off = to - share * along;
            let beside = sqrt(dot(off, off));
            if beside <= p.slack {
                own = vec2(bitcast<u32>(beside), edge);
            }
        }
    }
    found[thread.index] = own;
    least(thread);
    if thread.index == 0u {
        parts[thread.group.x] = found[0];
    }
}
