// In: places and styles of nodes. Out: lit spheres drawn as flat quads, diamonds for hyperedges, rings for what is picked.

struct NodeVertex {
    @builtin(position) clip: vec4<f32>,
    // Pixels from the node's centre, y up.
    @location(0) @interpolate(linear) offset_px: vec2<f32>,
    @location(1) @interpolate(flat) node: u32,
    // x = radius in pixels, y = fade by distance.
    @location(2) @interpolate(flat) size: vec2<f32>,
}

fn node_corner(corner: u32, node: u32) -> NodeVertex {
    var out: NodeVertex;
    let place = positions[node];
    let clip = view.clip_from_world * vec4<f32>(place.xyz, 1.0);
    if clip.w < NEAR_W || nodes[node].state.x > 1.5 || place.w < 0.0 {
        out.clip = OUTSIDE;
        return out;
    }
    let r = radius_px(nodes[node].state.w, clip.w);
    var corners = array<vec2<f32>, 6>(
        vec2(-1.0, -1.0), vec2(1.0, -1.0), vec2(1.0, 1.0), vec2(-1.0, -1.0), vec2(1.0, 1.0), vec2(-1.0, 1.0),
    );
    // Room for the ring around a picked node.
    let reach = select(r + 1.5, r + 7.0 * view.pixels_per_point, nodes[node].state.y > 0.5);
    out.offset_px = corners[corner] * reach;
    let px = pixels_from_clip(clip) + out.offset_px;
    out.clip = vec4<f32>(ndc_from_pixels(px), clip.z / clip.w, 1.0);
    out.node = node;
    out.size = vec2<f32>(r, fog(clip.w));
    return out;
}

@vertex
fn node_vertex(@builtin(vertex_index) corner: u32, @builtin(instance_index) instance: u32) -> NodeVertex {
    return node_corner(corner, drawn_item(0u, instance));
}

@vertex
fn disc_vertex(@builtin(vertex_index) corner: u32, @builtin(instance_index) instance: u32) -> NodeVertex {
    return node_corner(corner, drawn_item(1u, instance));
}

// Too small for light and shade: a point of the node's colour.
@fragment
fn disc_fragment(in: NodeVertex) -> @location(0) vec4<f32> {
    let style = nodes[in.node];
    let cover = saturate(in.size.x - length(in.offset_px) + 0.5);
    let picked = style.state.y > 0.5;
    let color = mix(style.color.rgb, view.background.rgb, max(in.size.y, style.state.z));
    let alpha = select(cover, 1.0, picked);
    return vec4<f32>(select(color, view.highlight.rgb, picked) * alpha, alpha);
}

@fragment
fn node_fragment(in: NodeVertex) -> @location(0) vec4<f32> {
    let style = nodes[in.node];
    let r = in.size.x;
    let p = in.offset_px / r;
    let diamond = style.state.x > 0.5;
    let away = select(length(in.offset_px), abs(in.offset_px.x) + abs(in.offset_px.y), diamond);
    let body = saturate(r - away + 0.5);

    let ring_px = r + 3.5 * view.pixels_per_point;
    let ring_half = select(0.8, 1.4, style.state.y > 1.5) * view.pixels_per_point;
    let ring = select(0.0, saturate(ring_half - abs(away - ring_px) + 0.5), style.state.y > 0.5);
    if body + ring < 0.01 {
        discard;
    }

    var color = style.color.rgb;
    if diamond {
        // Two facets, so that the junction does not read as a flat square.
        color *= select(0.72, 1.08, p.y - p.x > 0.0);
    } else {
        let normal = vec3<f32>(p, sqrt(max(1.0 - dot(p, p), 0.0)));
        let light = normalize(vec3<f32>(-0.45, 0.65, 0.62));
        let lit = dot(normal, light) * 0.5 + 0.5;
        let shine = pow(saturate(dot(reflect(-light, normal), vec3<f32>(0.0, 0.0, 1.0))), 24.0);
        let rim = pow(1.0 - normal.z, 3.0);
        // The variable's own past: an arc from the top, clockwise. Too small nodes leave it out.
        let angle = atan2(p.x, p.y);
        let turn = select(angle, angle + 6.2831853, angle < 0.0) / 6.2831853;
        let band = saturate((0.09 - abs(length(p) - 0.66)) * r + 0.5);
        let arc = band * step(turn, style.color.a) * step(7.0, r);
        color = color * (0.42 + 0.70 * lit * lit) + vec3<f32>(0.22 * shine) + color * rim * 0.35;
        color = mix(color, mix(color, view.background.rgb, 0.75), arc);
    }
    color = mix(color, view.background.rgb, max(in.size.y, style.state.z));
    let alpha = max(body, ring);
    color = mix(view.highlight.rgb, color, body);
    return vec4<f32>(color * alpha, alpha);
}
