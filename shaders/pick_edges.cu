// In: edges, an eye and a place in the picture. Out: the edge of each workgroup that passes nearest to the place. The steps
// are those of pick_edges.wgsl.

struct Params {
    u32 count;
    float x;
    float y;
    // Pixels beside it that still belong to an edge.
    float slack;
};

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
