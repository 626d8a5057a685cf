// In: keys with values, and where each digit of each block of 2048 begins. Out: both in the order of the digit, equal
// digits in the order they had.
//
// A thread takes eight neighbouring keys. It counts its digits in 16 half words (two to a word: digit d and digit d + 8);
// a scan over all threads' words gives each key its place among those of its digit in the block.

struct Params {
    count: u32,
    // Lowest bit of the digit.
    shift: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
// [count]
@group(0) @binding(1) var<storage, read> keys: array<u32>;
// [count]
@group(0) @binding(2) var<storage, read> values: array<u32>;
// [16, blocks]
@group(0) @binding(3) var<storage, read> starts: array<u32>;
// [count]
@group(0) @binding(4) var<storage, read_write> sorted_keys: array<u32>;
// [count]
@group(0) @binding(5) var<storage, read_write> sorted_values: array<u32>;

// [8 digits, 256 threads]
var<workgroup> ranks: array<u32, 2048>;

@compute @workgroup_size(256)
fn sort_scatter(thread: Thread) {
    let first = thread.group.x * 2048u + 8u * thread.index;
    for (var d = 0u; d < 8u; d++) {
        ranks[256u * d + thread.index] = 0u;
    }
    // Place among the thread's own keys of the same digit.
    var own: array<u32, 8>;
    for (var k = 0u; k < 8u; k++) {
        if first + k < p.count {
            let digit = (keys[first + k] >> p.shift) & 15u;
            let word = 256u * (digit & 7u) + thread.index;
            let half = 16u * (digit >> 3u);
            own[k] = (ranks[word] >> half) & 0xffffu;
            ranks[word] += 1u << half;
        }
    }
    workgroupBarrier();
    // For every digit, how many the threads before this one have: both halves of a word at once.
    for (var step = 1u; step < 256u; step *= 2u) {
        var before: array<u32, 8>;
        for (var d = 0u; d < 8u; d++) {
            // Set in every round: what was declared in a loop may keep what it held the round before.
            before[d] = 0u;
            if thread.index >= step {
                before[d] = ranks[256u * d + thread.index - step];
            }
        }
        workgroupBarrier();
        for (var d = 0u; d < 8u; d++) {
            ranks[256u * d + thread.index] += before[d];
        }
        workgroupBarrier();
    }
    for (var k = 0u; k < 8u; k++) {
        if first + k >= p.count {
            break;
        }
        let key = keys[first + k];
        let digit = (key >> p.shift) & 15u;
        var before = 0u;
        if thread.index > 0u {
            before = (ranks[256u * (digit & 7u) + thread.index - 1u] >> (16u * (digit >> 3u))) & 0xffffu;
        }
        let to = starts[digit * thread.groups.x + thread.group.x] + before + own[k];
        sorted_keys[to] = key;
        sorted_values[to] = values[first + k];
    }
}
