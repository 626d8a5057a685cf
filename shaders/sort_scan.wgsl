// In: counts. Out: in their place, the sums of all before each. One workgroup, 2048 counts at a time.

struct Params {
    count: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
// [count]
@group(0) @binding(1) var<storage, read_write> counts: array<u32>;

var<workgroup> sums: array<u32, 256>;

@compute @workgroup_size(256)
fn sort_scan(thread: Thread) {
    var carry = 0u;
    for (var start = 0u; start < p.count; start += 2048u) {
        let first = start + 8u * thread.index;
        var own: array<u32, 8>;
        var sum = 0u;
        for (var k = 0u; k < 8u; k++) {
            own[k] = sum;
            if first + k < p.count {
                sum += counts[first + k];
            }
        }
        sums[thread.index] = sum;
        workgroupBarrier();
        for (var step = 1u; step < 256u; step *= 2u) {
            var before = 0u;
            if thread.index >= step {
                before = sums[thread.index - step];
            }
            workgroupBarrier();
            sums[thread.index] += before;
            workgroupBarrier();
        }
        let before = carry + sums[thread.index] - sum;
        for (var k = 0u; k < 8u; k++) {
            if first + k < p.count {
                counts[first + k] = before + own[k];
            }
        }
        carry += sums[255];
        workgroupBarrier();
    }
}
