// In: rows of a series, and weights of each row in each number of a latent: random signs made on the fly, or given. Out:
// the latents of every lagged column with the rows added.
//
// A workgroup adds to 64 numbers of the latents of 64 variables at one lag, 4 × 4 in each thread; rows pass through
// workgroup memory 16 at a time.

struct Params {
    rows: u32,
    vars: u32,
    lags: u32,
    dim: u32,
    seed: u32,
    first_row: u32,
    // Whether weights are given; else they are signs.
    given: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
// [rows + lags - 1, vars]
@group(0) @binding(1) var<storage, read> series: array<f32>;
// [rows, dim], or one word that is not read.
@group(0) @binding(2) var<storage, read> weights: array<f32>;
// [lags * vars, dim / 2]
@group(0) @binding(3) var<storage, read_write> latents: array<Half2>;

const TILE = 64u;
const DEPTH = 16u;

var<workgroup> left: array<f32, 1024>;
var<workgroup> right: array<f32, 1024>;

fn mix(word: u32) -> u32 {
    var x = word;
    x = (x ^ (x >> 16u)) * 0x7feb352du;
    x = (x ^ (x >> 15u)) * 0x846ca68bu;
    return x ^ (x >> 16u);
}

fn weight(row: u32, d: u32) -> f32 {
    if row >= p.rows || d >= p.dim {
        return 0.0;
    }
    if p.given == 1u {
        return weights[row * p.dim + d];
    }
    let signs = mix(mix((p.first_row + row) ^ p.seed) + (d / 32u) * 0x9e3779b9u);
    return 1.0 - 2.0 * f32((signs >> (d % 32u)) & 1u);
}

@compute @workgroup_size(256)
fn sketch(thread: Thread) {
    let lag = thread.group.z;
    let ti = thread.index / 16u;
    let tj = thread.index % 16u;
    var sum = array<vec4<f32>, 4>();
    for (var row = 0u; row < p.rows; row += DEPTH) {
        workgroupBarrier();
        for (var k = 0u; k < 4u; k++) {
            let at = k * 256u + thread.index;
            let r = row + at / TILE;
            let v = thread.group.y * TILE + at % TILE;
            let there = r < p.rows && v < p.vars;
            left[at] = select(0.0, series[select(0u, (r + p.lags - 1u - lag) * p.vars + v, there)], there);
            right[at] = weight(r, thread.group.x * TILE + at % TILE);
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
    let d = thread.group.x * TILE + 4u * tj;
    for (var k = 0u; k < 4u; k++) {
        let v = thread.group.y * TILE + 4u * ti + k;
        if v >= p.vars {
            continue;
        }
        let at = ((lag * p.vars + v) * p.dim + d) / 2u;
        if d < p.dim {
            latents[at] = narrow(widen(latents[at]) + sum[k].xy);
        }
        if d + 2u < p.dim {
            latents[at + 1u] = narrow(widen(latents[at + 1u]) + sum[k].zw);
        }
    }
}
