// Beginning of every CUDA kernel: types, sums over a block.
typedef unsigned int u32;

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
