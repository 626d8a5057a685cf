// In: nodes, an eye and a place in the picture. Out: the node there of each workgroup: the nearest to the eye of those that
// cover the place, else the nearest to the place. The steps are those of pick_nodes.wgsl.

struct Params {
    u32 count;
    float x;
    float y;
    // Pixels beyond its rim that still belong to a node.
    float slack;
};

extern "C" __global__ void __launch_bounds__(256) pick_nodes(
    Params p,
    const float4* __restrict__ eye,    // columns of the matrix from the world to the clip space; width and height in
                                       // pixels, pixels per unit where w is 1, least radius in pixels; pixels per unit
                                       // of an edge's width
    const float4* __restrict__ nodes,  // [count]: x, y, z, mass
    const float* __restrict__ radii,   // [count]: radius in world units; 0 = hidden
    uint2* __restrict__ parts          // [workgroups]
) {
    u32 node = blockIdx.x * 256u + threadIdx.x;
    uint2 own = make_uint2(0xffffffffu, 0xffffffffu);
    if (node < p.count) {
        float4 view = seen(eye, nodes[node]);
        float x = view.x - p.x, y = view.y - p.y;
        float beyond = sqrtf(x * x + y * y) - fmaxf(radii[node] * view.w, eye[4].w);
        if (radii[node] > 0.0f && view.w > 0.0f && beyond <= p.slack) {
            // The scale, pixels per unit, falls with the distance from the eye.
            float score = beyond <= 0.0f ? 1.0f / (1.0f + view.w) : 1.0f + beyond;
            own = make_uint2(__float_as_uint(score), node);
        }
    }
    own = least(own);
    if (threadIdx.x == 0u) parts[blockIdx.x] = own;
}
