// In: one camera over one pane. Out: the helpers every drawing shader shares.
// Everything is placed in pixels of the pane, so widths, dashes and arrow heads keep their size at any zoom.

struct View {
    clip_from_world: mat4x4<f32>,
    // RGB as stored of the pane's background; w = strength of the fade towards it with distance.
    background: vec4<f32>,
    // RGB as stored of what is selected or new; w = seconds since the viewer started.
    highlight: vec4<f32>,
    // RGB as stored of the floor lines; w = height of the floor.
    grid: vec4<f32>,
    // Size of the pane in pixels; pixels that one unit of radius spans at distance 1; pixels per point of text.
    viewport_px: vec2<f32>,
    focal_px: f32,
    pixels_per_point: f32,
    // Distances at which the fade begins and ends; spacing of the floor lines; 1 = nothing moves by itself.
    fog_near: f32,
    fog_far: f32,
    grid_step: f32,
    reduced_motion: f32,
    // x = least radius of a node in pixels.
    least: vec4<f32>,
}

struct NodeStyle {
    // RGB as stored; w = share of variance explained by the variable's own past, drawn as an arc.
    color: vec4<f32>,
    // x: 0 sphere, 1 diamond, 2 hidden; y: 1 hovered, 2 selected, 3 pinned by search; z: 0 full … 1 faded; w: radius.
    state: vec4<f32>,
}

@group(0) @binding(0) var<uniform> view: View;
// The layout's own buffer: xyz = place, w = mass, of every variable and then of every hyperedge junction. Negative masses: what
// is not drawn, or stands in a group (see regroup.wgsl).
@group(0) @binding(1) var<storage, read> positions: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> nodes: array<NodeStyle>;
// Numbers of what is drawn, in the order it is drawn, kind by kind; and the arguments of the draw of each kind: vertices,
// instances, 0, 0, first place in the list.
@group(0) @binding(4) var<storage, read> drawn: array<u32>;
@group(0) @binding(5) var<storage, read> draws: array<u32>;

fn drawn_item(kind: u32, instance: u32) -> u32 {
    return drawn[draws[5u * kind + 4u] + instance];
}

// Behind the camera or too close to it; such vertices are moved out of the picture.
const NEAR_W: f32 = 1e-3;
const OUTSIDE: vec4<f32> = vec4<f32>(2.0, 2.0, 0.5, 1.0);

fn pixels_from_clip(clip: vec4<f32>) -> vec2<f32> {
    return (clip.xy / clip.w * 0.5 + 0.5) * view.viewport_px;
}

fn ndc_from_pixels(px: vec2<f32>) -> vec2<f32> {
    return px / view.viewport_px * 2.0 - 1.0;
}

fn radius_px(radius: f32, w: f32) -> f32 {
    return max(radius * view.focal_px / w, view.least.x);
}

fn fog(w: f32) -> f32 {
    return view.background.w * smoothstep(view.fog_near, view.fog_far, w);
}
