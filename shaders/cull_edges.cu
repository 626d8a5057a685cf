// In: edges, the most important first, and an eye. Out: which are drawn: 0 yes, 2 no; and each one's number beside it. The
// steps are those of cull_edges.wgsl.

struct Params {
    u32 count;
    u32 budget;
};

__device__ inline float4 clip(const float4* eye, float4 at) {
    return make_float4(
        eye[0].x * at.x + eye[1].x * at.y + eye[2].x * at.z + eye[3].x,
        eye[0].y * at.x + eye[1].y * at.y + eye[2].y * at.z + eye[3].y,
        eye[0].z * at.x + eye[1].z * at.y + eye[2].z * at.z + eye[3].z,
        eye[0].w * at.x + eye[1].w * at.y + eye[2].w * at.z + eye[3].w
    );
}

extern "C" __global__ void __launch_bounds__(256) cull_edges(
    Params p,
    const float4* __restrict__ eye,    // columns of the matrix from the world to the clip space; width and height in
                                       // pixels, pixels per unit where w is 1
    const float4* __restrict__ nodes,  // [nodes]: x, y, z, mass
    const uint4* __restrict__ ends,    // [count]: both ends, and marks: 1 hidden, 2 always drawn
    u32* __restrict__ classes,         // [count]
    u32* __restrict__ order            // [count]
) {
    u32 edge = blockIdx.x * 256u + threadIdx.x;
    if (edge >= p.count) return;
    uint4 own = ends[edge];
    float4 a = clip(eye, nodes[own.x]);
    float4 b = clip(eye, nodes[own.y]);
    // Beyond one side of the picture with both ends.
    bool beside = (a.x > a.w && b.x > b.w) || (a.y > a.w && b.y > b.w) || (a.x < -a.w && b.x < -b.w)
        || (a.y < -a.w && b.y < -b.w);
    bool behind = a.w <= 1e-6f && b.w <= 1e-6f;
    bool wanted = (own.z & 1u) == 0u && (edge < p.budget || (own.z & 2u) != 0u);
    classes[edge] = wanted && !beside && !behind ? 0u : 2u;
    order[edge] = edge;
}
