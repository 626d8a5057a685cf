// In: keys. Out: how often each digit of four bits occurs in each block of 2048 keys.

struct Params {
    count: u32,
    // Lowest bit of the digit.
    shift: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
// [count]
@group(0) @binding(1) var<storage, read> keys: array<u32>;
// [16, blocks]
@group(0) @binding(2) var<storage, read_write> counts: array<u32>;

var<workgroup> found: array<atomic<u32>, 16>;

@compute @workgroup_size(256)
fn sort_count(thread: Thread) {
    if thread.index < 16u {
        atomicStore(&found[thread.index], 0u);
    }
    workgroupBarrier();
    for (var k = 0u; k < 8u; k++) {
        let at = thread.group.x * 2048u + k * 256u + thread.index;
        if at < p.count {
            atomicAdd(&found[(keys[at] >> p.shift) & 15u], 1u);
        }
    }
    workgroupBarrier();
    if thread.index < 16u {
        counts[thread.index * thread.groups.x + thread.group.x] = atomicLoad(&found[thread.index]);
    }
}
