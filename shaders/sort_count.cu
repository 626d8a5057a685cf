// In: keys. Out: how often each digit of four bits occurs in each block of 2048 keys. The steps are those of
// sort_count.wgsl.

struct Params {
    u32 count;
    // Lowest bit of the digit.
    u32 shift;
};

extern "C" __global__ void __launch_bounds__(256) sort_count(
    Params p,
    const u32* __restrict__ keys,  // [count]
    u32* __restrict__ counts       // [16, blocks]
) {
    __shared__ u32 found[16];
    u32 index = threadIdx.x;
    if (index < 16u) found[index] = 0u;
    __syncthreads();
    for (u32 k = 0u; k < 8u; k++) {
        u32 at = blockIdx.x * 2048u + k * 256u + index;
        if (at < p.count) atomicAdd(&found[(keys[at] >> p.shift) & 15u], 1u);
    }
    __syncthreads();
    if (index < 16u) counts[index * gridDim.x + blockIdx.x] = found[index];
}
