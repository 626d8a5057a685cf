// In: the best of each workgroup. Out: the best of all, eight bytes. One workgroup. The steps are those of pick_best.wgsl.

struct Params {
    u32 count;
};

// Score, as bits of a number that is not negative, and index: the least score, and of equal ones the first.
__device__ inline uint2 least(uint2 own) {
    __shared__ uint2 found[256];
    u32 index = threadIdx.x;
    found[index] = own;
    __syncthreads();
    for (u32 half = 128u; half > 0u; half /= 2u) {
        if (index < half) {
            uint2 a = found[index], b = found[index + half];
            if (b.x < a.x || (b.x == a.x && b.y < a.y)) found[index] = b;
        }
        __syncthreads();
    }
    return found[0];
}

extern "C" __global__ void __launch_bounds__(256) pick_best(
    Params p,
    const uint2* __restrict__ parts,  // [count]
    uint2* __restrict__ best          // [1]
) {
    uint2 own = make_uint2(0xffffffffu, 0xffffffffu);
    for (u32 k = threadIdx.x; k < p.count; k += 256u) {
        uint2 part = parts[k];
        if (part.x < own.x || (part.x == own.x && part.y < own.y)) own = part;
    }
    own = least(own);
    if (threadIdx.x == 0u) best[0] = own;
}
