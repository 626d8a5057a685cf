// In: counts. Out: in their place, the sums of all before each. One workgroup, 2048 counts at a time. The steps are
// those of sort_scan.wgsl.

struct Params {
    u32 count;
};

extern "C" __global__ void __launch_bounds__(256) sort_scan(
    Params p,
    u32* __restrict__ counts  // [count]
) {
    __shared__ u32 sums[256];
    u32 index = threadIdx.x;
    u32 carry = 0u;
    for (u32 start = 0u; start < p.count; start += 2048u) {
        u32 first = start + 8u * index;
        u32 own[8];
        u32 sum = 0u;
        #pragma unroll
        for (u32 k = 0u; k < 8u; k++) {
            own[k] = sum;
            if (first + k < p.count) sum += counts[first + k];
        }
        sums[index] = sum;
        __syncthreads();
        for (u32 step = 1u; step < 256u; step *= 2u) {
            u32 before = index >= step ? sums[index - step] : 0u;
            __syncthreads();
            sums[index] += before;
            __syncthreads();
        }
        u32 before = carry + sums[index] - sum;
        #pragma unroll
        for (u32 k = 0u; k < 8u; k++) {
            if (first + k < p.count) counts[first + k] = before + own[k];
        }
        carry += sums[255];
        __syncthreads();
    }
}
