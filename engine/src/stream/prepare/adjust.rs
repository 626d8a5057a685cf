//! In: rows and what is to be taken off them. Out: the rows without seasons, walks and trends, row by row.
//!
//! Rows stay in data units. A row that has nothing to be compared with is left out: the first of a run where
//! variables are differenced, the first period of a run whose phase is not known where a season is removed.

use super::diagnose::Diagnosis;
use super::line::Line;
use super::phase::{Clue, Phase};
use super::seasonal::Seasonal;
use crate::types::{LevelChange, Samples};

/// What is done to one variable.
#[derive(Debug, Default)]
struct Treatment {
    seasonal: Option<Seasonal>,
    level: LevelChange,
    line: Option<Line>,
    /// Value of the row before, season removed.
    last: f64,
    /// Level and inverse spread of the first rows, to weigh clues by.
    level_before: f64,
    weight: f64,
}

/// The treatments of all variables, and where in the stream they are.
#[derive(Debug)]
pub struct Adjuster {
    treatments: Vec<Treatment>,
    phase: Option<Phase>,
    differences: bool,
    /// Rows to be left out before the run goes on: nothing to take a difference from.
    fresh: bool,
    /// Row of the stream, counted from the first of the profiled stretch.
    row: f64,
    /// Whether rows were left out since the last one handed on.
    broken: bool,
}

impl Adjuster {
    /// What to do follows from `diagnosis.variables`; `period` is that of the season, in rows. The first row pushed must
    /// be the first that was diagnosed.
    pub fn new(diagnosis: &Diagnosis, period: Option<u32>) -> Self {
        let treatments: Vec<Treatment> = diagnosis
            .variables
            .iter()
            .enumerate()
            .map(|(var, profile)| {
                let pattern = period.filter(|_| profile.deseasonalised).map(|p| diagnosis.pattern(var, p as usize));
                let (level_before, spread) = level_and_spread(&diagnosis.columns[var]);
                Treatment {
                    seasonal: pattern.map(Seasonal::new),
                    level: profile.level,
                    line: (profile.level == LevelChange::Detrended).then(|| diagnosis.line(var)),
                    last: f64::NAN,
                    level_before,
                    weight: if spread > 0.0 { 1.0 / (spread * spread) } else { 0.0 },
                }
            })
            .collect();
        let start = diagnosis.stretch.start;
        // A stretch that begins later begins behind a break, and what lies before it has a phase of its own.
        let phase = period.map(|period| Phase::new(period as usize, (start == 0).then_some(0)));
        Self {
            differences: treatments.iter().any(|t| t.level == LevelChange::Differenced),
            phase: phase.filter(|_| treatments.iter().any(|t| t.seasonal.is_some())),
            treatments,
            fresh: true,
            row: -(start as f64),
            broken: false,
        }
    }

    /// Adjusts the next rows of the stream.
    pub fn push(&mut self, samples: &Samples) -> Samples {
        let mut out = Samples { values: Vec::with_capacity(samples.values.len()), vars: samples.vars, breaks: vec![] };
        let mut breaks = samples.breaks.iter().peekable();
        for row in 0..samples.rows() {
            if breaks.next_if(|&&at| at == row).is_some() {
                self.restart();
            }
            let start = out.values.len();
            if self.adjust(samples.row(row), &mut out.values) {
                if std::mem::take(&mut self.broken) {
                    out.breaks.push(start / samples.vars.max(1));
                }
            } else {
                out.values.truncate(start);
            }
            self.row += 1.0;
        }
        out
    }

    fn restart(&mut self) {
        self.broken = true;
        self.fresh = true;
        if let Some(phase) = &mut self.phase {
            phase.lose();
        }
        for treatment in &mut self.treatments {
            treatment.last = f64::NAN;
            if let Some(seasonal) = &mut treatment.seasonal {
                seasonal.restart();
            }
        }
    }

    /// Appends the adjusted row; `false` when the row cannot be used.
    fn adjust(&mut self, row: &[f64], out: &mut Vec<f64>) -> bool {
        let mut phase = None;
        if let Some(follower) = &mut self.phase {
            let clues = self.treatments.iter().zip(row).filter_map(|(treatment, &value)| {
                let pattern = treatment.seasonal.as_ref()?.pattern();
                Some(Clue { value: (value - treatment.level_before) * treatment.weight, pattern })
            });
            phase = follower.next(clues);
            if phase.is_none() {
                return false;
            }
        }
        for (treatment, &value) in self.treatments.iter_mut().zip(row) {
            let value = match (&mut treatment.seasonal, phase) {
                (Some(seasonal), Some(phase)) => seasonal.remove(phase, value),
                _ => value,
            };
            out.push(match treatment.level {
                LevelChange::Kept => value,
                LevelChange::Differenced => value - std::mem::replace(&mut treatment.last, value),
                LevelChange::Detrended => {
                    // The level stays, so that means remain readable.
                    value - treatment.line.map_or(0.0, |line| line.at(self.row) - line.level)
                }
            });
        }
        !(std::mem::take(&mut self.fresh) && self.differences)
    }
}

/// Mean and standard deviation of the values that are there.
fn level_and_spread(values: &[f64]) -> (f64, f64) {
    let present = || values.iter().filter(|x| !x.is_nan());
    let n = present().count().max(1) as f64;
    let mean = present().sum::<f64>() / n;
    (mean, (present().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt())
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use super::Adjuster;
    use crate::stream::prepare::diagnose::{Diagnosis, diagnose};
    use crate::types::{LevelChange, Samples};

    const SEASON: [f64; 6] = [4.0, 2.0, 0.0, -1.0, -3.0, -2.0];

    fn samples(columns: &[Vec<f64>], breaks: &[usize]) -> Samples {
        let values = (0..columns[0].len()).flat_map(|row| columns.iter().map(move |c| c[row])).collect();
        Samples { values, vars: columns.len(), breaks: breaks.to_vec() }
    }

    fn planned(samples: &Samples, levels: &[LevelChange], seasonal: bool) -> Diagnosis {
        let mut diagnosis = diagnose(samples);
        for (variable, &level) in diagnosis.variables.iter_mut().zip(levels) {
            variable.level = level;
            variable.deseasonalised = seasonal;
        }
        diagnosis
    }

    fn noise(rows: usize, seed: u64) -> Vec<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..rows).map(|_| StandardNormal.sample(&mut rng)).collect()
    }

    fn column(samples: &Samples, var: usize) -> Vec<f64> {
        samples.values.iter().skip(var).step_by(samples.vars).copied().collect()
    }

    #[test]
    fn a_difference_never_reaches_across_a_break() {
        let nan = f64::NAN;
        let walk = vec![1.0, 3.0, 6.0, 100.0, 101.0, nan, 103.0, 104.0];
        let other = (0..8).map(f64::from).collect();
        let rows = samples(&[walk, other], &[3]);
        let mut adjuster = Adjuster::new(&planned(&rows, &[LevelChange::Differenced, LevelChange::Kept], false), None);
        let out = adjuster.push(&rows);
        assert_eq!(column(&out, 1), [1.0, 2.0, 4.0, 5.0, 6.0, 7.0], "the first row of each run is left out");
        assert_eq!(out.breaks, [2]);
        let steps = column(&out, 0);
        assert_eq!((&steps[..3], steps[5]), (&[2.0, 3.0, 1.0][..], 1.0));
        assert!(steps[3].is_nan() && steps[4].is_nan());
    }

    #[test]
    fn a_line_is_continued_beyond_the_rows_it_was_taken_from() {
        let line = |row: usize| 5.0 + 0.5 * row as f64;
        let rows = samples(&[(0..100).map(line).collect(), noise(100, 1)], &[]);
        let plan = planned(&rows, &[LevelChange::Detrended, LevelChange::Kept], false);
        let mut adjuster = Adjuster::new(&plan, None);
        let later = samples(&[(100..150).map(line).collect(), noise(50, 2)], &[20]);
        let level = line(99) / 2.0 + line(0) / 2.0;
        for (out, breaks) in [(adjuster.push(&rows), &[][..]), (adjuster.push(&later), &[20])] {
            assert!(column(&out, 0).iter().all(|x| (x - level).abs() < 1e-9));
            assert_eq!(out.breaks, breaks);
        }
    }

    #[test]
    fn a_season_is_removed_and_found_again_behind_a_break() {
        let season = |row: usize| SEASON[row % 6];
        let noise = noise(1300, 3);
        let mut values: Vec<f64> = (0..1200).map(|row| 0.1 * noise[row] + season(row)).collect();
        // The break hides two rows.
        values.extend((1200..1300).map(|row| 0.1 * noise[row] + season(row + 2)));
        let rows = samples(&[values, noise.clone()], &[1200]);
        let mut adjuster = Adjuster::new(&planned(&rows, &[LevelChange::Kept; 2], true), Some(6));
        let out = adjuster.push(&rows);
        assert_eq!((out.rows(), out.breaks.as_slice()), (1294, &[1200][..]), "a period is left out behind the break");
        let expected: Vec<f64> = (0..1200).chain(1206..1300).map(|row| 0.1 * noise[row]).collect();
        for (row, (found, planted)) in column(&out, 0).iter().zip(&expected).enumerate() {
            assert!((found - planted).abs() < 0.25, "row {row}: {found} for {planted}");
        }
    }

    #[test]
    fn a_late_stretch_leaves_the_phase_to_be_found() {
        let values: Vec<f64> = (0..300).map(|row| SEASON[row % 6]).collect();
        let rows = samples(&[values, noise(300, 4)], &[50]);
        let mut adjuster = Adjuster::new(&planned(&rows, &[LevelChange::Kept; 2], true), Some(6));
        let out = adjuster.push(&rows);
        assert_eq!((out.rows(), out.breaks.as_slice()), (288, &[44][..]));
        assert!(column(&out, 0).iter().all(|x| x.abs() < 1e-6));
    }

    #[test]
    fn any_chunking_gives_the_same_rows() {
        let rows = samples(&[noise(400, 5), noise(400, 6)], &[7, 130, 131]);
        let plan = planned(&rows, &[LevelChange::Differenced, LevelChange::Detrended], true);
        let whole = Adjuster::new(&plan, Some(6)).push(&rows);
        for size in [1, 3, 64] {
            let mut adjuster = Adjuster::new(&plan, Some(6));
            let mut together = Samples { vars: 2, ..Samples::default() };
            for from in (0..400).step_by(size) {
                let to = (from + size).min(400);
                let breaks = rows.breaks.iter().filter(|b| (from..to).contains(*b)).map(|b| b - from).collect();
                let part = adjuster.push(&Samples { values: rows.values[from * 2..to * 2].to_vec(), vars: 2, breaks });
                let before = together.rows();
                together.breaks.extend(part.breaks.iter().map(|b| b + before));
                together.values.extend(part.values);
            }
            assert_eq!(together, whole, "chunks of {size}");
        }
    }
}
