// In: one level of the tree. Out: the level above: of four neighbours each, the centre of mass, the mass, the box around
// them and the square of its diagonal. The steps are those of pool.wgsl.

struct Params {
    // Nodes of the level below and where it begins in `tree`.
    u32 children;
    u32 children_at;
    // Nodes of this level and where it begins.
    u32 parents;
    u32 parents_at;
    // Nodes of the lowest level, which have no boxes.
    u32 leaves;
};

extern "C" __global__ void __launch_bounds__(256) pool(
    Params p,
    float4* __restrict__ tree,   // [levels]: x, y, z, mass
    float4* __restrict__ boxes,  // [levels but the lowest, 2]
    float* __restrict__ sizes    // [levels]
) {
    u32 at = blockIdx.x * 256u + threadIdx.x;
    if (at >= p.parents) return;
    float mass = 0.0f;
    float3 centre = make_float3(0.0f, 0.0f, 0.0f);
    float3 plain = centre;
    float3 low = make_float3(3.4e38f, 3.4e38f, 3.4e38f);
    float3 high = make_float3(-3.4e38f, -3.4e38f, -3.4e38f);
    u32 last = min(4u * at + 4u, p.children);
    for (u32 k = 4u * at; k < last; k++) {
        u32 child = p.children_at + k;
        float4 one = tree[child];
        mass += one.w;
        centre.x += one.w * one.x;
        centre.y += one.w * one.y;
        centre.z += one.w * one.z;
        plain.x += one.x;
        plain.y += one.y;
        plain.z += one.z;
        float4 least = one;
        float4 most = one;
        if (p.children_at != 0u) {
            least = boxes[2u * (child - p.leaves)];
            most = boxes[2u * (child - p.leaves) + 1u];
        }
        low = make_float3(fminf(low.x, least.x), fminf(low.y, least.y), fminf(low.z, least.z));
        high = make_float3(fmaxf(high.x, most.x), fmaxf(high.y, most.y), fmaxf(high.z, most.z));
    }
    u32 parent = p.parents_at + at;
    // Without mass any point of the box will do.
    float3 sum = mass > 0.0f ? centre : plain;
    float weight = mass > 0.0f ? mass : (float)(last - 4u * at);
    float x = high.x - low.x, y = high.y - low.y, z = high.z - low.z;
    tree[parent] = make_float4(sum.x / weight, sum.y / weight, sum.z / weight, mass);
    boxes[2u * (parent - p.leaves)] = make_float4(low.x, low.y, low.z, 0.0f);
    boxes[2u * (parent - p.leaves) + 1u] = make_float4(high.x, high.y, high.z, 0.0f);
    sizes[parent] = x * x + y * y + z * z;
}
