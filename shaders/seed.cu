// In: nodes, some of them new. Out: new nodes at the centre of their placed neighbours, weighted by their springs, moved
// off it a little in a direction of their own; without such neighbours they stay where they are. The steps are those of
// seed.wgsl.

struct Params {
    u32 count;
    // How far off the centre.
    float jitter;
};

// Wellons' low-bias 32-bit mixer, as a number in -1 … 1.
__device__ inline float mixed(u32 x) {
    x = (x ^ (x >> 16)) * 0x7feb352du;
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    x = x ^ (x >> 16);
    return (float)(x >> 8) / 8388608.0f - 1.0f;
}

extern "C" __global__ void __launch_bounds__(256) seed(
    Params p,
    const u32* __restrict__ offsets,       // [count + 1]: first spring
    const uint2* __restrict__ springs_of,  // [springs]: the other end and the strength's bits
    const u32* __restrict__ fresh,         // [count]: 0 = placed; for a new node, bits from its identity, not 0
    float4* nodes                          // [count]: x, y, z, mass
) {
    u32 node = blockIdx.x * 256u + threadIdx.x;
    if (node >= p.count || fresh[node] == 0u) return;
    float4 sum = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
    for (u32 k = offsets[node]; k < offsets[node + 1u]; k++) {
        uint2 spring = springs_of[k];
        if (fresh[spring.x] == 0u) {
            float strength = __uint_as_float(spring.y);
            float4 other = nodes[spring.x];
            sum.x += strength * other.x;
            sum.y += strength * other.y;
            sum.z += strength * other.z;
            sum.w += strength;
        }
    }
    if (sum.w > 0.0f) {
        u32 own = fresh[node];
        nodes[node].x = sum.x / sum.w + p.jitter * mixed(own);
        nodes[node].y = sum.y / sum.w + p.jitter * mixed(own ^ 0x9e3779b9u);
        nodes[node].z = sum.z / sum.w + p.jitter * mixed(own ^ 0x7f4a7c15u);
    }
}
