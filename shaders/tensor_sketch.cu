// In: rows, and their columns sorted by place twice. Out: a sketch of all products of two columns of each row: two count
// sketches over the columns, circularly convolved. The steps are those of tensor_sketch.wgsl.

struct Params {
    u32 rows;
    u32 columns;
    u32 dim;
};

extern "C" __global__ void __launch_bounds__(256) tensor_sketch(
    Params p,
    const float* __restrict__ rows,   // [rows, columns]
    const u32* __restrict__ offsets,  // twice [dim + 1]: where the columns of each place begin
    const u32* __restrict__ order,    // twice [columns]: columns by place; the top bit is the sign
    float* __restrict__ sketches      // [rows, dim]
) {
    __shared__ float counted[2][1024];
    for (u32 row = blockIdx.x; row < p.rows; row += gridDim.x) {
        __syncthreads();
        for (u32 d = threadIdx.x; d < p.dim; d += 256u) {
            for (u32 which = 0u; which < 2u; which++) {
                u32 begin = which * (p.dim + 1u) + d;
                float sum = 0.0f;
                for (u32 k = offsets[begin]; k < offsets[begin + 1u]; k++) {
                    u32 entry = order[which * p.columns + k];
                    float value = rows[(size_t)row * p.columns + (entry & 0x7fffffffu)];
                    sum += (entry >> 31) == 1u ? -value : value;
                }
                counted[which][d] = sum;
            }
        }
        __syncthreads();
        for (u32 d = threadIdx.x; d < p.dim; d += 256u) {
            float sum = 0.0f;
            for (u32 a = 0u; a < p.dim; a++) sum += counted[0][a] * counted[1][(d - a) & (p.dim - 1u)];
            sketches[(size_t)row * p.dim + d] = sum;
        }
    }
}
