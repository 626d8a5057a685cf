// In: latents of targets and sources. Out: for each target and slice of the sources, the best sources of the slice. The
// steps are those of screen.wgsl.

struct Params {
    u32 targets;
    u32 sources;
    u32 vars;
    u32 dim;
    u32 keep;
    // Sources of a slice, a multiple of 64.
    u32 slice;
};

struct Hit {
    u32 source;
    float score;
};

#define NONE 0xffffffffu
#define TALL 32u
#define WIDE 64u

extern "C" __global__ void __launch_bounds__(256) screen(
    Params p,
    const Half2* __restrict__ targets,  // [targets, dim / 2]
    const Half2* __restrict__ sources,  // [sources, dim / 2]
    Hit* __restrict__ hits              // [slices, targets, keep], in no order
) {
    // 16 numbers of each latent, [16, TALL] and [16, WIDE].
    __shared__ __align__(16) float left[16u * TALL];
    __shared__ __align__(16) float right[16u * WIDE];
    __shared__ float products[TALL * (WIDE + 1u)];
    u32 index = threadIdx.x;
    u32 first_target = blockIdx.x * TALL;
    u32 begin = blockIdx.y * p.slice;
    u32 end = min(begin + p.slice, p.sources);
    u32 own = first_target + index;
    bool selects = index < TALL && own < p.targets;
    Hit* mine = hits + (selects ? ((size_t)blockIdx.y * p.targets + own) * p.keep : 0);
    u32 found = 0u;
    u32 worst = 0u;
    float bound = -1.0f;
    if (selects) {
        for (u32 k = 0u; k < p.keep; k++) mine[k] = Hit{NONE, 0.0f};
    }
    u32 ti = index / 16u;
    u32 tj = index % 16u;
    size_t half = p.dim / 2u;
    for (u32 start = begin; start < end; start += WIDE) {
        float sum[2][4] = {};
        for (u32 d = 0u; d < half; d += 8u) {
            __syncthreads();
            u32 pair = d + index % 8u;
            {
                u32 latent = first_target + index / 8u;
                float2 value = make_float2(0.0f, 0.0f);
                if (latent < p.targets && pair < half) value = widen(targets[latent * half + pair]);
                u32 at = 2u * (index % 8u) * TALL + index / 8u;
                left[at] = value.x;
                left[at + TALL] = value.y;
            }
            for (u32 k = 0u; k < 2u; k++) {
                u32 column = k * 32u + index / 8u;
                u32 latent = start + column;
                float2 value = make_float2(0.0f, 0.0f);
                if (latent < end && pair < half) value = widen(sources[latent * half + pair]);
                u32 at = 2u * (index % 8u) * WIDE + column;
                right[at] = value.x;
                right[at + WIDE] = value.y;
            }
            __syncthreads();
            #pragma unroll
            for (u32 k = 0u; k < 16u; k++) {
                float2 l = *reinterpret_cast<const float2*>(&left[k * TALL + 2u * ti]);
                float4 r = *reinterpret_cast<const float4*>(&right[k * WIDE + 4u * tj]);
                sum[0][0] += l.x * r.x; sum[0][1] += l.x * r.y; sum[0][2] += l.x * r.z; sum[0][3] += l.x * r.w;
                sum[1][0] += l.y * r.x; sum[1][1] += l.y * r.y; sum[1][2] += l.y * r.z; sum[1][3] += l.y * r.w;
            }
        }
        for (u32 k = 0u; k < 2u; k++)
            for (u32 l = 0u; l < 4u; l++) products[(2u * ti + k) * (WIDE + 1u) + 4u * tj + l] = sum[k][l];
        __syncthreads();
        if (selects) {
            for (u32 k = 0u; k < min(WIDE, end - start); k++) {
                float score = products[index * (WIDE + 1u) + k];
                if (fabsf(score) <= bound || (start + k) % p.vars == own) continue;
                if (found < p.keep) {
                    mine[found++] = Hit{start + k, score};
                } else {
                    mine[worst] = Hit{start + k, score};
                }
                if (found == p.keep) {
                    bound = fabsf(mine[0].score);
                    worst = 0u;
                    for (u32 h = 1u; h < p.keep; h++) {
                        float value = fabsf(mine[h].score);
                        if (value < bound || (value == bound && mine[h].source > mine[worst].source)) {
                            bound = value;
                            worst = h;
                        }
                    }
                }
            }
        }
        __syncthreads();
    }
}
