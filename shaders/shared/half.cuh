// Half precision without any header: two halves in a word, as the WGSL side packs them.
typedef u32 Half2;

__device__ inline float2 widen(Half2 pair) {
    float2 out;
    asm("{.reg .f16 lo, hi; mov.b32 {lo, hi}, %2; cvt.f32.f16 %0, lo; cvt.f32.f16 %1, hi;}"
        : "=f"(out.x), "=f"(out.y) : "r"(pair));
    return out;
}

// Values out of range become the largest half, not infinity.
__device__ inline Half2 narrow(float2 pair) {
    float x = fminf(fmaxf(pair.x, -65504.0f), 65504.0f);
    float y = fminf(fmaxf(pair.y, -65504.0f), 65504.0f);
    Half2 out;
    asm("{.reg .f16 lo, hi; cvt.rn.f16.f32 lo, %1; cvt.rn.f16.f32 hi, %2; mov.b32 %0, {lo, hi};}"
        : "=r"(out) : "f"(x), "f"(y));
    return out;
}
