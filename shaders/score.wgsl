// In: second moments of blocks, weights of replicates, questions. Out: how much of what the base columns leave of the
// target the entering columns explain, on all rows and in every replicate.
//
// 32 threads share a question, each taking every 32nd replicate: they read the same entries and weigh them differently.
// A thread's matrix lies in workgroup memory, entry by entry, so that neighbouring threads use neighbouring banks.

struct Params {
    columns: u32,
    blocks: u32,
    replicates: u32,
    base: u32,
    // Columns of a question, the target included: at most 10.
    width: u32,
    questions: u32,
    // Questions about the same matrices.
    per_group: u32,
    floor: f32,
    tolerance: f32,
}

struct Scored {
    gain: f32,
    mean: f32,
    spread: f32,
    stability: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
// [groups, blocks, columns, columns]
@group(0) @binding(1) var<storage, read> moments: array<f32>;
// [replicates, blocks]
@group(0) @binding(2) var<storage, read> weights: array<f32>;
// [questions, width]
@group(0) @binding(3) var<storage, read> questions: array<u32>;
// [questions]
@group(0) @binding(4) var<storage, read_write> scored: array<Scored>;

// [10 * 11 / 2, 64]
var<workgroup> lower: array<f32, 3520>;
var<workgroup> parts: array<vec4<f32>, 64>;

fn entry(question: u32, replicate: u32, i: u32, j: u32) -> f32 {
    let size = p.columns * p.columns;
    let at = question / p.per_group * p.blocks * size
        + questions[question * p.width + i] * p.columns + questions[question * p.width + j];
    var sum = 0.0;
    for (var b = 0u; b < p.blocks; b++) {
        sum += weights[replicate * p.blocks + b] * moments[b * size + at];
    }
    return sum;
}

// Partial R² in one replicate, by a Cholesky factorisation whose diagonal holds reciprocals.
fn gain_of(thread: u32, question: u32, replicate: u32) -> f32 {
    var after_base = 0.0;
    var left = 0.0;
    for (var i = 0u; i < p.width; i++) {
        let row = i * (i + 1u) / 2u;
        for (var j = 0u; j <= i; j++) {
            let other = j * (j + 1u) / 2u;
            var value = entry(question, replicate, i, j);
            let diagonal = value;
            let last = i == j && i + 1u == p.width;
            for (var m = 0u; m < j; m++) {
                if last && m == p.base {
                    after_base = value;
                }
                value -= lower[(row + m) * 64u + thread] * lower[(other + m) * 64u + thread];
            }
            if i > j {
                lower[(row + j) * 64u + thread] = value * lower[(other + j) * 64u + thread];
            } else if last {
                left = value;
            } else {
                let sound = value > p.tolerance * diagonal && value > 0.0;
                lower[(row + j) * 64u + thread] = select(0.0, inverseSqrt(max(value, 1e-30)), sound);
            }
        }
    }
    if after_base <= 0.0 {
        return 0.0;
    }
    return clamp(1.0 - max(left, 0.0) / after_base, 0.0, 1.0);
}

@compute @workgroup_size(64)
fn score(thread: Thread) {
    let lane = thread.index % 32u;
    let question = (thread.group.y * thread.groups.x + thread.group.x) * 2u + thread.index / 32u;
    // Gain on all rows, sum, sum of squares and number above the floor of the replicates.
    var part = vec4(0.0);
    if question < p.questions {
        for (var replicate = lane; replicate < p.replicates; replicate += 32u) {
            let gain = gain_of(thread.index, question, replicate);
            if replicate == 0u {
                part.x = gain;
            } else {
                part += vec4(0.0, gain, gain * gain, select(0.0, 1.0, gain > p.floor));
            }
        }
    }
    parts[thread.index] = part;
    workgroupBarrier();
    if lane == 0u && question < p.questions {
        var sum = vec4(0.0);
        for (var k = 0u; k < 32u; k++) {
            sum += parts[thread.index + k];
        }
        let n = max(f32(p.replicates) - 1.0, 1.0);
        let mean = sum.y / n;
        scored[question] = Scored(sum.x, mean, sqrt(max(sum.z / n - mean * mean, 0.0)), sum.w / n);
    }
}
