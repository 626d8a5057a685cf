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
