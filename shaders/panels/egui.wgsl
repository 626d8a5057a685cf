// In: egui's triangles, colours multiplied by their opacity as stored. Out: the same, for a target that blends in linear
// light. egui means its colours to be blended as stored; done in linear light, dark text on light ground would turn out
// thin and light edges grey. Opacity is therefore bent so that the result agrees on the ground that the colour is
// meant for: light colours on dark, dark ones on light. Takes the place of bevy_egui's own shader, same bindings.
// Textures are taken as masks, which egui's own (letters, filled shapes) are; the viewer shows no pictures.

struct Placement {
    scale: vec2<f32>,
    translation: vec2<f32>,
}

@group(0) @binding(0) var<uniform> placement: Placement;
@group(1) @binding(0) var mask: texture_2d<f32>;
@group(1) @binding(1) var mask_sampler: sampler;

struct Corner {
    @builtin(position) clip: vec4<f32>,
    // Linear RGB without opacity; opacity.
    @location(0) color: vec4<f32>,
    @location(1) uv: vec2<f32>,
    // x = 1 for colours meant for dark ground, y = 0 for light that is added without covering.
    @location(2) ground: vec2<f32>,
}

fn light(stored: vec3<f32>) -> vec3<f32> {
    return select(pow((stored + 0.055) / 1.055, vec3<f32>(2.4)), stored / 12.92, stored < vec3<f32>(0.04045));
}

// Powers are taken here, at the few corners, and not for each of the many pixels.
@vertex
fn vs_main(@location(0) at: vec2<f32>, @location(1) uv: vec2<f32>, @location(2) color: vec4<f32>) -> Corner {
    let covers = color.a > 0.0;
    let own = saturate(color.rgb / select(1.0, color.a, covers));
    let bright = smoothstep(0.35, 0.60, dot(own, vec3<f32>(0.299, 0.587, 0.114)));
    var out: Corner;
    out.clip = vec4<f32>(at * placement.scale + placement.translation, 0.0, 1.0);
    out.color = vec4<f32>(light(own), select(1.0, color.a, covers));
    out.uv = uv;
    out.ground = select(vec2<f32>(1.0, 0.0), vec2<f32>(bright, 1.0), covers);
    return out;
}

// Nearly `light`, exact at 0 and 1: good enough for the soft rims of letters.
fn soft(opacity: f32) -> f32 {
    return opacity * (opacity * (opacity * 0.30 + 0.68) + 0.02);
}

@fragment
fn fs_main(in: Corner) -> @location(0) vec4<f32> {
    let opacity = in.color.a * textureSample(mask, mask_sampler, in.uv).a;
    let bent = mix(1.0 - soft(1.0 - opacity), soft(opacity), in.ground.x);
    return vec4<f32>(in.color.rgb * bent, bent * in.ground.y);
}
