// In: the best of each workgroup. Out: the best of all, eight bytes. One workgroup. The steps are those of pick_best.wgsl.

struct Params {
    u32 count;
};

extern "C" __global__ void __launch_bounds__(256) pick_best(
    Params p,
    const uint2* __restrict__ parts,  // [count]
    uint2* __restrict__ best          // [1]
) {
    uint2 own = make_uint2(0xffffffffu, 0xffffffffu);
    for (u32 k = threadIdx.x; k < p.count; k += 256u) {
        uint2 part = parts[k];
        if (part.x < own.x || (part.x == own.x && part.y < own.y)) own = part;
    }
    own = least(own);
    if (threadIdx.x == 0u) best[0] = own;
}
