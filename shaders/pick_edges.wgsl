// In: edges, an eye and a place in the picture. Out: the edge of each workgroup that passes nearest to the place, of equal
// ones the last, as what comes behind every node: scores above theirs, numbers counted down from the largest.

struct Params {
    count: u32,
    x: f32,
    y: f32,
    // Pixels beside it that still belong to an edge.
    slack: f32,
    // Where its part of the workgroups begins.
    first: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
// Columns of the matrix from the world to the clip space; width and height in pixels, pixels per unit where w is 1,
// least radius in pixels; pixels per unit of an edge's width
@group(0) @binding(1) var<storage, read> eye: array<vec4<f32>>;
// [nodes]: x, y, z, mass
@group(0) @binding(2) var<storage, read> nodes: array<vec4<f32>>;
// [count]: both ends; marks: 1 hidden, 2 and 4 kind; two halves: bend as a share of its length, half its width
@group(0) @binding(3) var<storage, read> ends: array<vec4<u32>>;
// [first + workgroups]
@group(0) @binding(4) var<storage, read_write> parts: array<vec2<u32>>;

// More than any slack of a node.
const BEHIND: f32 = 1024.0;

@compute @workgroup_size(256)
fn pick_edges(thread: Thread) {
    let edge = thread.group.x * 256u + thread.index;
    var own = vec2(0xffffffffu);
    if edge < p.count && (ends[edge].z & 1u) == 0u {
        let a = seen(nodes[ends[edge].x].xyz);
        let b = seen(nodes[ends[edge].y].xyz);
        if a.w > 0.0 && b.w > 0.0 {
            let curve = unpack2x16float(ends[edge].w);
            let chord = b.xy - a.xy;
            let middle = (a.xy + b.xy) * 0.5 + vec2(chord.y, -chord.x) * curve.x;
            // As many as it is drawn in.
            let pieces = select(12u, 1u, curve.x == 0.0);
            var square = 3e38;
            var here = a.xy;
            for (var piece = 1u; piece <= pieces; piece++) {
                let t = f32(piece) / f32(pieces);
                let next = mix(mix(a.xy, middle, t), mix(middle, b.xy, t), t);
                let along = next - here;
                let to = vec2(p.x, p.y) - here;
                let off = to - clamp(dot(to, along) / max(dot(along, along), 1e-12), 0.0, 1.0) * along;
                square = min(square, dot(off, off));
                here = next;
            }
            let beside = max(sqrt(square) - curve.y * eye[5].x, 0.0);
            if beside <= p.slack {
                own = vec2(bitcast<u32>(BEHIND + beside), 0xffffffffu - edge);
            }
        }
    }
    found[thread.index] = own;
    least(thread);
    if thread.index == 0u {
        parts[p.first + thread.group.x] = found[0];
    }
}
