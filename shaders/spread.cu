// In: how strongly each node is reached by a change. Out: the same one spring further, halved, and taken over as mobility
// at the end. Pinned nodes stay pinned. The steps are those of spread.wgsl.

struct Params {
    u32 count;
    // 1: take over as mobility.
    u32 last;
};

extern "C" __global__ void __launch_bounds__(256) spread(
    Params p,
    const u32* __restrict__ offsets,       // [count + 1]: first spring
    const uint2* __restrict__ springs_of,  // [springs]: the other end and the strength's bits
    const float* __restrict__ reached,     // [count]
    float* __restrict__ further,           // [count]
    float2* __restrict__ traits            // [count]: mobility (0 = pinned); 1 for a node without springs, else 0
) {
    u32 node = blockIdx.x * 256u + threadIdx.x;
    if (node >= p.count) return;
    float most = reached[node];
    for (u32 k = offsets[node]; k < offsets[node + 1u]; k++) most = fmaxf(most, 0.5f * reached[springs_of[k].x]);
    further[node] = most;
    if (p.last == 1u && traits[node].x > 0.0f) traits[node].x = fmaxf(traits[node].x, fminf(most, 1.0f));
}
