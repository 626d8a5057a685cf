// In: nodes. Out: the box around the nodes of each workgroup. The steps are those of bounds.wgsl.

struct Params {
    u32 count;
};

__device__ inline float4 lower(float4 a, float4 b) {
    return make_float4(fminf(a.x, b.x), fminf(a.y, b.y), fminf(a.z, b.z), 0.0f);
}

__device__ inline float4 higher(float4 a, float4 b) {
    return make_float4(fmaxf(a.x, b.x), fmaxf(a.y, b.y), fmaxf(a.z, b.z), 0.0f);
}

extern "C" __global__ void __launch_bounds__(256) bounds(
    Params p,
    const float4* __restrict__ nodes,  // [count]: x, y, z, mass
    float4* __restrict__ corners       // [workgroups, 2]: lowest and highest corner
) {
    __shared__ float4 low[256];
    __shared__ float4 high[256];
    u32 index = threadIdx.x;
    float4 least = nodes[0];
    float4 most = least;
    for (u32 node = blockIdx.x * 256u + index; node < p.count; node += gridDim.x * 256u) {
        least = lower(least, nodes[node]);
        most = higher(most, nodes[node]);
    }
    low[index] = least;
    high[index] = most;
    __syncthreads();
    for (u32 half = 128u; half > 0u; half /= 2u) {
        if (index < half) {
            low[index] = lower(low[index], low[index + half]);
            high[index] = higher(high[index], high[index + half]);
        }
        __syncthreads();
    }
    if (index == 0u) {
        corners[2u * blockIdx.x] = make_float4(low[0].x, low[0].y, low[0].z, 0.0f);
        corners[2u * blockIdx.x + 1u] = make_float4(high[0].x, high[0].y, high[0].z, 0.0f);
    }
}
