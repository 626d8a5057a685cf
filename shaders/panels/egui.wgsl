// In: egui's triangles, colours multiplied by their opacity as stored. Out: the same, for a target that blends in linear
// light. egui means its colours to be blended as stored; done in linear light, dark text on light ground would turn out
// thin and light edges grey. Opacity is therefore bent so that the result agrees on the ground that the colour is
// meant for: light colours on dark, dark ones on light. Takes the place of bevy_egui's own shader, same bindings.

struct Placement {
    scale: vec2<f32>,
    translation: vec2<f32>,
}

@group(0) @binding(0) var<uniform> placement: Placement;
@group(1) @binding(0) var picture: texture_2d<f32>;
@group(1) @binding(1) var picture_sampler: sampler;

struct Corner {
    @builtin(position) clip: vec4<f32>,
    @location(0) color: vec4<f32>,
    @location(1) uv: vec2<f32>,
}

@vertex
fn vs_main(@location(0) at: vec2<f32>, @location(1) uv: vec2<f32>, @location(2) color: vec4<f32>) -> Corner {
    return Corner(vec4<f32>(at * placement.scale + placement.translation, 0.0, 1.0), color, uv);
}

fn light(stored: vec3<f32>) -> vec3<f32> {
    return select(pow((stored + 0.055) / 1.055, vec3<f32>(2.4)), stored / 12.92, stored < vec3<f32>(0.04045));
}

fn stored(light: vec3<f32>) -> vec3<f32> {
    return select(1.055 * pow(light, vec3<f32>(1.0 / 2.4)) - 0.055, light * 12.92, light < vec3<f32>(0.0031308));
}

@fragment
fn fs_main(in: Corner) -> @location(0) vec4<f32> {
    let texel = textureSample(picture, picture_sampler, in.uv);
    let color = vec4<f32>(stored(texel.rgb), texel.a) * in.color;
    let opacity = saturate(color.a);
    if opacity <= 0.0 {
        // Light without cover: what egui adds to the ground.
        return vec4<f32>(light(color.rgb), 0.0);
    }
    let own = saturate(color.rgb / opacity);
    let bright = smoothstep(0.35, 0.60, dot(own, vec3<f32>(0.299, 0.587, 0.114)));
    let bent = 1.0 - light(vec3<f32>(1.0 - opacity)).x;
    let on_light = vec4<f32>(light(own) * bent, bent);
    // On black it looks as stored; on a ground of its own colour it leaves no trace, as a light halo must not on white.
    let weights = vec3<f32>(0.2126, 0.7152, 0.0722);
    let shine = light(color.rgb);
    let on_dark = vec4<f32>(shine, dot(shine, weights) / max(dot(light(own), weights), 1e-4));
    return mix(on_light, on_dark, bright);
}
