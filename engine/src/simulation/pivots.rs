//! In: a graph. Out: first places in space from the distances of all nodes to a few of them (PivotMDS: Brandes and Pich,
//! "Eigensolver methods for progressive multidimensional scaling of large data", 2006).

/// Nodes distances are measured from.
const PIVOTS: usize = 50;
/// Rounds of the power iteration; a start needs no more digits.
const ROUNDS: usize = 100;

/// Places of the `nodes` in any scale, `[nodes]`: those with springs, among which the rows' neighbours are.
pub(super) fn places(offsets: &[u32], neighbours: &[(u32, f32)], nodes: &[u32]) -> Vec<[f32; 3]> {
    let Some(&first) = nodes.first() else { return Vec::new() };
    let pivots = PIVOTS.min(nodes.len());
    let mut nearest = vec![u32::MAX; offsets.len() - 1];
    let mut columns: Vec<Vec<f32>> = Vec::with_capacity(pivots);
    let mut pivot = first;
    for _ in 0..pivots {
        let steps = steps_from(offsets, neighbours, pivot);
        let longest = nodes.iter().map(|n| steps[*n as usize]).filter(|s| *s != u32::MAX).max().unwrap_or(0);
        for node in nodes {
            nearest[*node as usize] = nearest[*node as usize].min(steps[*node as usize]);
        }
        // Parts that cannot be reached stand beside the farthest that can.
        let distance = |node: &u32| steps[*node as usize].min(longest + 1) as f32;
        columns.push(nodes.iter().map(distance).collect());
        // The next is the one farthest from all so far; first of equals, so that every run chooses the same.
        pivot = nodes
            .iter()
            .copied()
            .fold(first, |best, node| if nearest[node as usize] > nearest[best as usize] { node } else { best });
    }
    centre(&mut columns);
    project(&columns, nodes.len())
}

/// Steps from one node to every other; `u32::MAX` where there is no way.
fn steps_from(offsets: &[u32], neighbours: &[(u32, f32)], from: u32) -> Vec<u32> {
    let mut steps = vec![u32::MAX; offsets.len() - 1];
    steps[from as usize] = 0;
    let (mut wave, mut next) = (vec![from], Vec::new());
    while !wave.is_empty() {
        for node in wave.drain(..) {
            let further = steps[node as usize] + 1;
            for (other, _) in &neighbours[offsets[node as usize] as usize..offsets[node as usize + 1] as usize] {
                if steps[*other as usize] == u32::MAX {
                    steps[*other as usize] = further;
                    next.push(*other);
                }
            }
        }
        std::mem::swap(&mut wave, &mut next);
    }
    steps
}

/// Squares, doubly centred.
fn centre(columns: &mut [Vec<f32>]) {
    let count = columns[0].len();
    let mean = |values: &[f32]| (values.iter().map(|v| f64::from(*v)).sum::<f64>() / values.len() as f64) as f32;
    columns.iter_mut().flatten().for_each(|v| *v *= *v);
    let rows: Vec<f32> =
        (0..count).map(|node| columns.iter().map(|column| column[node]).sum::<f32>() / columns.len() as f32).collect();
    let all = mean(&rows);
    for column in columns {
        let own = mean(column);
        for (value, row) in column.iter_mut().zip(&rows) {
            *value = -0.5 * (*value - row - own + all);
        }
    }
}

/// The three directions in which the columns differ most.
fn project(columns: &[Vec<f32>], count: usize) -> Vec<[f32; 3]> {
    let size = columns.len();
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    let products: Vec<Vec<f64>> = columns.iter().map(|a| columns.iter().map(|b| dot(a, b)).collect()).collect();
    let mut found: Vec<Vec<f64>> = Vec::new();
    for axis in 0..3_usize {
        // Any start will do that is not at right angles to what is sought.
        let mut vector: Vec<f64> = (0..size).map(|k| 1.0 + ((k * 7 + axis * 13) % 11) as f64).collect();
        for _ in 0..ROUNDS {
            for other in &found {
                let along: f64 = vector.iter().zip(other).map(|(a, b)| a * b).sum();
                vector.iter_mut().zip(other).for_each(|(a, b)| *a -= along * b);
            }
            let mut next: Vec<f64> =
                products.iter().map(|row| row.iter().zip(&vector).map(|(a, b)| a * b).sum()).collect();
            let norm = next.iter().map(|v| v * v).sum::<f64>().sqrt();
            if norm <= 1e-12 {
                next.fill(0.0);
            } else {
                next.iter_mut().for_each(|v| *v /= norm);
            }
            vector = next;
        }
        found.push(vector);
    }
    (0..count)
        .map(|node| {
            [0, 1, 2].map(|axis| columns.iter().zip(&found[axis]).map(|(c, v)| c[node] * *v as f32).sum::<f32>())
        })
        .collect()
}
