// In: the tree. Out: what all nodes do to each node, as in repel.cu, far ones taken together. The steps are those of
// traverse.wgsl.

struct Params {
    u32 count;
    u32 levels;
    // A node is taken as a whole from `1 / theta` times its diagonal on.
    float theta_squared;
    float softening;
};

extern "C" __global__ void __launch_bounds__(256) traverse(
    Params p,
    const float4* __restrict__ tree,   // [levels]: x, y, z, mass
    const float* __restrict__ sizes,   // [levels]
    const uint2* __restrict__ levels,  // [levels, 2]: where each level begins and how many nodes it has
    const u32* __restrict__ order,     // [count]
    float4* __restrict__ push          // [count]
) {
    __shared__ uint2 table[32];
    if (threadIdx.x < p.levels) table[threadIdx.x] = levels[threadIdx.x];
    __syncthreads();
    u32 own = blockIdx.x * 256u + threadIdx.x;
    if (own >= p.count) return;
    float4 at = tree[own];
    float4 sum = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
    u32 top = p.levels - 1u;
    u32 level = top;
    u32 next = 0u;
    while (true) {
        u32 node = table[level].x + next;
        float4 other = tree[node];
        float x = at.x - other.x;
        float y = at.y - other.y;
        float z = at.z - other.z;
        float squared = x * x + y * y + z * z;
        if (level > 0u && sizes[node] >= p.theta_squared * squared) {
            level--;
            next *= 4u;
            continue;
        }
        if (squared > 0.0f) {
            float weight = __fdividef(other.w, squared + p.softening);
            sum.x += x * weight;
            sum.y += y * weight;
            sum.z += z * weight;
            sum.w += weight;
        }
        next++;
        while (level < top && (next % 4u == 0u || next >= table[level].y)) {
            next = (next + 3u) / 4u;
            level++;
        }
        if (level == top && next >= table[top].y) break;
    }
    push[order[own]] = sum;
}
