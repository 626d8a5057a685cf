// In: nodes. Out: the box around the nodes of each workgroup.

struct Params {
    count: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
// [count]: x, y, z, mass
@group(0) @binding(1) var<storage, read> nodes: array<vec4<f32>>;
// [workgroups, 2]: lowest and highest corner
@group(0) @binding(2) var<storage, read_write> corners: array<vec4<f32>>;

var<workgroup> low: array<vec3<f32>, 256>;
var<workgroup> high: array<vec3<f32>, 256>;

@compute @workgroup_size(256)
fn bounds(thread: Thread) {
    let any = nodes[0].xyz;
    var least = any;
    var most = any;
    for (var node = thread.group.x * 256u + thread.index; node < p.count; node += thread.groups.x * 256u) {
        least = min(least, nodes[node].xyz);
        most = max(most, nodes[node].xyz);
    }
    low[thread.index] = least;
    high[thread.index] = most;
    workgroupBarrier();
    for (var half = 128u; half > 0u; half /= 2u) {
        if thread.index < half {
            low[thread.index] = min(low[thread.index], low[thread.index + half]);
            high[thread.index] = max(high[thread.index], high[thread.index + half]);
        }
        workgroupBarrier();
    }
    if thread.index == 0u {
        corners[2u * thread.group.x] = vec4(low[0], 0.0);
        corners[2u * thread.group.x + 1u] = vec4(high[0], 0.0);
    }
}
