// In: where each class begins in a list sorted by class. Out: arguments of three indirect draws, of classes 0, 1 and 2, each
// with its first place in the list behind: vertices, instances, 0, 0, first. The steps are those of indirect.wgsl.

struct Params {
    // Blocks the list was sorted in.
    u32 blocks;
    // Vertices of an instance of each class.
    u32 vertices[3];
};

extern "C" __global__ void __launch_bounds__(64) indirect(
    Params p,
    const u32* __restrict__ starts,  // [16, blocks]
    u32* __restrict__ draws          // [3, 5]
) {
    u32 draw = threadIdx.x;
    if (draw >= 3u) return;
    u32 first = starts[draw * p.blocks];
    draws[5u * draw] = p.vertices[draw];
    draws[5u * draw + 1u] = starts[(draw + 1u) * p.blocks] - first;
    draws[5u * draw + 2u] = 0u;
    draws[5u * draw + 3u] = 0u;
    draws[5u * draw + 4u] = first;
}
