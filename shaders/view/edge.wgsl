// In: links between places. Out: tapered, curved, screen-space strips with arrow heads, dashes and moving pulses.
// viewer/src/scene/curve.rs is the twin of the curve, for picking and labels: change both.

struct Edge {
    // Source and target (indices into positions), flags, number of pulses.
    ends: vec4<u32>,
    // Linear RGB and opacity.
    color: vec4<f32>,
    // Width in points, bend as a share of the length, second of birth, second of death (0 = alive).
    shape: vec4<f32>,
}

const DASHED: u32 = 1u;
const ARROW: u32 = 2u;
const OUTLINE: u32 = 4u;
const PICKED: u32 = 8u;
const MOVING: u32 = 16u;

@group(0) @binding(2) var<storage, read> edges: array<Edge>;

struct EdgeVertex {
    @builtin(position) clip: vec4<f32>,
    // x = pixels across from the middle line, y = pixels along.
    @location(0) @interpolate(linear) place_px: vec2<f32>,
    // x = half width, y = length of the arrow head (0 in the body), z = length of the whole link.
    @location(1) @interpolate(linear) size_px: vec3<f32>,
    @location(2) @interpolate(flat) color: vec4<f32>,
    @location(3) @interpolate(flat) flags: vec2<u32>,
    // Opacity that changes along the link (fade by distance).
    @location(4) @interpolate(linear) opacity: f32,
}

fn bend(a: vec2<f32>, c: vec2<f32>, b: vec2<f32>, t: f32) -> vec2<f32> {
    return mix(mix(a, c, t), mix(c, b, t), t);
}

fn bend_direction(a: vec2<f32>, c: vec2<f32>, b: vec2<f32>, t: f32) -> vec2<f32> {
    let d = mix(c - a, b - c, t);
    return d / max(length(d), 1e-4);
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
    if max(from_clip.w, to_clip.w) < NEAR_W || alive <= 0.0 {
        out.clip = OUTSIDE;
        return out;
    }
    var from_px_radius = radius_px(from_place.w, max(from_clip.w, NEAR_W));
    var to_px_radius = radius_px(to_place.w, max(to_clip.w, NEAR_W));
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
    var px: vec2<f32>;
    var t: f32;
    if vertex < body_vertices {
        t = mix(t0, neck, (f32(vertex / 6u) + corner.x) / f32(segments));
        let along = bend_direction(a, c, b, t);
        let normal = vec2<f32>(-along.y, along.x);
        // Wide where it starts, narrow where it acts.
        let half_width = max(0.5 * width * mix(1.15, 0.75, t), 0.5);
        let reach = half_width + 1.0;
        px = bend(a, c, b, t) + normal * corner.y * reach;
        out.place_px = vec2<f32>(corner.y * reach, t * chord);
        out.size_px = vec3<f32>(half_width, 0.0, chord);
    } else {
        if !arrow {
            out.clip = OUTSIDE;
            return out;
        }
        let base = bend(a, c, b, neck);
        let along = bend_direction(a, c, b, mix(neck, t1, 0.5));
        let normal = vec2<f32>(-along.y, along.x);
        let half_width = 0.42 * head + 0.5 * width * 0.3;
        let reach = half_width + 1.0;
        let step_px = mix(-0.5, head + 1.0, corner.x);
        px = base + along * step_px + normal * corner.y * reach;
        t = mix(neck, t1, corner.x);
        out.place_px = vec2<f32>(corner.y * reach, step_px);
        out.size_px = vec3<f32>(half_width, head, chord);
    }
    let depth = mix(from_clip.z / from_clip.w, to_clip.z / to_clip.w, t);
    let w = 1.0 / mix(1.0 / from_clip.w, 1.0 / to_clip.w, t);
    out.clip = vec4<f32>(ndc_from_pixels(px), depth, 1.0);
    // Lines thinner than a pixel become fainter, not invisible.
    let thin = min(width, 1.0);
    let picked = (edge.ends.z & PICKED) != 0u;
    out.opacity = edge.color.a * alive * thin * (1.0 - select(fog(w), 0.0, picked));
    out.opacity = mix(out.opacity, 1.0, flash * 0.8);
    out.color = vec4<f32>(mix(edge.color.rgb, view.highlight.rgb, flash * 0.7), edge.color.a);
    out.flags = edge.ends.zw;
    return out;
}

// One straight quad per link: enough where the whole graph is in view.
@vertex
fn straight_vertex(@builtin(vertex_index) vertex: u32, @builtin(instance_index) edge: u32) -> EdgeVertex {
    return edge_strip(vertex, edge, 1u);
}

@vertex
fn curved_vertex(@builtin(vertex_index) vertex: u32, @builtin(instance_index) edge: u32) -> EdgeVertex {
    return edge_strip(vertex, edge, 12u);
}

@fragment
fn edge_fragment(in: EdgeVertex) -> @location(0) vec4<f32> {
    let across = abs(in.place_px.x);
    let along = in.place_px.y;
    let half_width = in.size_px.x;
    let scale = view.pixels_per_point;
    var cover: f32;
    var color = in.color.rgb;
    let head = in.size_px.y;
    if head > 0.0 {
        cover = saturate(half_width * (1.0 - along / head) - across + 0.5) * saturate(along + 0.5);
    } else {
        cover = saturate(half_width - across + 0.5);
        if (in.flags.x & OUTLINE) != 0u {
            // Two thin lines: the hollow shape of a link that is not there.
            cover = cover * saturate(across - (half_width - 1.2 * scale) + 0.5);
        }
        if (in.flags.x & DASHED) != 0u {
            let period = (5.0 + 2.0 * half_width) * scale;
            let dash = abs(fract(along / period) - 0.5) * period;
            cover = cover * saturate(0.30 * period - dash + 0.5);
        }
        if (in.flags.x & MOVING) != 0u && in.flags.y > 0u {
            // A train of as many pulses as rows of lag runs from cause to effect.
            let spacing = 11.0 * scale;
            let count = f32(in.flags.y);
            let lead = fract(view.highlight.w * 0.32) * (in.size_px.z + count * spacing);
            let behind = lead - along + across * 0.6;
            let car = floor(behind / spacing);
            let glow = select(0.0, 1.0, car >= 0.0 && car < count)
                * exp(-pow((behind / spacing - car - 0.5) * 4.0, 2.0));
            color = mix(color, view.highlight.rgb, glow * 0.85);
            cover = saturate(cover * (1.0 + 0.6 * glow));
        }
    }
    let alpha = cover * in.opacity;
    if alpha < 0.004 {
        discard;
    }
    return vec4<f32>(color * alpha, alpha);
}
