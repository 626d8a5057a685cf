// In: nodes with priorities, and an eye. Out: the highest priority in each cell of a grid over the picture, in a second launch
// the first node that has it, in a third where that is. Highest and first do not depend on who comes when.

struct Params {
    count: u32,
    columns: u32,
    rows: u32,
    // 0: priorities; 1: nodes; 2: their places.
    launch: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
// Columns of the matrix from the world to the clip space; width and height in pixels, pixels per unit where w is 1,
// least radius in pixels; pixels per unit of an edge's width
@group(0) @binding(1) var<storage, read> eye: array<vec4<f32>>;
// [count]: x, y, z, mass
@group(0) @binding(2) var<storage, read> nodes: array<vec4<f32>>;
// [count]: 0 = no label
@group(0) @binding(3) var<storage, read> priorities: array<u32>;
// [rows, columns]: priorities, 0 at first; [rows, columns]: nodes, all bits set at first; [rows, columns, 3]: their x, y, z
@group(0) @binding(4) var<storage, read_write> cells: array<atomic<u32>>;

@compute @workgroup_size(256)
fn labels(thread: Thread) {
    let node = thread.group.x * 256u + thread.index;
    if node >= p.count || priorities[node] == 0u {
        return;
    }
    let view = seen(nodes[node].xyz);
    let place = view.xy / eye[4].xy;
    if view.w <= 0.0 || any(place < vec2(0.0)) || any(place >= vec2(1.0)) {
        return;
    }
    let at = vec2<u32>(place * vec2(f32(p.columns), f32(p.rows)));
    let cell = min(at.y, p.rows - 1u) * p.columns + min(at.x, p.columns - 1u);
    let all = p.rows * p.columns;
    if p.launch == 0u {
        atomicMax(&cells[cell], priorities[node]);
    } else if p.launch == 1u && atomicLoad(&cells[cell]) == priorities[node] {
        atomicMin(&cells[all + cell], node);
    } else if p.launch == 2u && atomicLoad(&cells[all + cell]) == node {
        for (var axis = 0u; axis < 3u; axis++) {
            atomicStore(&cells[2u * all + 3u * cell + axis], bitcast<u32>(nodes[node][axis]));
        }
    }
}
