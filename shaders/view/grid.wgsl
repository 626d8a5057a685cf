// In: a floor height and a spacing. Out: faint floor lines that say where down is and how deep the scene goes.

struct GridVertex {
    @builtin(position) clip: vec4<f32>,
    @location(0) floor_place: vec2<f32>,
    @location(1) @interpolate(linear) across_px: f32,
}

const LINES: u32 = 21u;

@vertex
fn grid_vertex(@builtin(vertex_index) corner: u32, @builtin(instance_index) line: u32) -> GridVertex {
    var out: GridVertex;
    let half_lines = f32(LINES - 1u) * 0.5;
    let offset = (f32(line % LINES) - half_lines) * view.grid_step;
    let reach = half_lines * view.grid_step;
    let along_x = line < LINES;
    let start = select(vec2<f32>(offset, -reach), vec2<f32>(-reach, offset), along_x);
    let end = select(vec2<f32>(offset, reach), vec2<f32>(reach, offset), along_x);
    var from_clip = view.clip_from_world * vec4<f32>(start.x, view.grid.w, start.y, 1.0);
    var to_clip = view.clip_from_world * vec4<f32>(end.x, view.grid.w, end.y, 1.0);
    var from_floor = start;
    var to_floor = end;
    if max(from_clip.w, to_clip.w) < NEAR_W {
        out.clip = OUTSIDE;
        return out;
    }
    if from_clip.w < NEAR_W {
        let keep = (to_clip.w - NEAR_W) / (to_clip.w - from_clip.w);
        from_clip = mix(to_clip, from_clip, keep);
        from_floor = mix(to_floor, from_floor, keep);
    } else if to_clip.w < NEAR_W {
        let keep = (from_clip.w - NEAR_W) / (from_clip.w - to_clip.w);
        to_clip = mix(from_clip, to_clip, keep);
        to_floor = mix(from_floor, to_floor, keep);
    }
    let a = pixels_from_clip(from_clip);
    let b = pixels_from_clip(to_clip);
    let along = (b - a) / max(length(b - a), 1e-3);
    var corners = array<vec2<f32>, 6>(
        vec2(0.0, -1.0), vec2(1.0, -1.0), vec2(1.0, 1.0), vec2(0.0, -1.0), vec2(1.0, 1.0), vec2(0.0, 1.0),
    );
    let here = corners[corner];
    let reach_px = 1.5 * view.pixels_per_point;
    let clip = select(from_clip, to_clip, here.x > 0.5);
    let px = select(a, b, here.x > 0.5) + vec2<f32>(-along.y, along.x) * here.y * reach_px;
    // Kept in clip space (not divided), so that the place on the floor is interpolated in perspective.
    out.clip = vec4<f32>(ndc_from_pixels(px) * clip.w, clip.z, clip.w);
    out.floor_place = select(from_floor, to_floor, here.x > 0.5);
    out.across_px = here.y * reach_px;
    return out;
}

@fragment
fn grid_fragment(in: GridVertex) -> @location(0) vec4<f32> {
    let reach = f32(LINES - 1u) * 0.5 * view.grid_step;
    let fade = saturate(1.0 - length(in.floor_place) / reach);
    let cover = saturate(0.5 * view.pixels_per_point - abs(in.across_px) + 0.5);
    let alpha = cover * fade * fade;
    return vec4<f32>(view.grid.rgb * alpha, alpha);
}
