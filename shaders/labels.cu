// In: nodes with priorities, and an eye. Out: the highest priority in each cell of a grid over the picture, in a second launch
// the first node that has it, in a third where that is. The steps are those of labels.wgsl.

struct Params {
    u32 count;
    u32 columns;
    u32 rows;
    // 0: priorities; 1: nodes; 2: their places.
    u32 launch;
};

extern "C" __global__ void __launch_bounds__(256) labels(
    Params p,
    const float4* __restrict__ eye,    // columns of the matrix from the world to the clip space; width and height in
                                       // pixels, pixels per unit where w is 1, least radius in pixels; pixels per unit
                                       // of an edge's width
    const float4* __restrict__ nodes,    // [count]: x, y, z, mass
    const u32* __restrict__ priorities,  // [count]: 0 = no label
    u32* cells                           // [rows, columns]: priorities, 0 at first; [rows, columns]: nodes, all bits
                                         // set at first; [rows, columns, 3]: their x, y, z
) {
    u32 node = blockIdx.x * 256u + threadIdx.x;
    if (node >= p.count || priorities[node] == 0u) return;
    float4 view = seen(eye, nodes[node]);
    float x = view.x / eye[4].x, y = view.y / eye[4].y;
    if (view.w <= 0.0f || x < 0.0f || y < 0.0f || x >= 1.0f || y >= 1.0f) return;
    u32 column = min((u32)(x * (float)p.columns), p.columns - 1u);
    u32 cell = min((u32)(y * (float)p.rows), p.rows - 1u) * p.columns + column;
    u32 all = p.rows * p.columns;
    if (p.launch == 0u) {
        atomicMax(&cells[cell], priorities[node]);
    } else if (p.launch == 1u && cells[cell] == priorities[node]) {
        atomicMin(&cells[all + cell], node);
    } else if (p.launch == 2u && cells[all + cell] == node) {
        u32* at = cells + 2u * all + 3u * cell;
        at[0] = __float_as_uint(nodes[node].x);
        at[1] = __float_as_uint(nodes[node].y);
        at[2] = __float_as_uint(nodes[node].z);
    }
}
