// In: the tree. Out: what all nodes do to each node, as in repel.wgsl, far ones taken together (Barnes and Hut, 1986).
//
// Children lie four in a row, so there is neither a pointer nor a stack: after a node comes its neighbour, and after the
// last of four the neighbour of their parent. Neighbouring threads take neighbours on the curve and go nearly the same way.

struct Params {
    count: u32,
    levels: u32,
    // A node is taken as a whole from `1 / theta` times its diagonal on.
    theta_squared: f32,
    softening: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
// [levels]: x, y, z, mass
@group(0) @binding(1) var<storage, read> tree: array<vec4<f32>>;
// [levels]
@group(0) @binding(2) var<storage, read> sizes: array<f32>;
// [levels, 2]: where each level begins and how many nodes it has
@group(0) @binding(3) var<storage, read> levels: array<vec2<u32>>;
// [count]
@group(0) @binding(4) var<storage, read> order: array<u32>;
// [count]
@group(0) @binding(5) var<storage, read_write> push: array<vec4<f32>>;

var<workgroup> table: array<vec2<u32>, 32>;

@compute @workgroup_size(256)
fn traverse(thread: Thread) {
    if thread.index < p.levels {
        table[thread.index] = levels[thread.index];
    }
    workgroupBarrier();
    let own = thread.group.x * 256u + thread.index;
    if own >= p.count {
        return;
    }
    let at = tree[own].xyz;
    var sum = vec4(0.0);
    let top = p.levels - 1u;
    var level = top;
    var next = 0u;
    loop {
        let node = table[level].x + next;
        let other = tree[node];
        let d = at - other.xyz;
        let squared = dot(d, d);
        if level > 0u && sizes[node] >= p.theta_squared * squared {
            level--;
            next *= 4u;
            continue;
        }
        if squared > 0.0 {
            let weight = other.w / (squared + p.softening);
            sum += vec4(d * weight, weight);
        }
        next++;
        while level < top && (next % 4u == 0u || next >= table[level].y) {
            next = (next + 3u) / 4u;
            level++;
        }
        if level == top && next >= table[top].y {
            break;
        }
    }
    push[order[own]] = sum;
}
