// In: rows of a series, and weights of each row in each number of a latent: random signs made on the fly, or given. Out:
// the latents of every lagged column with the rows added. The steps are those of sketch.wgsl.

struct Params {
    u32 rows;
    u32 vars;
    u32 lags;
    u32 dim;
    u32 seed;
    u32 first_row;
    // Whether weights are given; else they are signs.
    u32 given;
};

#define TILE 64u
#define DEPTH 16u

__device__ inline u32 mix(u32 x) {
    x = (x ^ (x >> 16)) * 0x7feb352du;
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    return x ^ (x >> 16);
}

__device__ inline float weight(const Params& p, const float* weights, u32 row, u32 d) {
    if (row >= p.rows || d >= p.dim) return 0.0f;
    if (p.given == 1u) return weights[(size_t)row * p.dim + d];
    u32 signs = mix(mix((p.first_row + row) ^ p.seed) + (d / 32u) * 0x9e3779b9u);
    return 1.0f - 2.0f * (float)((signs >> (d % 32u)) & 1u);
}

extern "C" __global__ void __launch_bounds__(256) sketch(
    Params p,
    const float* __restrict__ series,   // [rows + lags - 1, vars]
    const float* __restrict__ weights,  // [rows, dim], or one word that is not read
    Half2* __restrict__ latents         // [lags * vars, dim / 2]
) {
    __shared__ __align__(16) float left[TILE * DEPTH];
    __shared__ __align__(16) float right[TILE * DEPTH];
    u32 index = threadIdx.x;
    u32 lag = blockIdx.z;
    u32 ti = index / 16u;
    u32 tj = index % 16u;
    float sum[4][4] = {};
    for (u32 row = 0u; row < p.rows; row += DEPTH) {
        __syncthreads();
        for (u32 k = 0u; k < 4u; k++) {
            u32 at = k * 256u + index;
            u32 r = row + at / TILE;
            u32 v = blockIdx.y * TILE + at % TILE;
            bool there = r < p.rows && v < p.vars;
            left[at] = there ? series[(size_t)(r + p.lags - 1u - lag) * p.vars + v] : 0.0f;
            right[at] = weight(p, weights, r, blockIdx.x * TILE + at % TILE);
        }
        __syncthreads();
        #pragma unroll
        for (u32 k = 0u; k < DEPTH; k++) {
            float4 a = *reinterpret_cast<const float4*>(&left[k * TILE + 4u * ti]);
            float4 b = *reinterpret_cast<const float4*>(&right[k * TILE + 4u * tj]);
            float l[4] = {a.x, a.y, a.z, a.w};
            float r[4] = {b.x, b.y, b.z, b.w};
            #pragma unroll
            for (u32 i = 0u; i < 4u; i++)
                #pragma unroll
                for (u32 j = 0u; j < 4u; j++) sum[i][j] += l[i] * r[j];
        }
    }
    u32 d = blockIdx.x * TILE + 4u * tj;
    for (u32 k = 0u; k < 4u; k++) {
        u32 v = blockIdx.y * TILE + 4u * ti + k;
        if (v >= p.vars) continue;
        size_t at = (((size_t)lag * p.vars + v) * p.dim + d) / 2u;
        if (d < p.dim) {
            float2 old = widen(latents[at]);
            latents[at] = narrow(make_float2(old.x + sum[k][0], old.y + sum[k][1]));
        }
        if (d + 2u < p.dim) {
            float2 old = widen(latents[at + 1u]);
            latents[at + 1u] = narrow(make_float2(old.x + sum[k][2], old.y + sum[k][3]));
        }
    }
}
