// In: pushes, pulls and the forces of the step before. Out: the force on each node with its local speed per unit of
// stiffness, and the sums the global speed is made of. The steps are those of gather.wgsl.

struct Params {
    u32 count;
    // Pushes per node.
    u32 slices;
    float repulsion;
    float gravity;
    // Distance from which on gravity grows no more.
    float reach;
    // Radius nodes without springs are held at, and how much stronger than gravity.
    float shell_radius;
    float shell_stiffness;
};

__device__ inline void add(float4& sum, float4 term) {
    sum.x += term.x;
    sum.y += term.y;
    sum.z += term.z;
    sum.w += term.w;
}

extern "C" __global__ void __launch_bounds__(256) gather(
    Params p,
    const float4* __restrict__ nodes,   // [count]: x, y, z, mass
    const float4* __restrict__ push,    // [slices, count]
    const float4* __restrict__ pull,    // [segments]
    const u32* __restrict__ rows,       // [count + 1]: first segment
    const float2* __restrict__ traits,  // [count]: mobility; 1 for a node without springs, else 0
    float4* __restrict__ forces,        // [count]: force; local speed per stiffness
    float4* __restrict__ parts          // [workgroups]: swing, traction
) {
    u32 node = blockIdx.x * 256u + threadIdx.x;
    float swing_sum = 0.0f;
    float traction_sum = 0.0f;
    if (node < p.count) {
        float4 own = nodes[node];
        float4 sum = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
        for (u32 slice = 0u; slice < p.slices; slice++) add(sum, push[(size_t)slice * p.count + node]);
        float scale = p.repulsion * own.w;
        sum = make_float4(sum.x * scale, sum.y * scale, sum.z * scale, sum.w * scale);
        for (u32 segment = rows[node]; segment < rows[node + 1u]; segment++) add(sum, pull[segment]);
        // Stiffness lies in w: repulsion's and the springs' add up there by themselves.
        float radius = sqrtf(own.x * own.x + own.y * own.y + own.z * own.z);
        if (radius > 0.0f) {
            float gravity = p.gravity * own.w;
            float hold;
            float stiff;
            if (traits[node].y > 0.0f) {
                stiff = p.shell_stiffness * gravity;
                hold = stiff * (radius - p.shell_radius) / radius;
            } else {
                stiff = gravity * fminf(p.reach / radius, 1.0f);
                hold = stiff;
            }
            add(sum, make_float4(-hold * own.x, -hold * own.y, -hold * own.z, stiff));
        }
        float4 before = forces[node];
        float3 turned = make_float3(sum.x - before.x, sum.y - before.y, sum.z - before.z);
        float3 kept = make_float3(sum.x + before.x, sum.y + before.y, sum.z + before.z);
        float swing = sqrtf(turned.x * turned.x + turned.y * turned.y + turned.z * turned.z);
        float traction = 0.5f * sqrtf(kept.x * kept.x + kept.y * kept.y + kept.z * kept.z);
        float mobility = traits[node].x;
        // Per unit of stiffness both are lengths, so that a hub does not drown everyone else.
        float weight = mobility / fmaxf(sum.w, 1e-30f);
        swing_sum = weight * swing;
        traction_sum = weight * traction;
        float speed = 0.0f;
        if (sum.w > 0.0f && swing + traction > 0.0f) speed = traction / (swing + traction) / sum.w;
        forces[node] = make_float4(sum.x, sum.y, sum.z, speed);
    }
    float swing = group_sum(swing_sum);
    float traction = group_sum(traction_sum);
    if (threadIdx.x == 0u) parts[blockIdx.x] = make_float4(swing, traction, 0.0f, 0.0f);
}
