// In: nodes and springs in compressed rows, cut into segments. Out: the pull of each segment on its node, and its
// stiffness. The steps are those of springs.wgsl.

struct Params {
    u32 segments;
};

extern "C" __global__ void __launch_bounds__(256) springs(
    Params p,
    const float4* __restrict__ nodes,      // [count]: x, y, z, mass
    const uint2* __restrict__ segments,    // [segments + 1]: node and first spring
    const uint2* __restrict__ springs_of,  // [springs]: the other end and the strength's bits
    float4* __restrict__ pull              // [segments]
) {
    u32 segment = blockIdx.x * 256u + threadIdx.x;
    if (segment >= p.segments) return;
    uint2 own = segments[segment];
    float4 at = nodes[own.x];
    u32 end = segments[segment + 1u].y;
    float4 sum = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
    for (u32 k = own.y; k < end; k++) {
        uint2 spring = springs_of[k];
        float strength = __uint_as_float(spring.y);
        float4 other = nodes[spring.x];
        sum.x += strength * (other.x - at.x);
        sum.y += strength * (other.y - at.y);
        sum.z += strength * (other.z - at.z);
        sum.w += strength;
    }
    pull[segment] = sum;
}
