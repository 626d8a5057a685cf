// In: rows, and their columns sorted by place twice. Out: a sketch of all products of two columns of each row: two count
// sketches over the columns, circularly convolved. A workgroup does one row.

struct Params {
    rows: u32,
    columns: u32,
    dim: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
// [rows, columns]
@group(0) @binding(1) var<storage, read> rows: array<f32>;
// Twice [dim + 1]: where the columns of each place begin.
@group(0) @binding(2) var<storage, read> offsets: array<u32>;
// Twice [columns]: columns by place; the top bit is the sign.
@group(0) @binding(3) var<storage, read> order: array<u32>;
// [rows, dim]
@group(0) @binding(4) var<storage, read_write> sketches: array<f32>;

var<workgroup> first: array<f32, 1024>;
var<workgroup> second: array<f32, 1024>;

fn place_sum(row: u32, which: u32, d: u32) -> f32 {
    let begin = which * (p.dim + 1u) + d;
    var sum = 0.0;
    for (var k = offsets[begin]; k < offsets[begin + 1u]; k++) {
        let entry = order[which * p.columns + k];
        let value = rows[row * p.columns + (entry & 0x7fffffffu)];
        sum += select(value, -value, (entry >> 31u) == 1u);
    }
    return sum;
}

@compute @workgroup_size(256)
fn tensor_sketch(thread: Thread) {
    for (var row = thread.group.x; row < p.rows; row += thread.groups.x) {
        workgroupBarrier();
        for (var d = thread.index; d < p.dim; d += 256u) {
            first[d] = place_sum(row, 0u, d);
            second[d] = place_sum(row, 1u, d);
        }
        workgroupBarrier();
        for (var d = thread.index; d < p.dim; d += 256u) {
            var sum = 0.0;
            for (var a = 0u; a < p.dim; a++) {
                sum += first[a] * second[(d - a) & (p.dim - 1u)];
            }
            sketches[row * p.dim + d] = sum;
        }
    }
}
