//! In: the first rows of a stream. Out: the profile of every variable, and the patterns and lines that removal needs.

use std::ops::Range;

use super::column::{Looks, far_out_share};
use super::combinations::{Combination, combinations};
use super::cycles::Cycles;
use super::duplicates::duplicates;
use super::line::Line;
use super::{season, unit_root};
use crate::types::{Samples, Season, ValueKind, VariableProfile};

/// Share of the commonest value from which on a variable hardly varies.
pub const NEAR_CONSTANT: f64 = 0.99;
/// Longest run of missing cells that is bridged before a series is tested, in rows; as in discovery.
const BRIDGED: usize = 8;

/// What the first rows show.
#[derive(Debug)]
pub struct Diagnosis {
    /// One per variable.
    pub variables: Vec<VariableProfile>,
    /// Variables that others add up to.
    pub combinations: Vec<Combination>,
    /// The longest stretch without a break, which order-dependent findings rest on.
    pub stretch: Range<usize>,
    /// The variables' values, `[vars][rows]`.
    pub columns: Vec<Vec<f64>>,
}

/// Looks at the rows of `samples`, which are the first of the stream.
pub fn diagnose(samples: &Samples) -> Diagnosis {
    let columns: Vec<Vec<f64>> =
        (0..samples.vars).map(|var| samples.values.iter().skip(var).step_by(samples.vars).copied().collect()).collect();
    let stretch = longest_stretch(samples.rows(), &samples.breaks);
    let copies = duplicates(&columns);
    let variables = columns
        .iter()
        .zip(copies)
        .map(|(column, duplicate_of)| {
            let mut profile = profile(column, &samples.breaks, &column[stretch.clone()]);
            profile.duplicate_of = duplicate_of;
            profile
        })
        .collect();
    Diagnosis { variables, combinations: combinations(&columns), stretch, columns }
}

impl Diagnosis {
    /// The period that most variables have.
    pub fn commonest_period(&self) -> Option<u32> {
        let periods = || self.variables.iter().filter_map(|v| v.season).map(|s| s.period_rows);
        let having = |period: u32| periods().filter(|&other| other == period).count();
        // Of several equally common ones the shortest: it leaves most rows per phase.
        periods().max_by_key(|&period| (having(period), std::cmp::Reverse(period)))
    }

    /// Pattern of a variable over one period, `[period]`; phase 0 is at the first row of the stretch.
    pub fn pattern(&self, var: usize, period: usize) -> Vec<f64> {
        Cycles::of(&self.columns[var][self.stretch.clone()]).pattern(period)
    }

    /// The line through a variable over the stretch, by row of the stretch.
    pub fn line(&self, var: usize) -> Line {
        Line::through(&self.columns[var][self.stretch.clone()])
    }
}

/// The longest run of rows without a break.
fn longest_stretch(rows: usize, breaks: &[usize]) -> Range<usize> {
    let starts = std::iter::once(0).chain(breaks.iter().copied());
    let ends = breaks.iter().copied().chain([rows]);
    starts
        .zip(ends)
        .map(|(start, end)| start..end)
        .max_by_key(|run| (run.len(), std::cmp::Reverse(run.start)))
        .unwrap_or(0..0)
}

/// `column` is all that is known of a variable, `stretch` its longest part without a break.
fn profile(column: &[f64], breaks: &[usize], stretch: &[f64]) -> VariableProfile {
    let looks = Looks::at(column, breaks);
    let mut profile = VariableProfile {
        values: looks.kind,
        missing: looks.missing,
        longest_gap_rows: looks.longest_gap as u64,
        commonest_share: looks.commonest,
        slope: Line::through(stretch).slope,
        ..VariableProfile::default()
    };
    if looks.commonest >= NEAR_CONSTANT {
        return profile;
    }
    let series = longest_present(&bridged(stretch));
    profile.season = season::detect(&series);
    let level = without_season(&series, profile.season);
    if looks.kind != ValueKind::Binary {
        profile.trend = unit_root::judge(&level);
        profile.far_out_share = far_out_share(&innovations(&level));
    }
    profile
}

/// Short holes filled by a straight line between their neighbours.
fn bridged(values: &[f64]) -> Vec<f64> {
    let mut filled = values.to_vec();
    let mut last: Option<usize> = None;
    for row in 0..values.len() {
        if values[row].is_nan() {
            continue;
        }
        if let Some(before) = last
            && (2..=BRIDGED + 1).contains(&(row - before))
        {
            let step = (values[row] - values[before]) / (row - before) as f64;
            for (hole, value) in filled[before + 1..row].iter_mut().enumerate() {
                *value = values[before] + step * (hole + 1) as f64;
            }
        }
        last = Some(row);
    }
    filled
}

/// The longest part without a missing value.
fn longest_present(values: &[f64]) -> Vec<f64> {
    values.split(|x| x.is_nan()).max_by_key(|part| part.len()).unwrap_or_default().to_vec()
}

fn without_season(series: &[f64], season: Option<Season>) -> Vec<f64> {
    let Some(season) = season else { return series.to_vec() };
    let pattern = Cycles::of(series).pattern(season.period_rows as usize);
    series.iter().zip(pattern.iter().cycle()).map(|(x, p)| x - p).collect()
}

/// What a series does beyond its own last value, by a first-order autoregression.
fn innovations(series: &[f64]) -> Vec<f64> {
    let mean = series.iter().sum::<f64>() / series.len().max(1) as f64;
    let (mut power, mut product) = (0.0, 0.0);
    for pair in series.windows(2) {
        power += (pair[0] - mean).powi(2);
        product += (pair[0] - mean) * (pair[1] - mean);
    }
    let own = if power > 0.0 { product / power } else { 0.0 };
    series.windows(2).map(|pair| pair[1] - mean - own * (pair[0] - mean)).collect()
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use super::{bridged, diagnose};
    use crate::types::{Samples, TrendVerdict, ValueKind};

    const ROWS: usize = 1500;

    /// Noise, a walk, a line, a season with a hole, a copy of the walk, a switch, a count, almost a constant.
    fn zoo() -> Samples {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
        let mut values = Vec::new();
        let mut walk = 0.0;
        for row in 0..ROWS {
            walk += normal();
            let season = 2.0 * (TAU * row as f64 / 24.0).sin() + normal();
            values.extend([
                normal(),
                walk,
                0.01 * row as f64 + normal(),
                if (700..720).contains(&row) { f64::NAN } else { season },
                3.0 - 2.0 * walk,
                f64::from(u8::from(normal() > 0.5)),
                normal().abs().mul_add(3.0, 0.5).floor(),
                if row % 500 == 77 { 1.0 } else { 0.0 },
            ]);
        }
        Samples { values, vars: 8, breaks: Vec::new() }
    }

    #[test]
    fn every_animal_is_recognised() {
        let found = diagnose(&zoo());
        let of = |var: usize| &found.variables[var];
        assert_eq!(of(0).trend, TrendVerdict::Stationary);
        assert!(of(0).season.is_none() && of(0).far_out_share < 1e-3 && of(0).duplicate_of.is_none());
        assert_eq!((of(1).trend, of(4).trend), (TrendVerdict::UnitRoot, TrendVerdict::UnitRoot));
        assert_eq!(of(2).trend, TrendVerdict::TrendStationary);
        assert!((of(2).slope - 0.01).abs() < 1e-3);
        assert_eq!(of(3).season.unwrap().period_rows, 24);
        assert_eq!((of(3).trend, of(3).longest_gap_rows), (TrendVerdict::Stationary, 20));
        assert_eq!((of(1).duplicate_of, of(4).duplicate_of), (None, Some(1)));
        assert_eq!((of(5).values, of(6).values), (ValueKind::Binary, ValueKind::Count));
        assert!(of(7).commonest_share > 0.99 && of(7).trend == TrendVerdict::Undecided);
        assert_eq!((found.commonest_period(), found.stretch), (Some(24), 0..ROWS));
    }

    #[test]
    fn what_depends_on_order_stays_within_one_stretch() {
        let mut samples = zoo();
        samples.breaks = vec![20, 1200];
        let found = diagnose(&samples);
        assert_eq!(found.stretch, 20..1200);
        let pattern = found.pattern(3, 24);
        // Row 20 has phase 0.
        let expected = 2.0 * (TAU * 20.0 / 24.0).sin();
        assert!((pattern[0] - expected).abs() < 0.6, "{} for {expected}", pattern[0]);
        // Only short trajectories: nothing can be said about order, and nothing is.
        samples.breaks = (1..ROWS / 20).map(|k| k * 20).collect();
        let found = diagnose(&samples);
        assert!(found.variables.iter().all(|v| v.trend == TrendVerdict::Undecided && v.season.is_none()));
        assert_eq!(found.variables[4].duplicate_of, Some(1));
    }

    #[test]
    fn short_holes_are_bridged_and_long_ones_are_not() {
        let nan = f64::NAN;
        assert_eq!(bridged(&[1.0, nan, nan, 4.0]), [1.0, 2.0, 3.0, 4.0]);
        let long = [&[0.0][..], &[nan; 9], &[1.0]].concat();
        assert_eq!(bridged(&long).iter().filter(|x| x.is_nan()).count(), 9);
        assert!(bridged(&[nan, 1.0])[0].is_nan());
    }
}
