// In: rows of a series, sorted by their place in a latent. Out: the latents of every lagged column with the rows added.
// The steps are those of count_sketch.wgsl.

struct Params {
    u32 vars;
    u32 lags;
    u32 dim;
};

extern "C" __global__ void __launch_bounds__(64) count_sketch(
    Params p,
    const float* __restrict__ series,  // [rows + lags - 1, vars]
    const u32* __restrict__ offsets,   // [dim + 1]: where the rows of each place begin in `order`
    const u32* __restrict__ order,     // [rows]: rows by place; the top bit is the sign
    Half2* __restrict__ latents        // [lags * vars, dim / 2]
) {
    u32 v = blockIdx.x * 64u + threadIdx.x;
    u32 pair = blockIdx.y;
    u32 lag = blockIdx.z;
    if (v >= p.vars) return;
    float sums[2];
    for (u32 h = 0u; h < 2u; h++) {
        float sum = 0.0f;
        u32 d = 2u * pair + h;
        for (u32 k = offsets[d]; k < offsets[d + 1u]; k++) {
            u32 entry = order[k];
            u32 row = entry & 0x7fffffffu;
            float value = series[(size_t)(row + p.lags - 1u - lag) * p.vars + v];
            sum += (entry >> 31) == 1u ? -value : value;
        }
        sums[h] = sum;
    }
    size_t at = ((size_t)lag * p.vars + v) * (p.dim / 2u) + pair;
    float2 old = widen(latents[at]);
    latents[at] = narrow(make_float2(old.x + sums[0], old.y + sums[1]));
}
