// In: nodes and their order along the Hilbert curve. Out: the lowest level of the tree, the nodes in that order. The
// steps are those of leaves.wgsl.

struct Params {
    u32 count;
};

extern "C" __global__ void __launch_bounds__(256) leaves(
    Params p,
    const float4* __restrict__ nodes,  // [count]: x, y, z, mass
    const u32* __restrict__ order,     // [count]
    float4* __restrict__ tree          // [levels]: x, y, z, mass
) {
    u32 at = blockIdx.x * 256u + threadIdx.x;
    if (at < p.count) tree[at] = nodes[order[at]];
}
