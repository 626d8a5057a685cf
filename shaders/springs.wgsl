// In: nodes and springs in compressed rows, cut into segments. Out: the pull of each segment on its node, and its
// stiffness. A node with many springs has many segments, so that no thread has long to go.

struct Params {
    segments: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
// [count]: x, y, z, mass
@group(0) @binding(1) var<storage, read> nodes: array<vec4<f32>>;
// [segments + 1]: node and first spring
@group(0) @binding(2) var<storage, read> segments: array<vec2<u32>>;
// [springs]: the other end and the strength's bits
@group(0) @binding(3) var<storage, read> springs_of: array<vec2<u32>>;
// [segments]
@group(0) @binding(4) var<storage, read_write> pull: array<vec4<f32>>;

@compute @workgroup_size(256)
fn springs(thread: Thread) {
    let segment = thread.group.x * 256u + thread.index;
    if segment >= p.segments {
        return;
    }
    let own = segments[segment];
    let at = nodes[own.x].xyz;
    let end = segments[segment + 1u].y;
    var sum = vec4(0.0);
    for (var k = own.y; k < end; k++) {
        let spring = springs_of[k];
        let strength = bitcast<f32>(spring.y);
        sum += vec4(strength * (nodes[spring.x].xyz - at), strength);
    }
    pull[segment] = sum;
}
