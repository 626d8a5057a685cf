// In: latents of targets and sources. Out: for each target and slice of the sources, the best sources of the slice.
//
// A workgroup takes 32 targets through its slice, 64 sources at a time: inner products in tiles of 2 × 4 in each thread,
// 16 numbers of the latents passing through workgroup memory at a time; then one thread per target looks through the 64
// products for those that beat its worst.

struct Params {
    targets: u32,
    sources: u32,
    vars: u32,
    dim: u32,
    keep: u32,
    // Sources of a slice, a multiple of 64.
    slice: u32,
}

struct Hit {
    source: u32,
    score: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
// [targets, dim / 2]
@group(0) @binding(1) var<storage, read> targets: array<Half2>;
// [sources, dim / 2]
@group(0) @binding(2) var<storage, read> sources: array<Half2>;
// [slices, targets, keep], in no order
@group(0) @binding(3) var<storage, read_write> hits: array<Hit>;

const NONE = 0xffffffffu;
const TALL = 32u;
const WIDE = 64u;

// 16 numbers of each latent, [16, TALL] and [16, WIDE].
var<workgroup> left: array<f32, 512>;
var<workgroup> right: array<f32, 1024>;
var<workgroup> products: array<f32, 2048>;

@compute @workgroup_size(256)
fn screen(thread: Thread) {
    let first_target = thread.group.x * TALL;
    let begin = thread.group.y * p.slice;
    let end = min(begin + p.slice, p.sources);
    let own = first_target + thread.index;
    let mine = (thread.group.y * p.targets + own) * p.keep;
    let selects = thread.index < TALL && own < p.targets;
    var found = 0u;
    var worst = 0u;
    var bound = -1.0;
    if selects {
        for (var k = 0u; k < p.keep; k++) {
            hits[mine + k] = Hit(NONE, 0.0);
        }
    }
    let ti = thread.index / 16u;
    let tj = thread.index % 16u;
    let half = p.dim / 2u;
    for (var start = begin; start < end; start += WIDE) {
        var sum = array<vec4<f32>, 2>();
        for (var d = 0u; d < half; d += 8u) {
            workgroupBarrier();
            {
                let latent = first_target + thread.index / 8u;
                let pair = d + thread.index % 8u;
                var value = vec2(0.0);
                if latent < p.targets && pair < half {
                    value = widen(targets[latent * half + pair]);
                }
                let at = 2u * (thread.index % 8u) * TALL + thread.index / 8u;
                left[at] = value.x;
                left[at + TALL] = value.y;
            }
            for (var k = 0u; k < 2u; k++) {
                let column = k * 32u + thread.index / 8u;
                let latent = start + column;
                let pair = d + thread.index % 8u;
                var value = vec2(0.0);
                if latent < end && pair < half {
                    value = widen(sources[latent * half + pair]);
                }
                let at = 2u * (thread.index % 8u) * WIDE + column;
                right[at] = value.x;
                right[at + WIDE] = value.y;
            }
            workgroupBarrier();
            for (var k = 0u; k < 16u; k++) {
                let b = k * WIDE + 4u * tj;
                let r = vec4(right[b], right[b + 1u], right[b + 2u], right[b + 3u]);
                sum[0] += left[k * TALL + 2u * ti] * r;
                sum[1] += left[k * TALL + 2u * ti + 1u] * r;
            }
        }
        for (var k = 0u; k < 2u; k++) {
            for (var l = 0u; l < 4u; l++) {
                products[(2u * ti + k) * WIDE + 4u * tj + l] = sum[k][l];
            }
        }
        workgroupBarrier();
        if selects {
            for (var k = 0u; k < min(WIDE, end - start); k++) {
                let score = products[thread.index * WIDE + k];
                if abs(score) <= bound || (start + k) % p.vars == own {
                    continue;
                }
                if found < p.keep {
                    hits[mine + found] = Hit(start + k, score);
                    found++;
                } else {
                    hits[mine + worst] = Hit(start + k, score);
                }
                if found == p.keep {
                    bound = abs(hits[mine].score);
                    worst = 0u;
                    for (var h = 1u; h < p.keep; h++) {
                        let value = abs(hits[mine + h].score);
                        if value < bound || (value == bound && hits[mine + h].source > hits[mine + worst].source) {
                            bound = value;
                            worst = h;
                        }
                    }
                }
            }
        }
        workgroupBarrier();
    }
}
