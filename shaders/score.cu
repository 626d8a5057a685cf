// In: second moments of blocks, weights of replicates, questions. Out: how much of what the base columns leave of the
// target the entering columns explain, on all rows and in every replicate. The steps are those of score.wgsl.

struct Params {
    u32 columns;
    u32 blocks;
    u32 replicates;
    u32 base;
    // Columns of a question, the target included: at most 10.
    u32 width;
    u32 questions;
    // Questions about the same matrices.
    u32 per_group;
    float floor;
    float tolerance;
};

struct Scored {
    float gain;
    float mean;
    float spread;
    float stability;
};

extern "C" __global__ void __launch_bounds__(64) score(
    Params p,
    const float* __restrict__ moments,   // [groups, blocks, columns, columns]
    const float* __restrict__ weights,   // [replicates, blocks]
    const u32* __restrict__ questions,   // [questions, width]
    Scored* __restrict__ scored          // [questions]
) {
    // [10 * 11 / 2, 64]
    __shared__ float lower[3520];
    __shared__ float4 parts[64];
    u32 thread = threadIdx.x;
    u32 lane = thread % 32u;
    u32 question = (blockIdx.y * gridDim.x + blockIdx.x) * 2u + thread / 32u;
    // Gain on all rows, sum, sum of squares and number above the floor of the replicates.
    float4 part = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
    if (question < p.questions) {
        const u32* columns = questions + (size_t)question * p.width;
        size_t size = (size_t)p.columns * p.columns;
        const float* own = moments + question / p.per_group * p.blocks * size;
        for (u32 replicate = lane; replicate < p.replicates; replicate += 32u) {
            const float* weight = weights + (size_t)replicate * p.blocks;
            float after_base = 0.0f;
            float left = 0.0f;
            for (u32 i = 0u; i < p.width; i++) {
                u32 row = i * (i + 1u) / 2u;
                for (u32 j = 0u; j <= i; j++) {
                    u32 other = j * (j + 1u) / 2u;
                    const float* entry = own + (size_t)columns[i] * p.columns + columns[j];
                    float value = 0.0f;
                    for (u32 b = 0u; b < p.blocks; b++) value += weight[b] * entry[b * size];
                    float diagonal = value;
                    bool last = i == j && i + 1u == p.width;
                    for (u32 m = 0u; m < j; m++) {
                        if (last && m == p.base) after_base = value;
                        value -= lower[(row + m) * 64u + thread] * lower[(other + m) * 64u + thread];
                    }
                    if (i > j) {
                        lower[(row + j) * 64u + thread] = value * lower[(other + j) * 64u + thread];
                    } else if (last) {
                        left = value;
                    } else {
                        bool sound = value > p.tolerance * diagonal && value > 0.0f;
                        lower[(row + j) * 64u + thread] = sound ? 1.0f / sqrtf(value) : 0.0f;
                    }
                }
            }
            float gain = after_base > 0.0f ? fminf(fmaxf(1.0f - fmaxf(left, 0.0f) / after_base, 0.0f), 1.0f) : 0.0f;
            if (replicate == 0u) {
                part.x = gain;
            } else {
                part.y += gain;
                part.z += gain * gain;
                part.w += gain > p.floor ? 1.0f : 0.0f;
            }
        }
    }
    parts[thread] = part;
    __syncthreads();
    if (lane == 0u && question < p.questions) {
        float4 sum = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
        for (u32 k = 0u; k < 32u; k++) {
            float4 other = parts[thread + k];
            sum.x += other.x;
            sum.y += other.y;
            sum.z += other.z;
            sum.w += other.w;
        }
        float n = fmaxf((float)p.replicates - 1.0f, 1.0f);
        float mean = sum.y / n;
        scored[question] = Scored{sum.x, mean, sqrtf(fmaxf(sum.z / n - mean * mean, 0.0f)), sum.w / n};
    }
}
