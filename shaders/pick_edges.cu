// In: edges, an eye and a place in the picture. Out: the edge of each workgroup that passes nearest to the place. The steps
// are those of pick_edges.wgsl.

struct Params {
    u32 count;
    float x;
    float y;
    // Pixels beside it that still belong to an edge.
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

extern "C" __global__ void __launch_bounds__(256) pick_edges(
    Params p,
    const float4* __restrict__ eye,    // columns of the matrix from the world to the clip space; width and height in
                                       // pixels, pixels per unit where w is 1
    const float4* __restrict__ nodes,  // [nodes]: x, y, z, mass
    const uint4* __restrict__ ends,    // [count]: both ends, and marks: 1 hidden, 2 always drawn
    uint2* __restrict__ parts          // [workgroups]
) {
    u32 edge = blockIdx.x * 256u + threadIdx.x;
    uint2 own = make_uint2(0xffffffffu, 0xffffffffu);
    if (edge < p.count && (ends[edge].z & 1u) == 0u) {
        float4 a = seen(eye, nodes[ends[edge].x]);
        float4 b = seen(eye, nodes[ends[edge].y]);
        if (a.w > 0.0f && b.w > 0.0f) {
            float along_x = b.x - a.x, along_y = b.y - a.y;
            float to_x = p.x - a.x, to_y = p.y - a.y;
            float length = fmaxf(along_x * along_x + along_y * along_y, 1e-12f);
            float share = fminf(fmaxf((to_x * along_x + to_y * along_y) / length, 0.0f), 1.0f);
            float off_x = to_x - share * along_x, off_y = to_y - share * along_y;
            float beside = sqrtf(off_x * off_x + off_y * off_y);
            if (beside <= p.slack) own = make_uint2(__float_as_uint(beside), edge);
        }
    }
    own = least(own);
    if (threadIdx.x == 0u) parts[blockIdx.x] = own;
}
