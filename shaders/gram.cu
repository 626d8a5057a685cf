// In: a series and weights per row. Out: the weighted second moments of its lagged columns, one matrix per block of rows.
// The steps are those of gram.wgsl.

struct Params {
    u32 rows;
    u32 vars;
    // Copies of every variable: lag 0 … lags - 1.
    u32 lags;
    // Whether column 0 is the constant 1.
    u32 constant;
    u32 columns;
    // Rows of a block; the last may have fewer.
    u32 block_rows;
    // Whether to add to what is there.
    u32 accumulate;
};

#define TILE 64u
#define DEPTH 16u
#define CHUNK 256u

__device__ inline float cell(const Params& p, const float* series, u32 row, u32 end, u32 column) {
    if (row >= end || column >= p.columns) return 0.0f;
    if (p.constant == 1u && column == 0u) return 1.0f;
    u32 c = column - p.constant;
    u32 lag = c / p.vars;
    return series[(size_t)(row + p.lags - 1u - lag) * p.vars + c - lag * p.vars];
}

extern "C" __global__ void __launch_bounds__(256) gram(
    Params p,
    const float* __restrict__ series,   // [rows + lags - 1, vars]
    const float* __restrict__ weights,  // [rows]
    float* __restrict__ moments         // [blocks, columns, columns]
) {
    __shared__ __align__(16) float left[TILE * DEPTH];
    __shared__ __align__(16) float right[TILE * DEPTH];
    u32 tile_i = blockIdx.y;
    u32 tile_j = blockIdx.x;
    if (tile_i > tile_j) return;
    u32 block = blockIdx.z;
    u32 begin = block * p.block_rows;
    u32 end = min(begin + p.block_rows, p.rows);
    u32 index = threadIdx.x;
    u32 ti = index / 16u;
    u32 tj = index % 16u;
    float total[4][4] = {};
    for (u32 first = begin; first < end; first += CHUNK) {
        float sum[4][4] = {};
        u32 stop = min(first + CHUNK, end);
        for (u32 row = first; row < stop; row += DEPTH) {
            __syncthreads();
            for (u32 k = 0u; k < 4u; k++) {
                u32 at = k * 256u + index;
                u32 r = row + at / TILE;
                u32 c = at % TILE;
                float weight = r < end ? weights[r] : 0.0f;
                left[at] = weight * cell(p, series, r, end, tile_i * TILE + c);
                right[at] = cell(p, series, r, end, tile_j * TILE + c);
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
        for (u32 i = 0u; i < 4u; i++)
            for (u32 j = 0u; j < 4u; j++) total[i][j] += sum[i][j];
    }
    for (u32 k = 0u; k < 4u; k++) {
        for (u32 l = 0u; l < 4u; l++) {
            u32 i = tile_i * TILE + 4u * ti + k;
            u32 j = tile_j * TILE + 4u * tj + l;
            // On the diagonal tile the lower half is the mirror image of the upper one.
            if (i > j || j >= p.columns) continue;
            size_t base = (size_t)block * p.columns * p.columns;
            size_t upper = base + (size_t)i * p.columns + j;
            float value = (p.accumulate == 1u ? moments[upper] : 0.0f) + total[k][l];
            moments[upper] = value;
            moments[base + (size_t)j * p.columns + i] = value;
        }
    }
}
