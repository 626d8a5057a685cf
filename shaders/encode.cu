// In: sketches of a variable's lags. Out: its latents: innovation, lags and their pool, of unit length and clipped. The
// steps are those of encode.wgsl.

struct Params {
    u32 vars;
    u32 lags;
    u32 dim;
    u32 heads;
    // 0: mean taken off first.
    u32 rms;
    float clip;
};

// Numbers of a latent: at most 2048, so at most 4 pairs in a thread.
#define PAIRS 4u
#define EPSILON 1e-12f

__device__ inline u32 pair_of(u32 k) { return k * 256u + threadIdx.x; }

// Unit length, clipped.
__device__ inline void normalise(const Params& p, float2* latent) {
    float n = (float)p.dim;
    if (p.rms == 0u) {
        float sum = 0.0f;
        for (u32 k = 0u; k < PAIRS; k++) sum += latent[k].x + latent[k].y;
        float mean = group_sum(sum) / n;
        for (u32 k = 0u; k < PAIRS; k++) {
            if (pair_of(k) < p.dim / 2u) {
                latent[k].x -= mean;
                latent[k].y -= mean;
            }
        }
    }
    float squares = 0.0f;
    for (u32 k = 0u; k < PAIRS; k++) squares += latent[k].x * latent[k].x + latent[k].y * latent[k].y;
    float scale = 1.0f / sqrtf(group_sum(squares) / n + EPSILON);
    for (u32 k = 0u; k < PAIRS; k++) {
        latent[k].x = fminf(fmaxf(latent[k].x * scale, -p.clip), p.clip) / sqrtf(n);
        latent[k].y = fminf(fmaxf(latent[k].y * scale, -p.clip), p.clip) / sqrtf(n);
    }
}

extern "C" __global__ void __launch_bounds__(256) encode(
    Params p,
    const Half2* __restrict__ sketches,  // [lags * vars, dim / 2]
    const float* __restrict__ own,       // [vars, lags - 1]
    Half2* __restrict__ innovations,     // [vars, dim / 2]
    Half2* __restrict__ lagged,          // [(lags - 1) * vars, dim / 2]
    Half2* __restrict__ pooled           // [vars, dim / 2]
) {
    size_t half = p.dim / 2u;
    for (u32 variable = blockIdx.x; variable < p.vars; variable += gridDim.x) {
        float2 innovation[PAIRS] = {};
        for (u32 k = 0u; k < PAIRS; k++) {
            u32 pair = pair_of(k);
            if (pair >= half) continue;
            float2 value = widen(sketches[variable * half + pair]);
            for (u32 lag = 1u; lag < p.lags; lag++) {
                float a = own[(size_t)variable * (p.lags - 1u) + lag - 1u];
                float2 past = widen(sketches[((size_t)lag * p.vars + variable) * half + pair]);
                value.x -= a * past.x;
                value.y -= a * past.y;
            }
            innovation[k] = value;
        }
        normalise(p, innovation);
        for (u32 k = 0u; k < PAIRS; k++) {
            if (pair_of(k) < half) innovations[variable * half + pair_of(k)] = narrow(innovation[k]);
        }
        // Softmax over the lags, head by head, in one pass: sums are rescaled when a larger score comes.
        float2 pool[PAIRS] = {};
        float top[16] = {};
        float total[16] = {};
        u32 size = p.dim / p.heads;
        for (u32 lag = 1u; lag < p.lags; lag++) {
            float2 latent[PAIRS] = {};
            for (u32 k = 0u; k < PAIRS; k++) {
                if (pair_of(k) < half) {
                    latent[k] = widen(sketches[((size_t)lag * p.vars + variable) * half + pair_of(k)]);
                }
            }
            normalise(p, latent);
            for (u32 head = 0u; head < p.heads; head++) {
                float product = 0.0f;
                for (u32 k = 0u; k < PAIRS; k++) {
                    u32 d = 2u * pair_of(k);
                    if (d / size == head) product += innovation[k].x * latent[k].x;
                    if ((d + 1u) / size == head) product += innovation[k].y * latent[k].y;
                }
                float score = group_sum(product) * (float)p.heads * sqrtf((float)size);
                float highest = lag == 1u ? score : fmaxf(top[head], score);
                float keep = lag == 1u ? 0.0f : expf(top[head] - highest);
                float gain = expf(score - highest);
                total[head] = total[head] * keep + gain;
                top[head] = highest;
                for (u32 k = 0u; k < PAIRS; k++) {
                    u32 d = 2u * pair_of(k);
                    if (d / size == head) pool[k].x = pool[k].x * keep + gain * latent[k].x;
                    if ((d + 1u) / size == head) pool[k].y = pool[k].y * keep + gain * latent[k].y;
                }
            }
            for (u32 k = 0u; k < PAIRS; k++) {
                if (pair_of(k) < half) {
                    lagged[((size_t)(lag - 1u) * p.vars + variable) * half + pair_of(k)] = narrow(latent[k]);
                }
            }
        }
        for (u32 k = 0u; k < PAIRS; k++) {
            u32 d = 2u * pair_of(k);
            if (d / 2u < half) {
                pool[k].x /= total[d / size];
                pool[k].y /= total[(d + 1u) / size];
            }
        }
        normalise(p, pool);
        for (u32 k = 0u; k < PAIRS; k++) {
            if (pair_of(k) < half) pooled[variable * half + pair_of(k)] = narrow(pool[k]);
        }
    }
}
