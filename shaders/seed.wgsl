// In: nodes, some of them new. Out: new nodes at the centre of their placed neighbours, weighted by their springs, moved
// off it a little in a direction of their own; without such neighbours they stay where they are.

struct Params {
    count: u32,
    // How far off the centre.
    jitter: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
// [count + 1]: first spring
@group(0) @binding(1) var<storage, read> offsets: array<u32>;
// [springs]: the other end and the strength's bits
@group(0) @binding(2) var<storage, read> springs_of: array<vec2<u32>>;
// [count]: 0 = placed; for a new node, bits from its identity, not 0
@group(0) @binding(3) var<storage, read> fresh: array<u32>;
// [count]: x, y, z, mass
@group(0) @binding(4) var<storage, read_write> nodes: array<vec4<f32>>;

// Wellons' low-bias 32-bit mixer, as a number in -1 … 1.
fn mixed(bits: u32) -> f32 {
    var x = bits;
    x = (x ^ (x >> 16u)) * 0x7feb352du;
    x = (x ^ (x >> 15u)) * 0x846ca68bu;
    x = x ^ (x >> 16u);
    return f32(x >> 8u) / 8388608.0 - 1.0;
}

@compute @workgroup_size(256)
fn seed(thread: Thread) {
    let node = thread.group.x * 256u + thread.index;
    if node >= p.count || fresh[node] == 0u {
        return;
    }
    var sum = vec4(0.0);
    for (var k = offsets[node]; k < offsets[node + 1u]; k++) {
        let spring = springs_of[k];
        if fresh[spring.x] == 0u {
            let strength = bitcast<f32>(spring.y);
            sum += vec4(strength * nodes[spring.x].xyz, strength);
        }
    }
    if sum.w > 0.0 {
        let own = fresh[node];
        let off = vec3(mixed(own), mixed(own ^ 0x9e3779b9u), mixed(own ^ 0x7f4a7c15u));
        nodes[node] = vec4(sum.xyz / sum.w + p.jitter * off, nodes[node].w);
    }
}
