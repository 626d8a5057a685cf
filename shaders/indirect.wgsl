// In: where each class begins in a list sorted by class. Out: arguments of three indirect draws, of classes 0, 1 and 2, each
// with its first place in the list behind: vertices, instances, 0, 0, first.

struct Params {
    // Blocks the list was sorted in.
    blocks: u32,
    // Vertices of an instance of each class.
    vertices_0: u32,
    vertices_1: u32,
    vertices_2: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
// [16, blocks]
@group(0) @binding(1) var<storage, read> starts: array<u32>;
// [3, 5]
@group(0) @binding(2) var<storage, read_write> draws: array<u32>;

@compute @workgroup_size(64)
fn indirect(thread: Thread) {
    let draw = thread.index;
    if draw >= 3u {
        return;
    }
    let first = starts[draw * p.blocks];
    draws[5u * draw] = vec3(p.vertices_0, p.vertices_1, p.vertices_2)[draw];
    draws[5u * draw + 1u] = starts[(draw + 1u) * p.blocks] - first;
    draws[5u * draw + 2u] = 0u;
    draws[5u * draw + 3u] = 0u;
    draws[5u * draw + 4u] = first;
}
