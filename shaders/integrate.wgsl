// In: forces and the global speed. Out: the nodes one step further, their mobility aged, and sums of how far they moved.

struct Params {
    count: u32,
    // Heat of the step, 0 … 1.
    alpha: f32,
    // Mobility that is kept, and the share of the rest that is left after the step.
    floor: f32,
    decay: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
// [count]: x, y, z, mass
@group(0) @binding(1) var<storage, read_write> nodes: array<vec4<f32>>;
// [count]: force; local speed per stiffness
@group(0) @binding(2) var<storage, read> forces: array<vec4<f32>>;
// [8]: the global speed
@group(0) @binding(3) var<storage, read> state: array<f32>;
// [count]: mobility (0 = pinned); 1 for a node without springs, else 0
@group(0) @binding(4) var<storage, read_write> traits: array<vec2<f32>>;
// [workgroups]: squared displacement; squared radius and number of nodes with springs; squared radius of all
@group(0) @binding(5) var<storage, read_write> parts: array<vec4<f32>>;

@compute @workgroup_size(256)
fn integrate(thread: Thread) {
    let node = thread.group.x * 256u + thread.index;
    var moved = 0.0;
    var square = 0.0;
    var springy = 0.0;
    if node < p.count {
        let force = forces[node];
        let mobility = traits[node].x;
        let by = p.alpha * mobility * state[0] * force.w * force.xyz;
        let own = nodes[node];
        let to = own.xyz + by;
        nodes[node] = vec4(to, own.w);
        moved = dot(by, by);
        square = dot(to, to);
        springy = select(1.0, 0.0, traits[node].y > 0.0);
        if mobility > 0.0 {
            traits[node].x = p.floor + p.decay * max(mobility - p.floor, 0.0);
        }
    }
    let sum = vec4(
        group_sum(thread, moved),
        group_sum(thread, square * springy),
        group_sum(thread, springy),
        group_sum(thread, square),
    );
    if thread.index == 0u {
        parts[thread.group.x] = sum;
    }
}
