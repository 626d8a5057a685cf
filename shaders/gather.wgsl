// In: pushes, pulls and the forces of the step before. Out: the force on each node with its local speed per unit of
// stiffness (ForceAtlas2: a force that turns slows its node), and the sums the global speed is made of.

struct Params {
    count: u32,
    // Pushes per node.
    slices: u32,
    repulsion: f32,
    gravity: f32,
    // Distance from which on gravity grows no more.
    reach: f32,
    // Radius nodes without springs are held at, and how much stronger than gravity.
    shell_radius: f32,
    shell_stiffness: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
// [count]: x, y, z, mass
@group(0) @binding(1) var<storage, read> nodes: array<vec4<f32>>;
// [slices, count]
@group(0) @binding(2) var<storage, read> push: array<vec4<f32>>;
// [segments]
@group(0) @binding(3) var<storage, read> pull: array<vec4<f32>>;
// [count + 1]: first segment
@group(0) @binding(4) var<storage, read> rows: array<u32>;
// [count]: mobility; 1 for a node without springs, else 0
@group(0) @binding(5) var<storage, read> traits: array<vec2<f32>>;
// [count]: force; local speed per stiffness
@group(0) @binding(6) var<storage, read_write> forces: array<vec4<f32>>;
// [workgroups]: swing, traction
@group(0) @binding(7) var<storage, read_write> parts: array<vec4<f32>>;

@compute @workgroup_size(256)
fn gather(thread: Thread) {
    let node = thread.group.x * 256u + thread.index;
    var swing_sum = 0.0;
    var traction_sum = 0.0;
    if node < p.count {
        let own = nodes[node];
        var sum = vec4(0.0);
        for (var slice = 0u; slice < p.slices; slice++) {
            sum += push[slice * p.count + node];
        }
        sum *= p.repulsion * own.w;
        for (var segment = rows[node]; segment < rows[node + 1u]; segment++) {
            sum += pull[segment];
        }
        // Stiffness lies in w: repulsion's and the springs' add up there by themselves.
        let radius = sqrt(dot(own.xyz, own.xyz));
        if radius > 0.0 {
            let gravity = p.gravity * own.w;
            if traits[node].y > 0.0 {
                let hold = p.shell_stiffness * gravity;
                sum = vec4(sum.xyz - hold * (radius - p.shell_radius) / radius * own.xyz, sum.w + hold);
            } else {
                let hold = gravity * min(p.reach / radius, 1.0);
                sum = vec4(sum.xyz - hold * own.xyz, sum.w + hold);
            }
        }
        let before = forces[node].xyz;
        let turned = sum.xyz - before;
        let kept = sum.xyz + before;
        let swing = sqrt(dot(turned, turned));
        let traction = 0.5 * sqrt(dot(kept, kept));
        let mobility = traits[node].x;
        // Per unit of stiffness both are lengths, so that a hub does not drown everyone else.
        let weight = mobility / max(sum.w, 1e-30);
        swing_sum = weight * swing;
        traction_sum = weight * traction;
        var speed = 0.0;
        if sum.w > 0.0 && swing + traction > 0.0 {
            speed = traction / (swing + traction) / sum.w;
        }
        forces[node] = vec4(sum.xyz, speed);
    }
    let swing = group_sum(thread, swing_sum);
    let traction = group_sum(thread, traction_sum);
    if thread.index == 0u {
        parts[thread.group.x] = vec4(swing, traction, 0.0, 0.0);
    }
}
