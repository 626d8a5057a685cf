// Where a point is: pixels, depth, and pixels per world unit (0 behind the eye).
__device__ inline float4 seen(const float4* eye, float4 at) {
    float x = eye[0].x * at.x + eye[1].x * at.y + eye[2].x * at.z + eye[3].x;
    float y = eye[0].y * at.x + eye[1].y * at.y + eye[2].y * at.z + eye[3].y;
    float z = eye[0].z * at.x + eye[1].z * at.y + eye[2].z * at.z + eye[3].z;
    float w = eye[0].w * at.x + eye[1].w * at.y + eye[2].w * at.z + eye[3].w;
    if (w <= 1e-6f) return make_float4(0.0f, 0.0f, 0.0f, 0.0f);
    float right = (x / w * 0.5f + 0.5f) * eye[4].x;
    float down = (y / w * -0.5f + 0.5f) * eye[4].y;
    return make_float4(right, down, z / w, eye[4].z / w);
}
