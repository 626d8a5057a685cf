// In: nodes and the boxes around parts of them. Out: each node's place on the Hilbert curve through the box around all,
// 10 bits per axis (Skilling, "Programming the Hilbert curve", 2004), and its number beside it.

struct Params {
    count: u32,
    // Boxes, at most 256.
    boxes: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
// [count]: x, y, z, mass
@group(0) @binding(1) var<storage, read> nodes: array<vec4<f32>>;
// [boxes, 2]
@group(0) @binding(2) var<storage, read> corners: array<vec4<f32>>;
// [count]
@group(0) @binding(3) var<storage, read_write> keys: array<u32>;
// [count]
@group(0) @binding(4) var<storage, read_write> order: array<u32>;

var<workgroup> low: array<vec3<f32>, 256>;
var<workgroup> high: array<vec3<f32>, 256>;

const BITS = 10u;

fn curve(cell: vec3<u32>) -> u32 {
    var x = array<u32, 3>(cell.x, cell.y, cell.z);
    // Undo the excess work of the transposed form, from the highest bit down.
    for (var bit = 1u << (BITS - 1u); bit > 1u; bit >>= 1u) {
        let below = bit - 1u;
        for (var axis = 0u; axis < 3u; axis++) {
            if (x[axis] & bit) != 0u {
                x[0] ^= below;
            } else {
                let swap = (x[0] ^ x[axis]) & below;
                x[0] ^= swap;
                x[axis] ^= swap;
            }
        }
    }
    // Gray code.
    x[1] ^= x[0];
    x[2] ^= x[1];
    var flip = 0u;
    for (var bit = 1u << (BITS - 1u); bit > 1u; bit >>= 1u) {
        if (x[2] & bit) != 0u {
            flip ^= bit - 1u;
        }
    }
    var key = 0u;
    for (var bit = 0u; bit < BITS; bit++) {
        let at = BITS - 1u - bit;
        for (var axis = 0u; axis < 3u; axis++) {
            key = (key << 1u) | (((x[axis] ^ flip) >> at) & 1u);
        }
    }
    return key;
}

@compute @workgroup_size(256)
fn hilbert(thread: Thread) {
    let box = min(thread.index, p.boxes - 1u);
    low[thread.index] = corners[2u * box].xyz;
    high[thread.index] = corners[2u * box + 1u].xyz;
    workgroupBarrier();
    for (var half = 128u; half > 0u; half /= 2u) {
        if thread.index < half {
            low[thread.index] = min(low[thread.index], low[thread.index + half]);
            high[thread.index] = max(high[thread.index], high[thread.index + half]);
        }
        workgroupBarrier();
    }
    let node = thread.group.x * 256u + thread.index;
    if node >= p.count {
        return;
    }
    let corner = low[0];
    let extent = high[0] - corner;
    // A cube, so that near in the key means near in every direction.
    let side = max(max(extent.x, extent.y), max(extent.z, 1e-30));
    let cells = f32(1u << BITS);
    let place = clamp((nodes[node].xyz - corner) * (cells / side), vec3(0.0), vec3(cells - 1.0));
    keys[node] = curve(vec3<u32>(place));
    order[node] = node;
}
