// In: nodes, an eye and a place in the picture. Out: the node there of each workgroup: the nearest to the eye of those that
// cover the place, else the nearest to the place. The steps are those of pick_nodes.wgsl.

struct Params {
    u32 count;
    float x;
    float y;
    // Pixels beyond its rim that still belong to a node.
    float slack;
};

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

// Score, as bits of a number that is not negative, and index: the least score, and of equal ones the first.
__device__ inline uint2 least(uint2 own) {
    __shared__ uint2 found[256];
    u32 index = threadIdx.x;
    found[index] = own;
    __syncthreads();
    for (u32 half = 128u; half > 0u; half /= 2u) {
        if (index < half) {
            uint2 a = found[index], b = found[index + half];
            if (b.x < a.x || (b.x == a.x && b.y < a.y)) found[index] = b;
        }
        __syncthreads();
    }
    return found[0];
}

extern "C" __global__ void __launch_bounds__(256) pick_nodes(
    Params p,
    const float4* __restrict__ eye,    // columns of the matrix from the world to the clip space; width and height in
                                       // pixels, pixels per unit where w is 1
    const float4* __restrict__ nodes,  // [count]: x, y, z, mass
    const float* __restrict__ radii,   // [count]: radius in world units; 0 = hidden
    uint2* __restrict__ parts          // [workgroups]
) {
    u32 node = blockIdx.x * 256u + threadIdx.x;
    uint2 own = make_uint2(0xffffffffu, 0xffffffffu);
    if (node < p.count) {
        float4 view = seen(eye, nodes[node]);
        float x = view.x - p.x, y = view.y - p.y;
        float beyond = sqrtf(x * x + y * y) - radii[node] * view.w;
        if (radii[node] > 0.0f && view.w > 0.0f && beyond <= p.slack) {
            // The scale, pixels per unit, falls with the distance from the eye.
            float score = beyond <= 0.0f ? 1.0f / (1.0f + view.w) : 1.0f + beyond;
            own = make_uint2(__float_as_uint(score), node);
        }
    }
    own = least(own);
    if (threadIdx.x == 0u) parts[blockIdx.x] = own;
}
