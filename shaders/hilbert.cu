// In: nodes and the boxes around parts of them. Out: each node's place on the Hilbert curve through the box around all,
// 10 bits per axis, and its number beside it. The steps are those of hilbert.wgsl.

struct Params {
    u32 count;
    // Boxes, at most 256.
    u32 boxes;
};

#define BITS 10u

__device__ inline u32 curve(u32 a, u32 b, u32 c) {
    u32 x[3] = {a, b, c};
    // Undo the excess work of the transposed form, from the highest bit down.
    #pragma unroll
    for (u32 bit = 1u << (BITS - 1u); bit > 1u; bit >>= 1u) {
        u32 below = bit - 1u;
        #pragma unroll
        for (u32 axis = 0u; axis < 3u; axis++) {
            if ((x[axis] & bit) != 0u) {
                x[0] ^= below;
            } else {
                u32 swap = (x[0] ^ x[axis]) & below;
                x[0] ^= swap;
                x[axis] ^= swap;
            }
        }
    }
    // Gray code.
    x[1] ^= x[0];
    x[2] ^= x[1];
    u32 flip = 0u;
    #pragma unroll
    for (u32 bit = 1u << (BITS - 1u); bit > 1u; bit >>= 1u) {
        if ((x[2] & bit) != 0u) flip ^= bit - 1u;
    }
    u32 key = 0u;
    #pragma unroll
    for (u32 bit = 0u; bit < BITS; bit++) {
        #pragma unroll
        for (u32 axis = 0u; axis < 3u; axis++) key = (key << 1) | (((x[axis] ^ flip) >> (BITS - 1u - bit)) & 1u);
    }
    return key;
}

extern "C" __global__ void __launch_bounds__(256) hilbert(
    Params p,
    const float4* __restrict__ nodes,    // [count]: x, y, z, mass
    const float4* __restrict__ corners,  // [boxes, 2]
    u32* __restrict__ keys,              // [count]
    u32* __restrict__ order              // [count]
) {
    __shared__ float4 low[256];
    __shared__ float4 high[256];
    u32 index = threadIdx.x;
    u32 box = min(index, p.boxes - 1u);
    low[index] = corners[2u * box];
    high[index] = corners[2u * box + 1u];
    __syncthreads();
    for (u32 half = 128u; half > 0u; half /= 2u) {
        if (index < half) {
            float4 a = low[index], b = low[index + half];
            low[index] = make_float4(fminf(a.x, b.x), fminf(a.y, b.y), fminf(a.z, b.z), 0.0f);
            float4 c = high[index], d = high[index + half];
            high[index] = make_float4(fmaxf(c.x, d.x), fmaxf(c.y, d.y), fmaxf(c.z, d.z), 0.0f);
        }
        __syncthreads();
    }
    u32 node = blockIdx.x * 256u + index;
    if (node >= p.count) return;
    float4 corner = low[0];
    // A cube, so that near in the key means near in every direction.
    float side = fmaxf(fmaxf(high[0].x - corner.x, high[0].y - corner.y), fmaxf(high[0].z - corner.z, 1e-30f));
    float cells = (float)(1u << BITS);
    float scale = cells / side;
    float4 at = nodes[node];
    u32 x = (u32)fminf(fmaxf((at.x - corner.x) * scale, 0.0f), cells - 1.0f);
    u32 y = (u32)fminf(fmaxf((at.y - corner.y) * scale, 0.0f), cells - 1.0f);
    u32 z = (u32)fminf(fmaxf((at.z - corner.z) * scale, 0.0f), cells - 1.0f);
    keys[node] = curve(x, y, z);
    order[node] = node;
}
