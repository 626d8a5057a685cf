// Score, as bits of a number that is not negative, and index: the least score, and of equal ones the first.
var<workgroup> found: array<vec2<u32>, 256>;

fn least(thread: Thread) {
    workgroupBarrier();
    for (var half = 128u; half > 0u; half /= 2u) {
        if thread.index < half {
            let a = found[thread.index];
            let b = found[thread.index + half];
            if b.x < a.x || (b.x == a.x && b.y < a.y) {
                found[thread.index] = b;
            }
        }
        workgroupBarrier();
    }
}
