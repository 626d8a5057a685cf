// In: nodes and an eye. Out: how each node is to be drawn: 0 in full, 1 as a disc, 3 not at all; and its number beside it.
// The steps are those of cull_nodes.wgsl.

struct Params {
    u32 count;
    // Radius in pixels from which on a node is drawn in full; true radius below which it is not drawn.
    float full;
    float least;
};

extern "C" __global__ void __launch_bounds__(256) cull_nodes(
    Params p,
    const float4* __restrict__ eye,    // columns of the matrix from the world to the clip space; width and height in
                                       // pixels, pixels per unit where w is 1, least radius in pixels; pixels per unit
                                       // of an edge's width
    const float4* __restrict__ nodes,  // [count]: x, y, z, mass; negative masses are not drawn
    const float* __restrict__ radii,   // [count]: radius in world units; 0 = hidden
    u32* __restrict__ classes,         // [count]
    u32* __restrict__ order            // [count]
) {
    u32 node = blockIdx.x * 256u + threadIdx.x;
    if (node >= p.count) return;
    float4 view = seen(eye, nodes[node]);
    float own = radii[node] * view.w;
    float radius = fmaxf(own, eye[4].w);
    u32 class_of = 3u;
    bool inside = view.x + radius >= 0.0f && view.y + radius >= 0.0f && view.x - radius <= eye[4].x
        && view.y - radius <= eye[4].y;
    if (own > 0.0f && own >= p.least && inside && nodes[node].w >= 0.0f) class_of = radius >= p.full ? 0u : 1u;
    classes[node] = class_of;
    order[node] = node;
}
