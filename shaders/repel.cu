// In: nodes. Out: what every node of a slice does to every node, exactly: the sum of mass · (x_i - x_j) / (d² + ε), and
// of mass / (d² + ε) beside it. The steps are those of repel.wgsl.

struct Params {
    u32 count;
    // Nodes of a slice, a multiple of 256.
    u32 slice;
    float softening;
};

__device__ inline void towards(float4& sum, float4 at, float4 other, float softening) {
    float x = at.x - other.x;
    float y = at.y - other.y;
    float z = at.z - other.z;
    float squared = x * x + y * y + z * z;
    // The node itself (and whatever sits exactly on it) has no direction to push in.
    float weight = squared > 0.0f ? __fdividef(other.w, squared + softening) : 0.0f;
    sum.x += x * weight;
    sum.y += y * weight;
    sum.z += z * weight;
    sum.w += weight;
}

extern "C" __global__ void __launch_bounds__(256) repel(
    Params p,
    const float4* __restrict__ nodes,  // [count]: x, y, z, mass
    float4* __restrict__ push          // [slices, count]
) {
    __shared__ float4 tile[256];
    u32 index = threadIdx.x;
    u32 first = blockIdx.x * 1024u + index;
    u32 begin = blockIdx.y * p.slice;
    u32 end = min(begin + p.slice, p.count);
    float4 at[4];
    float4 sum[4];
    #pragma unroll
    for (u32 k = 0u; k < 4u; k++) {
        at[k] = nodes[min(first + 256u * k, p.count - 1u)];
        sum[k] = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
    }
    for (u32 start = begin; start < end; start += 256u) {
        __syncthreads();
        // What lies past the end has no mass and does nothing.
        tile[index] = start + index < end ? nodes[start + index] : make_float4(0.0f, 0.0f, 0.0f, 0.0f);
        __syncthreads();
        #pragma unroll 8
        for (u32 j = 0u; j < 256u; j++) {
            float4 other = tile[j];
            #pragma unroll
            for (u32 k = 0u; k < 4u; k++) towards(sum[k], at[k], other, p.softening);
        }
    }
    #pragma unroll
    for (u32 k = 0u; k < 4u; k++) {
        u32 node = first + 256u * k;
        if (node < p.count) push[(size_t)blockIdx.y * p.count + node] = sum[k];
    }
}
