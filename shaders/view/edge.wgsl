// In: links between places. Out: tapered, curved, screen-space strips with arrow heads, dashes and moving pulses.
// viewer/src/scene/curve.rs is the twin of the curve, for picking and labels: change both.

struct Edge {
    // Source and target (indices into positions), flags, number of pulses.
    ends: vec4<u32>,
    // RGB as stored and opacity.
    color: vec4<f32>,
    // Width in points, bend as a share of the length, second of birth, second of death (0 = alive).
    shape: vec4<f32>,
}

const DASHED: u32 = 1u;
const ARROW: u32 = 2u;
const OUTLINE: u32 = 4u;
const PICKED: u32 = 8u;
const MOVING: u32 = 16u;

@group(0) @binding(3) var<storage, read> edges: array<Edge>;

struct EdgeVertex {
    @builtin(position) clip: vec4<f32>,
    // x = pixels across from the middle line, y = half width (narrows to nothing in an arrow head),
    // z = place in the dash pattern (0.5 = solid), w = opacity.
    @location(0) @interpolate(linear) line: vec4<f32>,
    // RGB as stored; w = length of a dash and its gap in pixels.
    @location(1) @interpolate(flat) color: vec4<f32>,
    // x = pixels along, y = 1 in the body and 0 in the arrow head, z = length of the link.
    @location(2) @interpolate(linear) along: vec3<f32>,
    // Flags, number of pulses.
    @location(3) @interpolate(flat) flags: vec2<u32>,
}

fn bend(a: vec2<f32>, c: vec2<f32>, b: vec2<f32>, t: f32) -> vec2<f32> {
    return mix(mix(a, c, t), mix(c, b, t), t);
}

fn bend_direction(a: vec2<f32>, c: vec2<f32>, b: vec2<f32>, t: f32) -> vec2<f32> {
    let d = mix(c - a, b - c, t);
    return d / max(length(d), 1e-4);
}

// Of the disc a node stands in (see regroup.wgsl), else its own.
fn drawn_radius_px(mass: f32, radius: f32, w: f32) -> f32 {
    return select(radius_px(radius, max(w, NEAR_W)), -mass * view.pixels_per_point, mass < 0.0);
}

// `segments` strips of two triangles, then two triangles for the arrow head.
fn edge_strip(vertex: u32, edge_index: u32, segments: u32) -> EdgeVertex {
    var out: EdgeVertex;
    let edge = edges[edge_index];
    let from_place = positions[edge.ends.x];
    let to_place = positions[edge.ends.y];
    var from_clip = view.clip_from_world * vec4<f32>(from_place.xyz, 1.0);
    var to_clip = view.clip_from_world * vec4<f32>(to_place.xyz, 1.0);
    let now = view.highlight.w;
    let died = edge.shape.w;
    let alive = select(1.0, saturate(1.0 - (now - died)), died > 0.0);
    // Links within a group are not seen.
    let within = from_place.w < 0.0 && all(from_place == to_place);
    if max(from_clip.w, to_clip.w) < NEAR_W || alive <= 0.0 || within {
        out.clip = OUTSIDE;
        return out;
    }
    var from_px_radius = drawn_radius_px(from_place.w, nodes[edge.ends.x].state.w, from_clip.w);
    var to_px_radius = drawn_radius_px(to_place.w, nodes[edge.ends.y].state.w, to_clip.w);
    // Cut at the camera's plane: a link that passes the camera must not wrap around the picture.
    if from_clip.w < NEAR_W {
        from_clip = mix(to_clip, from_clip, (to_clip.w - NEAR_W) / (to_clip.w - from_clip.w));
        from_px_radius = 0.0;
    } else if to_clip.w < NEAR_W {
        to_clip = mix(from_clip, to_clip, (from_clip.w - NEAR_W) / (from_clip.w - to_clip.w));
        to_px_radius = 0.0;
    }
    let a = pixels_from_clip(from_clip);
    let b = pixels_from_clip(to_clip);
    let chord = max(length(b - a), 1e-3);
    let across = vec2<f32>(a.y - b.y, b.x - a.x) / chord;
    let c = (a + b) * 0.5 + across * (edge.shape.y * chord);

    let age = max(now - edge.shape.z, 0.0);
    let flash = select(exp(-3.0 * age), 0.0, view.reduced_motion > 0.5);
    let width = max(edge.shape.x * view.pixels_per_point * (1.0 + 1.2 * flash), 0.3);
    let arrow = (edge.ends.z & ARROW) != 0u;
    let gap = 1.5 * view.pixels_per_point;
    let t0 = min((from_px_radius + gap) / chord, 0.45);
    let t1 = max(1.0 - (to_px_radius + gap) / chord, 0.55);
    let head = select(0.0, min(3.5 * view.pixels_per_point + 2.6 * width, 0.45 * (t1 - t0) * chord), arrow);
    let neck = t1 - head / chord;

    let body_vertices = segments * 6u;
    var corners = array<vec2<f32>, 6>(
        vec2(0.0, -1.0), vec2(1.0, -1.0), vec2(1.0, 1.0), vec2(0.0, -1.0), vec2(1.0, 1.0), vec2(0.0, 1.0),
    );
    let corner = corners[vertex % 6u];
    let period = (6.0 + 2.0 * edge.shape.x) * view.pixels_per_point;
    var px: vec2<f32>;
    var t: f32;
    if vertex < body_vertices {
        t = mix(t0, neck, (f32(vertex / 6u) + corner.x) / f32(segments));
        let along = bend_direction(a, c, b, t);
        // Wide where it starts, narrow where it acts.
        let half_width = max(0.5 * width * mix(1.15, 0.75, t), 0.5);
        let reach = corner.y * (half_width + 0.5);
        px = bend(a, c, b, t) + vec2<f32>(-along.y, along.x) * reach;
        let dashed = (edge.ends.z & DASHED) != 0u;
        out.line = vec4<f32>(reach, half_width, select(0.5, t * chord / period, dashed), 0.0);
        out.along = vec3<f32>(t * chord, 1.0, chord);
    } else {
        if !arrow {
            out.clip = OUTSIDE;
            return out;
        }
        let along = bend_direction(a, c, b, mix(neck, t1, 0.5));
        let half_width = 0.42 * head + 0.15 * width;
        let reach = corner.y * (half_width + 0.5);
        let step_px = mix(-0.5, head + 1.0, corner.x);
        px = bend(a, c, b, neck) + along * step_px + vec2<f32>(-along.y, along.x) * reach;
        t = mix(neck, t1, corner.x);
        out.line = vec4<f32>(reach, half_width * (1.0 - step_px / head), 0.5, 0.0);
        out.along = vec3<f32>(t * chord, 0.0, chord);
    }
    let depth = mix(from_clip.z / from_clip.w, to_clip.z / to_clip.w, t);
    let w = 1.0 / mix(1.0 / from_clip.w, 1.0 / to_clip.w, t);
    out.clip = vec4<f32>(ndc_from_pixels(px), depth, 1.0);
    // Lines thinner than a pixel become fainter, not invisible.
    let clear = 1.0 - select(fog(w), 0.0, (edge.ends.z & PICKED) != 0u);
    out.line.w = mix(edge.color.a * alive * min(width, 1.0) * clear, 1.0, flash * 0.8);
    out.color = vec4<f32>(mix(edge.color.rgb, view.highlight.rgb, flash * 0.7), period);
    out.flags = edge.ends.zw;
    return out;
}

// One straight quad per link, without a head: enough where the whole of a large graph is in view.
@vertex
fn straight_vertex(@builtin(vertex_index) vertex: u32, @builtin(instance_index) instance: u32) -> EdgeVertex {
    return edge_strip(vertex, drawn_item(0u, instance), 1u);
}

// A few strips for the pairs of a large graph that have several links.
@vertex
fn bent_vertex(@builtin(vertex_index) vertex: u32, @builtin(instance_index) instance: u32) -> EdgeVertex {
    return edge_strip(vertex, drawn_item(1u, instance), 4u);
}

@vertex
fn smooth_vertex(@builtin(vertex_index) vertex: u32, @builtin(instance_index) instance: u32) -> EdgeVertex {
    return edge_strip(vertex, drawn_item(2u, instance), 12u);
}

fn line_cover(line: vec4<f32>, period: f32) -> f32 {
    let across = saturate(line.y - abs(line.x) + 0.5);
    let dash = saturate((0.31 - abs(fract(line.z) - 0.5)) * period + 0.5);
    return across * dash;
}

// Without a branch: software renderers pay for both sides of every one.
@fragment
fn plain_fragment(in: EdgeVertex) -> @location(0) vec4<f32> {
    let alpha = line_cover(in.line, in.color.w) * in.line.w;
    return vec4<f32>(in.color.rgb * alpha, alpha);
}

// Hollow lines and running pulses, for the links the eye is on.
@fragment
fn rich_fragment(in: EdgeVertex) -> @location(0) vec4<f32> {
    var cover = line_cover(in.line, in.color.w);
    var color = in.color.rgb;
    let scale = view.pixels_per_point;
    let across = abs(in.line.x);
    if (in.flags.x & OUTLINE) != 0u {
        // Two thin lines: the hollow shape of a link that is not there.
        cover *= saturate(across - (in.line.y - 1.2 * scale) + 0.5);
    }
    if (in.flags.x & MOVING) != 0u && in.along.y > 0.5 {
        // A train of as many pulses as rows of lag runs from cause to effect.
        let spacing = 11.0 * scale;
        let count = f32(in.flags.y);
        let lead = fract(view.highlight.w * 0.32) * (in.along.z + count * spacing);
        let behind = (lead - in.along.x + across * 0.6) / spacing;
        let car = floor(behind);
        let near = (behind - car - 0.5) * 4.0;
        let glow = select(0.0, exp(-near * near), car >= 0.0 && car < count);
        color = mix(color, view.highlight.rgb, glow * 0.85);
        cover = saturate(cover * (1.0 + 0.6 * glow));
    }
    let alpha = cover * in.line.w;
    return vec4<f32>(color * alpha, alpha);
}
