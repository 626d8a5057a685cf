// In: forces and the global speed. Out: the nodes one step further, their mobility aged, and sums of how far they moved.
// The steps are those of integrate.wgsl.

struct Params {
    u32 count;
    // Heat of the step, 0 … 1.
    float alpha;
    // Mobility that is kept, and the share of the rest that is left after the step.
    float floor;
    float decay;
};

extern "C" __global__ void __launch_bounds__(256) integrate(
    Params p,
    float4* __restrict__ nodes,         // [count]: x, y, z, mass
    const float4* __restrict__ forces,  // [count]: force; local speed per stiffness
    const float* __restrict__ state,    // [8]: the global speed
    float2* __restrict__ traits,        // [count]: mobility (0 = pinned); 1 for a node without springs, else 0
    float4* __restrict__ parts          // [workgroups]: squared displacement; squared radius and number of nodes with
                                        // springs; squared radius of all
) {
    u32 node = blockIdx.x * 256u + threadIdx.x;
    float moved = 0.0f;
    float square = 0.0f;
    float springy = 0.0f;
    if (node < p.count) {
        float4 force = forces[node];
        float mobility = traits[node].x;
        float reach = p.alpha * mobility * state[0] * force.w;
        float4 own = nodes[node];
        float x = reach * force.x, y = reach * force.y, z = reach * force.z;
        own = make_float4(own.x + x, own.y + y, own.z + z, own.w);
        nodes[node] = own;
        moved = x * x + y * y + z * z;
        square = own.x * own.x + own.y * own.y + own.z * own.z;
        springy = traits[node].y > 0.0f ? 0.0f : 1.0f;
        if (mobility > 0.0f) traits[node].x = p.floor + p.decay * fmaxf(mobility - p.floor, 0.0f);
    }
    float a = group_sum(moved), b = group_sum(square * springy), c = group_sum(springy), d = group_sum(square);
    if (threadIdx.x == 0u) parts[blockIdx.x] = make_float4(a, b, c, d);
}
