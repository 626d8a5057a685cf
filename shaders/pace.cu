// In: sums of workgroups. Out: the global speed, or the sums themselves. One workgroup. The steps are those of pace.wgsl.

struct Params {
    // Sums to add up.
    u32 count;
    // 0: the global speed from swing and traction. 1: the sums, into `state` from 4 on.
    u32 sums;
    float slowest;
    float fastest;
};

extern "C" __global__ void __launch_bounds__(256) pace(
    Params p,
    const float4* __restrict__ parts,  // [count]
    float* __restrict__ state          // [8]: the global speed; from 4 on, sums
) {
    float4 own = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
    for (u32 k = threadIdx.x; k < p.count; k += 256u) {
        float4 part = parts[k];
        own = make_float4(own.x + part.x, own.y + part.y, own.z + part.z, own.w + part.w);
    }
    float x = group_sum(own.x), y = group_sum(own.y), z = group_sum(own.z), w = group_sum(own.w);
    if (threadIdx.x != 0u) return;
    if (p.sums == 1u) {
        state[4] = x;
        state[5] = y;
        state[6] = z;
        state[7] = w;
    } else {
        float wanted = x > 0.0f ? y / x : p.fastest;
        // It may fall at once, but rises slowly: one calm step proves little.
        state[0] = fminf(fmaxf(fminf(wanted, state[0] * 1.2f), p.slowest), p.fastest);
    }
}
