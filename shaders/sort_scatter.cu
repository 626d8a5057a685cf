// In: keys with values, and where each digit of each block of 2048 begins. Out: both in the order of the digit, equal
// digits in the order they had. The steps are those of sort_scatter.wgsl.

struct Params {
    u32 count;
    // Lowest bit of the digit.
    u32 shift;
};

extern "C" __global__ void __launch_bounds__(256) sort_scatter(
    Params p,
    const u32* __restrict__ keys,    // [count]
    const u32* __restrict__ values,  // [count]
    const u32* __restrict__ starts,  // [16, blocks]
    u32* __restrict__ sorted_keys,   // [count]
    u32* __restrict__ sorted_values  // [count]
) {
    __shared__ u32 ranks[8][256];
    u32 index = threadIdx.x;
    u32 first = blockIdx.x * 2048u + 8u * index;
    #pragma unroll
    for (u32 d = 0u; d < 8u; d++) ranks[d][index] = 0u;
    // Place among the thread's own keys of the same digit.
    u32 own[8];
    #pragma unroll
    for (u32 k = 0u; k < 8u; k++) {
        if (first + k < p.count) {
            u32 digit = (keys[first + k] >> p.shift) & 15u;
            u32 half = 16u * (digit >> 3);
            own[k] = (ranks[digit & 7u][index] >> half) & 0xffffu;
            ranks[digit & 7u][index] += 1u << half;
        }
    }
    __syncthreads();
    // For every digit, how many the threads before this one have: both halves of a word at once.
    for (u32 step = 1u; step < 256u; step *= 2u) {
        u32 before[8];
        #pragma unroll
        for (u32 d = 0u; d < 8u; d++) before[d] = index >= step ? ranks[d][index - step] : 0u;
        __syncthreads();
        #pragma unroll
        for (u32 d = 0u; d < 8u; d++) ranks[d][index] += before[d];
        __syncthreads();
    }
    #pragma unroll
    for (u32 k = 0u; k < 8u; k++) {
        if (first + k < p.count) {
            u32 key = keys[first + k];
            u32 digit = (key >> p.shift) & 15u;
            u32 before = index > 0u ? (ranks[digit & 7u][index - 1u] >> (16u * (digit >> 3))) & 0xffffu : 0u;
            u32 to = starts[digit * gridDim.x + blockIdx.x] + before + own[k];
            sorted_keys[to] = key;
            sorted_values[to] = values[first + k];
        }
    }
}
