// In: edges, the least important first, and an eye. Out: which of the last, as many as the budget has, are drawn: 0 … 2 by
// kind, 3 not at all; and each one's number beside it. The steps are those of cull_edges.wgsl.

struct Params {
    // Edges looked at, and how many come before them.
    u32 count;
    u32 first;
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
                                       // pixels, pixels per unit where w is 1, least radius in pixels; pixels per unit
                                       // of an edge's width
    const float4* __restrict__ nodes,  // [nodes]: x, y, z, mass
    const uint4* __restrict__ ends,    // [edges]: both ends; marks: 1 hidden, 2 and 4 kind; two halves: bend as a share of
                                       // its length, half its width
    u32* __restrict__ classes,         // [count]
    u32* __restrict__ order            // [count]
) {
    u32 place = blockIdx.x * 256u + threadIdx.x;
    if (place >= p.count) return;
    u32 edge = p.first + place;
    uint4 own = ends[edge];
    float4 a = clip(eye, nodes[own.x]);
    float4 b = clip(eye, nodes[own.y]);
    // Beyond one side of the picture with both ends; what is bent may come back into it.
    bool straight = widen(own.w).x == 0.0f;
    bool beside = (a.x > a.w && b.x > b.w) || (a.y > a.w && b.y > b.w) || (a.x < -a.w && b.x < -b.w)
        || (a.y < -a.w && b.y < -b.w);
    bool behind = a.w <= 1e-6f && b.w <= 1e-6f;
    bool hidden = (own.z & 1u) != 0u || (straight && beside) || behind;
    classes[place] = hidden ? 3u : (own.z >> 1u) & 3u;
    order[place] = edge;
}
