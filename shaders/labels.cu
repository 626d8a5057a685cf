// In: nodes with priorities, and an eye. Out: the highest priority in each cell of a grid over the picture, and in a second
// launch the first node that has it. The steps are those of labels.wgsl.

struct Params {
    u32 count;
    u32 columns;
    u32 rows;
    // 0: priorities; 1: nodes.
    u32 second;
};

extern "C" __global__ void __launch_bounds__(256) labels(
    Params p,
    const float4* __restrict__ eye,    // columns of the matrix from the world to the clip space; width and height in
                                       // pixels, pixels per unit where w is 1
    const float4* __restrict__ nodes,    // [count]: x, y, z, mass
    const u32* __restrict__ priorities,  // [count]: 0 = no label
    u32* cells                           // [2, rows, columns]: priorities, 0 at first; nodes, all bits set at first
) {
    u32 node = blockIdx.x * 256u + threadIdx.x;
    if (node >= p.count || priorities[node] == 0u) return;
    float4 view = seen(eye, nodes[node]);
    float x = view.x / eye[4].x, y = view.y / eye[4].y;
    if (view.w <= 0.0f || x < 0.0f || y < 0.0f || x >= 1.0f || y >= 1.0f) return;
    u32 column = min((u32)(x * (float)p.columns), p.columns - 1u);
    u32 cell = min((u32)(y * (float)p.rows), p.rows - 1u) * p.columns + column;
    if (p.second == 0u) {
        atomicMax(&cells[cell], priorities[node]);
    } else if (cells[cell] == priorities[node]) {
        atomicMin(&cells[p.rows * p.columns + cell], node);
    }
}
