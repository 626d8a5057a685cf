// In: nodes. Out: what every node of a slice does to every node, exactly: the sum of mass · (x_i - x_j) / (d² + ε), and
// of mass / (d² + ε) beside it.
//
// A workgroup takes 1024 nodes, four in each thread, past its slice of all nodes, 256 at a time through workgroup
// memory: each node read from there serves four.

struct Params {
    count: u32,
    // Nodes of a slice, a multiple of 256.
    slice: u32,
    softening: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
// [count]: x, y, z, mass
@group(0) @binding(1) var<storage, read> nodes: array<vec4<f32>>;
// [slices, count]
@group(0) @binding(2) var<storage, read_write> push: array<vec4<f32>>;

var<workgroup> tile: array<vec4<f32>, 256>;

fn towards(at: vec3<f32>, other: vec4<f32>) -> vec4<f32> {
    let d = at - other.xyz;
    let squared = dot(d, d);
    // The node itself (and whatever sits exactly on it) has no direction to push in.
    let weight = select(0.0, other.w / (squared + p.softening), squared > 0.0);
    return vec4(d * weight, weight);
}

@compute @workgroup_size(256)
fn repel(thread: Thread) {
    let first = thread.group.x * 1024u + thread.index;
    let begin = thread.group.y * p.slice;
    let end = min(begin + p.slice, p.count);
    var at: array<vec3<f32>, 4>;
    var sum = array<vec4<f32>, 4>();
    for (var k = 0u; k < 4u; k++) {
        at[k] = nodes[min(first + 256u * k, p.count - 1u)].xyz;
    }
    for (var start = begin; start < end; start += 256u) {
        workgroupBarrier();
        // What lies past the end has no mass and does nothing.
        var other = vec4(0.0);
        if start + thread.index < end {
            other = nodes[start + thread.index];
        }
        tile[thread.index] = other;
        workgroupBarrier();
        for (var j = 0u; j < 256u; j++) {
            let other = tile[j];
            sum[0] += towards(at[0], other);
            sum[1] += towards(at[1], other);
            sum[2] += towards(at[2], other);
            sum[3] += towards(at[3], other);
        }
    }
    for (var k = 0u; k < 4u; k++) {
        let node = first + 256u * k;
        if node < p.count {
            push[thread.group.y * p.count + node] = sum[k];
        }
    }
}
