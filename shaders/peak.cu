// In: a number of rounds. Out: how fast the device multiplies and adds at best: eight chains of dependent fused
// multiply-adds in each thread, nothing else. Only measured against, never used.

struct Params {
    u32 rounds;
};

extern "C" __global__ void __launch_bounds__(256) peak(
    Params p,
    float* __restrict__ sums  // [threads]
) {
    u32 at = blockIdx.x * 256u + threadIdx.x;
    float factor = 0.999f + (float)threadIdx.x * 1e-9f;
    float a[8] = {(float)at, 1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f, 7.0f};
    for (u32 round = 0u; round < p.rounds; round++) {
        #pragma unroll
        for (u32 k = 0u; k < 16u; k++) {
            #pragma unroll
            for (u32 c = 0u; c < 8u; c++) a[c] = fmaf(a[c], factor, c < 4u ? 0.5f : 0.25f);
        }
    }
    sums[at] = a[0] * a[4] + a[1] * a[5] + a[2] * a[6] + a[3] * a[7];
}
