//! In: values of one variable, one by one or as other sketches. Out: their quantiles, in memory that does not grow with
//! their number.

/// Values kept exactly before anything is thinned out.
const EXACT: usize = 4_096;
/// Smallest buffer of a level.
const LEAST: usize = 64;

/// A mergeable quantile sketch: levels of buffers, each value of level `l` standing for `2^l` values (Karnin, Lang &
/// Liberty 2016). Exact up to 4,096 values; rank error below about 0.1 % of their number beyond. A full buffer keeps
/// every second of its sorted values, odd and even ones in turn, so that the same values in the same order give the
/// same sketch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct QuantileSketch {
    levels: Vec<Vec<f64>>,
    odd: bool,
    count: u64,
}

impl QuantileSketch {
    /// Takes note of a value; NaN is no value.
    pub fn insert(&mut self, value: f64) {
        if value.is_nan() {
            return;
        }
        if self.levels.is_empty() {
            self.levels.push(Vec::new());
        }
        self.levels[0].push(value);
        self.count += 1;
        if self.levels[0].len() >= EXACT {
            self.thin();
        }
    }

    /// Takes in what another sketch has seen.
    pub fn merge(&mut self, other: &Self) {
        for (level, values) in other.levels.iter().enumerate() {
            if self.levels.len() <= level {
                self.levels.push(Vec::new());
            }
            self.levels[level].extend_from_slice(values);
        }
        self.count += other.count;
        self.thin();
    }

    /// Values seen.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Distinct values in order, with how many values each stands for.
    pub fn weighted(&self) -> Vec<(f64, f64)> {
        let mut all: Vec<(f64, f64)> = self
            .levels
            .iter()
            .enumerate()
            .flat_map(|(level, values)| values.iter().map(move |&v| (v, 2f64.powi(level as i32))))
            .collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        all.dedup_by(|later, first| {
            let same = later.0 == first.0;
            if same {
                first.1 += later.1;
            }
            same
        });
        all
    }

    /// Level `l` may hold two thirds of what the level above it may.
    fn room(&self, level: usize) -> usize {
        let top = self.levels.len() - 1;
        ((EXACT as f64 * (2.0_f64 / 3.0).powi((top - level) as i32)) as usize).max(LEAST)
    }

    fn thin(&mut self) {
        let mut level = 0;
        while level < self.levels.len() {
            if self.levels[level].len() >= self.room(level) {
                if level + 1 == self.levels.len() {
                    self.levels.push(Vec::new());
                }
                let mut full = std::mem::take(&mut self.levels[level]);
                full.sort_by(f64::total_cmp);
                // An odd one out stays, so that no weight is lost.
                if full.len() % 2 == 1
                    && let Some(last) = full.pop()
                {
                    self.levels[level].push(last);
                }
                let skip = usize::from(self.odd);
                self.odd = !self.odd;
                self.levels[level + 1].extend(full.into_iter().skip(skip).step_by(2));
            }
            level += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::QuantileSketch;

    fn rank(sketch: &QuantileSketch, value: f64) -> f64 {
        sketch.weighted().iter().filter(|(v, _)| *v <= value).map(|(_, w)| w).sum::<f64>() / sketch.count() as f64
    }

    /// A permutation of `0 … n - 1`.
    fn shuffled(n: u64) -> impl Iterator<Item = f64> {
        (0..n).map(move |i| ((i * 7_919 + 13) % n) as f64)
    }

    #[test]
    fn ranks_are_close_and_memory_is_bounded() {
        let n = 1_000_003;
        let mut sketch = QuantileSketch::default();
        shuffled(n).for_each(|v| sketch.insert(v));
        assert_eq!(sketch.weighted().iter().map(|(_, w)| w).sum::<f64>(), n as f64);
        assert!(sketch.weighted().len() < 4 * super::EXACT);
        for share in [0.01, 0.1, 0.5, 0.9, 0.99] {
            let error = rank(&sketch, share * n as f64) - share;
            assert!(error.abs() < 2e-3, "{share}: {error}");
        }
    }

    #[test]
    fn merging_is_as_good_as_seeing_everything() {
        let mut parts: Vec<QuantileSketch> = vec![QuantileSketch::default(); 7];
        shuffled(200_003).enumerate().for_each(|(i, v)| parts[i % 7].insert(v));
        let mut all = QuantileSketch::default();
        parts.iter().for_each(|part| all.merge(part));
        assert_eq!(all.count(), 200_003);
        for share in [0.05, 0.5, 0.95] {
            assert!((rank(&all, share * 200_003.0) - share).abs() < 4e-3);
        }
    }

    #[test]
    fn few_values_are_kept_exactly() {
        let mut sketch = QuantileSketch::default();
        [3.0, f64::NAN, 1.0, 3.0, 2.0].into_iter().for_each(|v| sketch.insert(v));
        assert_eq!(sketch.weighted(), [(1.0, 1.0), (2.0, 1.0), (3.0, 2.0)]);
    }
}
