// In: one level of the tree. Out: the level above: of four neighbours each, the centre of mass, the mass, the box around
// them and the square of its diagonal.

struct Params {
    // Nodes of the level below and where it begins in `tree`.
    children: u32,
    children_at: u32,
    // Nodes of this level and where it begins.
    parents: u32,
    parents_at: u32,
    // Nodes of the lowest level, which have no boxes.
    leaves: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
// [levels]: x, y, z, mass
@group(0) @binding(1) var<storage, read_write> tree: array<vec4<f32>>;
// [levels but the lowest, 2]
@group(0) @binding(2) var<storage, read_write> boxes: array<vec4<f32>>;
// [levels]
@group(0) @binding(3) var<storage, read_write> sizes: array<f32>;

@compute @workgroup_size(256)
fn pool(thread: Thread) {
    let at = thread.group.x * 256u + thread.index;
    if at >= p.parents {
        return;
    }
    var mass = 0.0;
    var centre = vec3(0.0);
    var plain = vec3(0.0);
    var low = vec3(3.4e38);
    var high = vec3(-3.4e38);
    let last = min(4u * at + 4u, p.children);
    for (var k = 4u * at; k < last; k++) {
        let child = p.children_at + k;
        let one = tree[child];
        mass += one.w;
        centre += one.w * one.xyz;
        plain += one.xyz;
        if p.children_at == 0u {
            low = min(low, one.xyz);
            high = max(high, one.xyz);
        } else {
            low = min(low, boxes[2u * (child - p.leaves)].xyz);
            high = max(high, boxes[2u * (child - p.leaves) + 1u].xyz);
        }
    }
    let parent = p.parents_at + at;
    // Without mass any point of the box will do.
    let middle = select(plain / f32(last - 4u * at), centre / mass, mass > 0.0);
    let extent = high - low;
    tree[parent] = vec4(middle, mass);
    boxes[2u * (parent - p.leaves)] = vec4(low, 0.0);
    boxes[2u * (parent - p.leaves) + 1u] = vec4(high, 0.0);
    sizes[parent] = dot(extent, extent);
}
