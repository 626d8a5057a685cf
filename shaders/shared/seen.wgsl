// Where a point is: pixels, depth, and pixels per world unit (0 behind the eye).
fn seen(at: vec3<f32>) -> vec4<f32> {
    let clip = eye[0] * at.x + eye[1] * at.y + eye[2] * at.z + eye[3];
    if clip.w <= 1e-6 {
        return vec4(0.0);
    }
    let pixel = (clip.xy / clip.w * vec2(0.5, -0.5) + 0.5) * eye[4].xy;
    return vec4(pixel, clip.z / clip.w, eye[4].z / clip.w);
}
