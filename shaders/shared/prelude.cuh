// Beginning of every CUDA kernel: types, half precision without any header, sums over a block.
typedef unsigned int u32;

// Two halves in a word, as the WGSL side packs them.
typedef u32 Half2;

__device__ inline float2 widen(Half2 pair) {
    float2 out;
    asm("{.reg .f16 lo, hi; mov.b32 {lo, hi}, %2; cvt.f32.f16 %0, lo; cvt.f32.f16 %1, hi;}"
        : "=f"(out.x), "=f"(out.y) : "r"(pair));
    return out;
}

// Values out of range become the largest half, not infinity.
__device__ inline Half2 narrow(float2 pair) {
    float x = fminf(fmaxf(pair.x, -65504.0f), 65504.0f);
    float y = fminf(fmaxf(pair.y, -65504.0f), 65504.0f);
    Half2 out;
    asm("{.reg .f16 lo, hi; cvt.rn.f16.f32 lo, %1; cvt.rn.f16.f32 hi, %2; mov.b32 %0, {lo, hi};}"
        : "=r"(out) : "f"(x), "f"(y));
    return out;
}

// The sum of `value` over a block of 256 threads, the same in every thread and on every run.
__device__ inline float group_sum(float value) {
    __shared__ float group_scratch[8];
    u32 thread = threadIdx.x;
    for (int step = 16; step > 0; step /= 2) {
        value += __shfl_xor_sync(0xffffffffu, value, step);
    }
    __syncthreads();
    if (thread % 32 == 0) {
        group_scratch[thread / 32] = value;
    }
    __syncthreads();
    float sum = 0.0f;
    for (u32 s = 0; s < 8; s++) {
        sum += group_scratch[s];
    }
    return sum;
}
