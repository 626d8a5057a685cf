// In: places of nodes, the group of each, and where the groups are. Out: places as they are drawn: who stands in a group has
// its place there, and instead of a mass the radius of the group's disc, negated.

@group(0) @binding(0) var<storage, read> positions: array<vec4<f32>>;
// [nodes]: counted from one; 0 = none
@group(0) @binding(1) var<storage, read> member: array<u32>;
// [groups]: x, y, z, radius of the disc in points; 0 = its members are drawn
@group(0) @binding(2) var<storage, read> groups: array<vec4<f32>>;
// [nodes]
@group(0) @binding(3) var<storage, read_write> seen: array<vec4<f32>>;

@compute @workgroup_size(256)
fn regroup(@builtin(global_invocation_id) thread: vec3<u32>) {
    let node = thread.x;
    if node >= arrayLength(&member) {
        return;
    }
    var place = positions[node];
    if member[node] > 0u {
        let group = groups[member[node] - 1u];
        if group.w > 0.0 {
            place = vec4<f32>(group.xyz, -group.w);
        }
    }
    seen[node] = place;
}
