// In: rows of a series, sorted by their place in a latent. Out: the latents of every lagged column with the rows added.
//
// A thread adds to two neighbouring numbers of one latent; neighbouring threads belong to neighbouring variables, so that
// they read a row together.

struct Params {
    vars: u32,
    lags: u32,
    dim: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
// [rows + lags - 1, vars]
@group(0) @binding(1) var<storage, read> series: array<f32>;
// [dim + 1]: where the rows of each place begin in `order`.
@group(0) @binding(2) var<storage, read> offsets: array<u32>;
// [rows]: rows by place; the top bit is the sign.
@group(0) @binding(3) var<storage, read> order: array<u32>;
// [lags * vars, dim / 2]
@group(0) @binding(4) var<storage, read_write> latents: array<Half2>;

fn place_sum(d: u32, lag: u32, v: u32) -> f32 {
    var sum = 0.0;
    for (var k = offsets[d]; k < offsets[d + 1u]; k++) {
        let entry = order[k];
        let row = entry & 0x7fffffffu;
        let value = series[(row + p.lags - 1u - lag) * p.vars + v];
        sum += select(value, -value, (entry >> 31u) == 1u);
    }
    return sum;
}

@compute @workgroup_size(64)
fn count_sketch(thread: Thread) {
    let v = thread.group.x * 64u + thread.index;
    let pair = thread.group.y;
    let lag = thread.group.z;
    if v >= p.vars {
        return;
    }
    let at = (lag * p.vars + v) * (p.dim / 2u) + pair;
    let sums = vec2(place_sum(2u * pair, lag, v), place_sum(2u * pair + 1u, lag, v));
    latents[at] = narrow(widen(latents[at]) + sums);
}
