// In: a series and weights per row. Out: the weighted second moments of its lagged columns, one matrix per block of rows.
//
// A workgroup makes a tile of 64 × 64 entries of the upper half (and its mirror image), 4 × 4 in each thread; rows pass
// through workgroup memory 16 at a time. Sums run over 256 rows before they join the total, which keeps their rounding
// errors from growing with the length of the series.

struct Params {
    rows: u32,
    vars: u32,
    // Copies of every variable: lag 0 … lags - 1.
    lags: u32,
    // Whether column 0 is the constant 1.
    constant: u32,
    columns: u32,
    // Rows of a block; the last may have fewer.
    block_rows: u32,
    // Whether to add to what is there.
    accumulate: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
// [rows + lags - 1, vars]
@group(0) @binding(1) var<storage, read> series: array<f32>;
// [rows]
@group(0) @binding(2) var<storage, read> weights: array<f32>;
// [blocks, columns, columns]
@group(0) @binding(3) var<storage, read_write> moments: array<f32>;

const TILE = 64u;
const DEPTH = 16u;
const CHUNK = 256u;

var<workgroup> left: array<f32, 1024>;
var<workgroup> right: array<f32, 1024>;

fn cell(row: u32, end: u32, column: u32) -> f32 {
    if row >= end || column >= p.columns {
        return 0.0;
    }
    if p.constant == 1u && column == 0u {
        return 1.0;
    }
    let c = column - p.constant;
    let lag = c / p.vars;
    return series[(row + p.lags - 1u - lag) * p.vars + c - lag * p.vars];
}

@compute @workgroup_size(256)
fn gram(thread: Thread) {
    let tile_i = thread.group.y;
    let tile_j = thread.group.x;
    if tile_i > tile_j {
        return;
    }
    let block = thread.group.z;
    let begin = block * p.block_rows;
    let end = min(begin + p.block_rows, p.rows);
    let ti = thread.index / 16u;
    let tj = thread.index % 16u;
    var total = array<vec4<f32>, 4>();
    for (var first = begin; first < end; first += CHUNK) {
        var sum = array<vec4<f32>, 4>();
        for (var row = first; row < min(first + CHUNK, end); row += DEPTH) {
            workgroupBarrier();
            for (var k = 0u; k < 4u; k++) {
                let at = k * 256u + thread.index;
                let r = row + at / TILE;
                let c = at % TILE;
                let weight = select(0.0, weights[min(r, p.rows - 1u)], r < end);
                left[at] = weight * cell(r, end, tile_i * TILE + c);
                right[at] = cell(r, end, tile_j * TILE + c);
            }
            workgroupBarrier();
            for (var k = 0u; k < DEPTH; k++) {
                let a = k * TILE + 4u * ti;
                let b = k * TILE + 4u * tj;
                let r = vec4(right[b], right[b + 1u], right[b + 2u], right[b + 3u]);
                sum[0] += left[a] * r;
                sum[1] += left[a + 1u] * r;
                sum[2] += left[a + 2u] * r;
                sum[3] += left[a + 3u] * r;
            }
        }
        for (var k = 0u; k < 4u; k++) {
            total[k] += sum[k];
        }
    }
    for (var k = 0u; k < 4u; k++) {
        for (var l = 0u; l < 4u; l++) {
            let i = tile_i * TILE + 4u * ti + k;
            let j = tile_j * TILE + 4u * tj + l;
            // On the diagonal tile the lower half is the mirror image of the upper one.
            if i > j || j >= p.columns {
                continue;
            }
            let base = block * p.columns * p.columns;
            let upper = base + i * p.columns + j;
            let value = select(0.0, moments[upper], p.accumulate == 1u) + total[k][l];
            moments[upper] = value;
            moments[base + j * p.columns + i] = value;
        }
    }
}
