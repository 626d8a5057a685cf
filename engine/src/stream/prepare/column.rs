//! In: the first values of one variable. Out: what they look like whatever their order: kind, commonest value, holes,
//! tails.

use crate::types::ValueKind;

/// Interquartile ranges outside the quartiles from which on a value lies far out (Tukey 1977).
const FAR: f64 = 3.0;

/// What the values of a variable look like.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Looks {
    /// Kind of values.
    pub kind: ValueKind,
    /// Share of missing cells.
    pub missing: f64,
    /// Longest run of missing cells, in rows.
    pub longest_gap: usize,
    /// Share of the commonest value among the cells that are there.
    pub commonest: f64,
}

impl Looks {
    /// Looks at `values`, NaN = missing. `starts` holds, ascending, the rows that do not continue the one before.
    pub fn at(values: &[f64], starts: &[usize]) -> Self {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let groups = || sorted.chunk_by(|a, b| a == b);
        let distinct = groups().take(3).count();
        let commonest = groups().map(<[f64]>::len).max().unwrap_or(0);
        let counts = sorted.iter().all(|x| *x >= 0.0 && x.fract() == 0.0);
        Self {
            kind: match distinct {
                2 => ValueKind::Binary,
                3 if counts => ValueKind::Count,
                _ => ValueKind::Real,
            },
            missing: (values.len() - sorted.len()) as f64 / values.len().max(1) as f64,
            longest_gap: longest_gap(values, starts),
            commonest: commonest as f64 / sorted.len().max(1) as f64,
        }
    }
}

fn longest_gap(values: &[f64], starts: &[usize]) -> usize {
    let mut starts = starts.iter().peekable();
    let (mut longest, mut gap) = (0, 0);
    for (row, value) in values.iter().enumerate() {
        if starts.next_if(|&&start| start == row).is_some() || !value.is_nan() {
            gap = 0;
        }
        gap += usize::from(value.is_nan());
        longest = longest.max(gap);
    }
    longest
}

/// Share of values more than three interquartile ranges outside the quartiles; 2e-6 for a normal distribution, 1.3 %
/// for Student's t with three degrees of freedom. Zero where half of the values are equal.
pub fn far_out_share(values: &[f64]) -> f64 {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
    if sorted.is_empty() {
        return 0.0;
    }
    sorted.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| sorted[(share * (sorted.len() - 1) as f64).round() as usize];
    let (low, high) = (at(0.25), at(0.75));
    let fence = FAR * (high - low);
    if fence <= 0.0 {
        return 0.0;
    }
    let out = sorted.iter().filter(|x| **x < low - fence || **x > high + fence).count();
    out as f64 / sorted.len() as f64
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal, StudentT};

    use super::{Looks, far_out_share};
    use crate::types::ValueKind;

    #[test]
    fn kinds_are_told_apart() {
        let kind = |values: &[f64]| Looks::at(values, &[]).kind;
        assert_eq!(kind(&[0.0, 3.0, 1.0, 7.0, f64::NAN]), ValueKind::Count);
        assert_eq!(kind(&[1.0, 2.0, 2.0, 1.0]), ValueKind::Binary);
        assert_eq!(kind(&[-1.0, 0.0, 4.0]), ValueKind::Real);
        assert_eq!(kind(&[0.0, 0.5, 4.0]), ValueKind::Real);
        assert_eq!(kind(&[5.0, 5.0]), ValueKind::Real);
        assert_eq!(kind(&[f64::NAN]), ValueKind::Real);
    }

    #[test]
    fn holes_end_where_a_run_ends() {
        let nan = f64::NAN;
        let values = [1.0, nan, nan, nan, nan, 2.0, nan, 3.0];
        let looks = Looks::at(&values, &[]);
        assert_eq!((looks.longest_gap, looks.missing), (4, 0.625));
        assert_eq!(Looks::at(&values, &[3]).longest_gap, 2);
        let mostly = Looks::at(&[4.0, 4.0, 4.0, nan, 5.0], &[]);
        assert_eq!(mostly.commonest, 0.75);
    }

    #[test]
    fn heavy_tails_lie_far_out() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let normal: Vec<f64> = (0..4000).map(|_| StandardNormal.sample(&mut rng)).collect();
        let student = StudentT::new(2.0).unwrap();
        let heavy: Vec<f64> = (0..4000).map(|_| student.sample(&mut rng)).collect();
        assert!(far_out_share(&normal) < 1e-3 && far_out_share(&heavy) > 0.015);
        assert_eq!((far_out_share(&[1.0; 9]), far_out_share(&[])), (0.0, 0.0));
    }
}
