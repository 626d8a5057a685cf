//! In: points. Out: the nearest of them to a point, and how many lie within a distance, by a k-d tree.

/// Below this many points a scan is faster than another split.
const LEAF: usize = 10;

/// A k-d tree under the maximum norm. Nodes lie implicitly in the order of the points: the middle of a range splits it.
#[derive(Debug, Clone)]
pub struct KdTree {
    dims: usize,
    /// `[n, dims]`, in tree order.
    points: Vec<f64>,
    /// Original position of each point of the tree.
    origin: Vec<usize>,
    /// Axis along which the range whose middle is here is split.
    axis: Vec<usize>,
}

impl KdTree {
    /// From columns of one length, one per dimension.
    pub fn new(columns: &[&[f64]]) -> Self {
        let dims = columns.len();
        let n = columns.iter().map(|column| column.len()).min().unwrap_or(0);
        let mut origin: Vec<usize> = (0..n).collect();
        let mut axis = vec![0; n];
        split(columns, &mut origin, &mut axis);
        let points = origin.iter().flat_map(|&i| columns.iter().map(move |column| column[i])).collect();
        Self { dims, points, origin, axis }
    }

    /// Distance and position of the `k` points nearest to `query` (`[dims]`), nearest first, leaving out point `skip`.
    pub fn nearest(&self, query: &[f64], k: usize, skip: Option<usize>) -> Vec<(f64, usize)> {
        let mut best = Vec::with_capacity(k + 1);
        if k > 0 {
            self.search(0, self.origin.len(), query, k, skip, &mut best);
        }
        best
    }

    /// Number of points closer to `query` than `radius`; where `radius` is 0, those exactly at `query`.
    pub fn count(&self, query: &[f64], radius: f64) -> usize {
        self.count_in(0, self.origin.len(), query, radius)
    }

    fn distance(&self, at: usize, query: &[f64]) -> f64 {
        let point = &self.points[at * self.dims..(at + 1) * self.dims];
        point.iter().zip(query).fold(0.0, |far: f64, (a, b)| far.max((a - b).abs()))
    }

    fn search(&self, lo: usize, hi: usize, query: &[f64], k: usize, skip: Option<usize>, best: &mut Vec<(f64, usize)>) {
        let consider = |at: usize, best: &mut Vec<(f64, usize)>| {
            let distance = self.distance(at, query);
            if Some(self.origin[at]) != skip && (best.len() < k || distance < best[k - 1].0) {
                let place = best.partition_point(|known| known.0 <= distance);
                best.insert(place, (distance, self.origin[at]));
                best.truncate(k);
            }
        };
        if hi - lo <= LEAF {
            (lo..hi).for_each(|at| consider(at, best));
            return;
        }
        let middle = usize::midpoint(lo, hi);
        consider(middle, best);
        let axis = self.axis[middle];
        let beyond = query[axis] - self.points[middle * self.dims + axis];
        let (near, far) =
            if beyond < 0.0 { ((lo, middle), (middle + 1, hi)) } else { ((middle + 1, hi), (lo, middle)) };
        self.search(near.0, near.1, query, k, skip, best);
        if best.len() < k || beyond.abs() < best[k - 1].0 {
            self.search(far.0, far.1, query, k, skip, best);
        }
    }

    fn count_in(&self, lo: usize, hi: usize, query: &[f64], radius: f64) -> usize {
        let within = |distance: f64| distance < radius || distance == 0.0;
        if hi - lo <= LEAF {
            return (lo..hi).filter(|&at| within(self.distance(at, query))).count();
        }
        let middle = usize::midpoint(lo, hi);
        let axis = self.axis[middle];
        let beyond = query[axis] - self.points[middle * self.dims + axis];
        let mut count = usize::from(within(self.distance(middle, query)));
        if beyond <= 0.0 || within(beyond) {
            count += self.count_in(lo, middle, query, radius);
        }
        if beyond >= 0.0 || within(-beyond) {
            count += self.count_in(middle + 1, hi, query, radius);
        }
        count
    }
}

/// Sorts `points` into tree order, splitting along the widest axis.
fn split(columns: &[&[f64]], points: &mut [usize], axis: &mut [usize]) {
    if points.len() <= LEAF {
        return;
    }
    let spread = |column: &[f64]| {
        let ends = points
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), &i| (lo.min(column[i]), hi.max(column[i])));
        ends.1 - ends.0
    };
    let widest = (0..columns.len()).max_by(|&a, &b| spread(columns[a]).total_cmp(&spread(columns[b]))).unwrap_or(0);
    let middle = points.len() / 2;
    points.select_nth_unstable_by(middle, |&a, &b| columns[widest][a].total_cmp(&columns[widest][b]));
    axis[middle] = widest;
    let (left, right) = points.split_at_mut(middle);
    let (left_axis, right_axis) = axis.split_at_mut(middle);
    split(columns, left, left_axis);
    split(columns, &mut right[1..], &mut right_axis[1..]);
}

/// Rescales a column to mean 0 and standard deviation 1; `None` where it does not vary or is not finite.
pub(super) fn standardised(column: &[f64]) -> Option<Vec<f64>> {
    let n = column.len() as f64;
    let mean = column.iter().sum::<f64>() / n;
    let sd = (column.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n).sqrt();
    (sd.is_finite() && sd > 1e-13 * mean.abs()).then(|| column.iter().map(|v| (v - mean) / sd).collect())
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Points on a coarse grid (many ties) or not.
    fn points(n: usize, dims: usize, grid: bool, seed: u64) -> Vec<Vec<f64>> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut value = || {
            let v: f64 = rng.random();
            if grid { (v * 4.0).floor() } else { v }
        };
        (0..dims).map(|_| (0..n).map(|_| value()).collect()).collect()
    }

    #[test]
    fn agrees_with_a_scan() {
        for (seed, (dims, grid)) in [(1, false), (2, false), (3, true), (5, false)].into_iter().enumerate() {
            let columns = points(300, dims, grid, seed as u64);
            let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
            let tree = KdTree::new(&columns);
            for i in 0..300 {
                let query: Vec<f64> = columns.iter().map(|column| column[i]).collect();
                let distance = |j: usize| columns.iter().map(|c| (c[i] - c[j]).abs()).fold(0.0, f64::max);
                let mut scan: Vec<f64> = (0..300).filter(|&j| j != i).map(distance).collect();
                scan.sort_by(f64::total_cmp);
                let found = tree.nearest(&query, 7, Some(i));
                assert_eq!(found.iter().map(|f| f.0).collect::<Vec<_>>(), scan[..7]);
                assert!(found.iter().all(|&(d, j)| j != i && distance(j) == d));
                for radius in [0.0, scan[6], 0.3] {
                    let expected = 1 + scan.iter().filter(|&&d| d < radius || d == 0.0).count();
                    assert_eq!(tree.count(&query, radius), expected, "dims {dims}, radius {radius}");
                }
            }
        }
    }

    #[test]
    fn fewer_points_than_asked_for_are_all_returned() {
        let column = [3.0, 1.0, 2.0];
        assert_eq!(KdTree::new(&[&column]).nearest(&[1.1], 5, None).iter().map(|f| f.1).collect::<Vec<_>>(), [1, 2, 0]);
        assert!(KdTree::new(&[&[]]).nearest(&[0.0], 2, None).is_empty());
    }

    #[test]
    fn only_varying_finite_columns_can_be_standardised() {
        let scaled = standardised(&[1.0, 2.0, 3.0]).unwrap();
        assert!((scaled[2] - 1.5_f64.sqrt()).abs() < 1e-12 && scaled[1].abs() < 1e-12);
        assert!(standardised(&[2.0; 4]).is_none() && standardised(&[1.0, f64::NAN]).is_none());
    }
}
