// In: sketches of a variable's lags. Out: its latents: innovation, lags and their pool, of unit length and clipped. A
// workgroup does one variable; a thread holds two neighbouring numbers out of every 512.

struct Params {
    vars: u32,
    lags: u32,
    dim: u32,
    heads: u32,
    // 0: mean taken off first.
    rms: u32,
    clip: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
// [lags * vars, dim / 2]
@group(0) @binding(1) var<storage, read> sketches: array<Half2>;
// [vars, lags - 1]
@group(0) @binding(2) var<storage, read> own: array<f32>;
// [vars, dim / 2]
@group(0) @binding(3) var<storage, read_write> innovations: array<Half2>;
// [(lags - 1) * vars, dim / 2]
@group(0) @binding(4) var<storage, read_write> lagged: array<Half2>;
// [vars, dim / 2]
@group(0) @binding(5) var<storage, read_write> pooled: array<Half2>;

// Numbers of a latent: at most 2048, so at most 4 pairs in a thread.
const PAIRS = 4u;
const EPSILON = 1e-12;

fn pair_of(thread: Thread, k: u32) -> u32 {
    return k * 256u + thread.index;
}

fn there(pair: u32) -> bool {
    return pair < p.dim / 2u;
}

// Unit length, clipped.
fn normalise(thread: Thread, latent: ptr<function, array<vec2<f32>, 4>>) {
    let n = f32(p.dim);
    if p.rms == 0u {
        var sum = 0.0;
        for (var k = 0u; k < PAIRS; k++) {
            sum += (*latent)[k].x + (*latent)[k].y;
        }
        let mean = group_sum(thread, sum) / n;
        for (var k = 0u; k < PAIRS; k++) {
            if there(pair_of(thread, k)) {
                (*latent)[k] -= vec2(mean);
            }
        }
    }
    var squares = 0.0;
    for (var k = 0u; k < PAIRS; k++) {
        squares += dot((*latent)[k], (*latent)[k]);
    }
    let scale = 1.0 / sqrt(group_sum(thread, squares) / n + EPSILON);
    for (var k = 0u; k < PAIRS; k++) {
        (*latent)[k] = clamp((*latent)[k] * scale, vec2(-p.clip), vec2(p.clip)) / sqrt(n);
    }
}

@compute @workgroup_size(256)
fn encode(thread: Thread) {
    let half = p.dim / 2u;
    for (var variable = thread.group.x; variable < p.vars; variable += thread.groups.x) {
        var innovation = array<vec2<f32>, 4>();
        for (var k = 0u; k < PAIRS; k++) {
            let pair = pair_of(thread, k);
            if !there(pair) {
                continue;
            }
            var value = widen(sketches[variable * half + pair]);
            for (var lag = 1u; lag < p.lags; lag++) {
                let a = own[variable * (p.lags - 1u) + lag - 1u];
                value -= a * widen(sketches[(lag * p.vars + variable) * half + pair]);
            }
            innovation[k] = value;
        }
        normalise(thread, &innovation);
        for (var k = 0u; k < PAIRS; k++) {
            let pair = pair_of(thread, k);
            if there(pair) {
                innovations[variable * half + pair] = narrow(innovation[k]);
            }
        }
        // Softmax over the lags, head by head, in one pass: sums are rescaled when a larger score comes.
        var pool = array<vec2<f32>, 4>();
        var top = array<f32, 16>();
        var total = array<f32, 16>();
        let size = p.dim / p.heads;
        for (var lag = 1u; lag < p.lags; lag++) {
            var latent = array<vec2<f32>, 4>();
            for (var k = 0u; k < PAIRS; k++) {
                let pair = pair_of(thread, k);
                if there(pair) {
                    latent[k] = widen(sketches[(lag * p.vars + variable) * half + pair]);
                }
            }
            normalise(thread, &latent);
            for (var head = 0u; head < p.heads; head++) {
                var product = 0.0;
                for (var k = 0u; k < PAIRS; k++) {
                    let d = 2u * pair_of(thread, k);
                    product += select(0.0, innovation[k].x * latent[k].x, d / size == head);
                    product += select(0.0, innovation[k].y * latent[k].y, (d + 1u) / size == head);
                }
                let score = group_sum(thread, product) * f32(p.heads) * sqrt(f32(size));
                let highest = select(max(top[head], score), score, lag == 1u);
                let keep = select(exp(top[head] - highest), 0.0, lag == 1u);
                let gain = exp(score - highest);
                total[head] = total[head] * keep + gain;
                top[head] = highest;
                for (var k = 0u; k < PAIRS; k++) {
                    let d = 2u * pair_of(thread, k);
                    if d / size == head {
                        pool[k].x = pool[k].x * keep + gain * latent[k].x;
                    }
                    if (d + 1u) / size == head {
                        pool[k].y = pool[k].y * keep + gain * latent[k].y;
                    }
                }
            }
            for (var k = 0u; k < PAIRS; k++) {
                let pair = pair_of(thread, k);
                if there(pair) {
                    lagged[((lag - 1u) * p.vars + variable) * half + pair] = narrow(latent[k]);
                }
            }
        }
        for (var k = 0u; k < PAIRS; k++) {
            let d = 2u * pair_of(thread, k);
            if there(d / 2u) {
                pool[k] /= vec2(total[d / size], total[(d + 1u) / size]);
            }
        }
        normalise(thread, &pool);
        for (var k = 0u; k < PAIRS; k++) {
            let pair = pair_of(thread, k);
            if there(pair) {
                pooled[variable * half + pair] = narrow(pool[k]);
            }
        }
    }
}
