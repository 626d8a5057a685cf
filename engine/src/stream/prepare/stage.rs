//! In: the rows of a stream as they come. Out: the same rows, prepared as the settings say, and the profile of the
//! first of them.
//!
//! Where nothing is to be changed, rows pass at once and are looked at afterwards. Otherwise the first rows are held
//! back until enough of them are there to decide what to do.

use std::sync::Arc;

use super::adjust::Adjuster;
use super::config::{PrepareConfig, SeasonChoice, TrendChoice};
use super::diagnose::{Diagnosis, NEAR_CONSTANT, diagnose};
use super::missing::Gaps;
use super::notes;
use crate::types::{LevelChange, Preparation, Samples, TrendVerdict};

/// Values profiled at most, and rows profiled in spite of that: wide streams must not fill the memory.
const MOST_VALUES: usize = 1 << 24;
const LEAST_ROWS: usize = 512;

/// Profiles the first rows of a stream and takes seasons, walks and trends off all of them.
#[derive(Debug)]
pub struct Preparer {
    config: PrepareConfig,
    names: Arc<[String]>,
    /// Rows to look at.
    enough: usize,
    gaps: Gaps,
    state: State,
    report: Option<Preparation>,
}

#[derive(Debug)]
enum State {
    /// The rows so far, which have been or are to be handed on.
    Looking(Samples),
    /// What is to be done has been decided: nothing, or this.
    Decided(Option<Box<Adjuster>>),
}

impl Preparer {
    /// A preparer of rows of the named variables.
    pub fn new(names: Arc<[String]>, config: &PrepareConfig) -> Self {
        let vars = names.len().max(1);
        let enough = (config.profile_rows as usize).min((MOST_VALUES / vars).max(LEAST_ROWS));
        let head = Samples { vars: names.len(), ..Samples::default() };
        let state = if enough > 0 { State::Looking(head) } else { State::Decided(None) };
        let gaps = Gaps::new(names.len(), config.missing);
        Self { config: config.clone(), names, enough, gaps, state, report: None }
    }

    /// Takes the next rows; returns those that are ready to go on.
    pub fn push(&mut self, samples: Samples) -> Samples {
        let samples = self.gaps.close(samples);
        let holds = self.config.changes();
        match &mut self.state {
            State::Decided(None) => samples,
            State::Decided(Some(adjuster)) => adjuster.push(&samples),
            State::Looking(head) => {
                // Only what will be looked at is copied, unless it is held back.
                let wanted = if holds { usize::MAX } else { self.enough - head.rows() };
                append(head, &samples, wanted);
                match (holds, head.rows() >= self.enough) {
                    (true, true) => self.decide(),
                    (true, false) => self.no_rows(),
                    (false, _) => samples,
                }
            }
        }
    }

    /// The input has ended: what was held back, prepared by what there is to go by.
    pub fn finish(&mut self) -> Samples {
        match &self.state {
            State::Looking(head) if head.rows() > 0 && self.config.changes() => self.decide(),
            _ => self.no_rows(),
        }
    }

    /// The profile, once, as soon as there are rows enough or the input has `ended`. A wide stream takes seconds to look
    /// at: to be called when the rows that need not wait for it are on their way.
    pub fn look(&mut self, ended: bool) -> Option<Preparation> {
        let due = |head: &Samples| head.rows() >= self.enough || (ended && head.rows() > 0);
        if !self.config.changes() && matches!(&self.state, State::Looking(head) if due(head)) {
            self.decide();
        }
        self.report.take()
    }

    fn no_rows(&self) -> Samples {
        Samples { vars: self.names.len(), ..Samples::default() }
    }

    /// Looks at the rows so far and decides; returns those that were held back, prepared.
    fn decide(&mut self) -> Samples {
        let State::Looking(head) = std::mem::replace(&mut self.state, State::Decided(None)) else {
            return self.no_rows();
        };
        let mut first = Samples { vars: head.vars, ..Samples::default() };
        append(&mut first, &head, self.enough);
        let mut diagnosis = diagnose(&first);
        let period = self.choose(&mut diagnosis);
        let mut notes = notes::of_variables(&self.names, &diagnosis, period, &self.config);
        notes.extend(notes::of_gaps(&self.names, &self.gaps.filled(), self.gaps.left_out()));
        let mut adjuster = self.config.changes().then(|| Box::new(Adjuster::new(&diagnosis, period)));
        let prepared = adjuster.as_mut().map_or_else(|| self.no_rows(), |adjuster| adjuster.push(&head));
        self.state = State::Decided(adjuster);
        self.report = Some(Preparation {
            rows: first.rows() as u64,
            variables: diagnosis.variables,
            removed_period_rows: period,
            notes,
        });
        prepared
    }

    /// Writes into the profiles what is to be done; returns the period of the season to be removed.
    fn choose(&self, diagnosis: &mut Diagnosis) -> Option<u32> {
        let cycles = |period: u32| diagnosis.stretch.len() / period.max(1) as usize;
        let period = match self.config.season {
            SeasonChoice::Off => None,
            SeasonChoice::Auto => diagnosis.commonest_period(),
            // Two cycles, or the pattern cannot be told from the level.
            SeasonChoice::Rows(rows) => Some(rows).filter(|&rows| cycles(rows) >= 2),
        };
        for variable in &mut diagnosis.variables {
            let varies = variable.commonest_share < NEAR_CONSTANT;
            let has = |period: u32| variable.season.is_some_and(|s| period.is_multiple_of(s.period_rows));
            let asked = matches!(self.config.season, SeasonChoice::Rows(_));
            variable.deseasonalised = period.is_some_and(|period| varies && (asked || has(period)));
            variable.level = match (self.config.trend, variable.trend) {
                (TrendChoice::Difference, _) | (TrendChoice::Auto, TrendVerdict::UnitRoot) => LevelChange::Differenced,
                (TrendChoice::Detrend, _) | (TrendChoice::Auto, TrendVerdict::TrendStationary) => {
                    LevelChange::Detrended
                }
                _ => LevelChange::Kept,
            };
        }
        period
    }
}

/// Appends up to `most` rows.
fn append(head: &mut Samples, samples: &Samples, most: usize) {
    let (before, rows) = (head.rows(), samples.rows().min(most));
    head.breaks.extend(samples.breaks.iter().filter(|&&at| at < rows).map(|at| before + at));
    head.values.extend_from_slice(&samples.values[..rows * samples.vars]);
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;
    use std::sync::Arc;

    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use super::{PrepareConfig, Preparer, SeasonChoice, TrendChoice};
    use crate::types::{LevelChange, NoteKind, Preparation, Samples};

    fn names() -> Arc<[String]> {
        ["noise", "price", "load", "ramp"].map(str::to_owned).into()
    }

    /// Noise, a random walk, a season, a line.
    fn rows(count: usize, breaks: &[usize]) -> Samples {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
        let mut walk = 0.0;
        let row = |row: usize| {
            walk += normal();
            [normal(), walk, 2.0 * (TAU * row as f64 / 12.0).sin() + normal(), 0.02 * row as f64 + normal()]
        };
        Samples { values: (0..count).flat_map(row).collect(), vars: 4, breaks: breaks.to_vec() }
    }

    fn config(trend: TrendChoice, season: SeasonChoice, profile_rows: u32) -> PrepareConfig {
        PrepareConfig { trend, season, profile_rows, ..PrepareConfig::default() }
    }

    /// Everything that comes out of batches of `size` rows.
    fn through(config: &PrepareConfig, all: &Samples, size: usize) -> (Samples, Option<Preparation>) {
        let mut preparer = Preparer::new(names(), config);
        let mut report = None;
        let mut out = Samples { vars: all.vars, ..Samples::default() };
        for from in (0..all.rows()).step_by(size) {
            let to = (from + size).min(all.rows());
            let breaks = all.breaks.iter().filter(|b| (from..to).contains(*b)).map(|b| b - from).collect();
            let values = all.values[from * all.vars..to * all.vars].to_vec();
            let part = preparer.push(Samples { values, vars: all.vars, breaks });
            super::append(&mut out, &part, usize::MAX);
            report = report.or(preparer.look(false));
        }
        let rest = preparer.finish();
        super::append(&mut out, &rest, usize::MAX);
        report = report.or(preparer.look(true));
        assert!(preparer.look(true).is_none(), "a profile is handed out once");
        (out, report)
    }

    #[test]
    fn with_everything_off_rows_pass_at_once_and_are_profiled() {
        let all = rows(700, &[300]);
        let watching = config(TrendChoice::Off, SeasonChoice::Off, 600);
        let mut preparer = Preparer::new(names(), &watching);
        let first = Samples { values: all.values[..40].to_vec(), vars: 4, breaks: vec![] };
        assert_eq!(preparer.push(first.clone()), first);
        assert!(preparer.look(false).is_none());
        let (out, report) = through(&watching, &all, 64);
        let report = report.unwrap();
        assert_eq!((out, report.rows, report.variables.len()), (all.clone(), 600, 4));
        assert!(report.variables.iter().all(|v| v.level == LevelChange::Kept && !v.deseasonalised));
        assert_eq!(through(&config(TrendChoice::Off, SeasonChoice::Off, 0), &all, 64), (all, None));
    }

    #[test]
    fn short_streams_are_profiled_when_they_end() {
        let all = rows(500, &[]);
        let (out, report) = through(&config(TrendChoice::Off, SeasonChoice::Off, 4096), &all, 100);
        assert_eq!((out, report.unwrap().rows), (all, 500));
        let mut empty = Preparer::new(names(), &config(TrendChoice::Auto, SeasonChoice::Auto, 4096));
        assert_eq!(empty.finish().rows(), 0);
        assert!(empty.look(true).is_none());
    }

    #[test]
    fn auto_does_to_each_variable_what_it_needs_whatever_the_chunking() {
        let all = rows(1500, &[1200]);
        let config = config(TrendChoice::Auto, SeasonChoice::Auto, 1000);
        let (out, report) = through(&config, &all, 1500);
        let report = report.unwrap();
        let levels: Vec<LevelChange> = report.variables.iter().map(|v| v.level).collect();
        assert_eq!(levels, [LevelChange::Kept, LevelChange::Differenced, LevelChange::Kept, LevelChange::Detrended]);
        let seasons: Vec<bool> = report.variables.iter().map(|v| v.deseasonalised).collect();
        assert_eq!((seasons, report.removed_period_rows), (vec![false, false, true, false], Some(12)));
        // The first row, and twelve rows and one behind the break.
        assert_eq!((out.rows(), out.breaks.as_slice()), (1500 - 1 - 13, &[1199][..]));
        let changed = report.notes.iter().filter(|n| n.kind == NoteKind::Changed).count();
        assert_eq!(changed, 3, "{:#?}", report.notes);
        for size in [1, 77, 1000] {
            assert_eq!(through(&config, &all, size).0, out, "batches of {size}");
        }
    }

    #[test]
    fn rows_are_held_back_only_until_there_are_enough() {
        let all = rows(300, &[]);
        let mut preparer = Preparer::new(names(), &config(TrendChoice::Difference, SeasonChoice::Off, 200));
        let part = |from: usize, to: usize| Samples { values: all.values[from * 4..to * 4].to_vec(), ..all.clone() };
        assert_eq!(preparer.push(part(0, 150)).rows(), 0);
        assert_eq!(preparer.push(part(150, 250)).rows(), 249);
        assert_eq!(preparer.push(part(250, 300)).rows(), 50);
        assert_eq!(preparer.finish().rows(), 0);
    }

    #[test]
    fn a_season_longer_than_half_of_what_there_is_stays() {
        let all = rows(300, &[]);
        let (out, report) = through(&config(TrendChoice::Off, SeasonChoice::Rows(200), 400), &all, 300);
        let report = report.unwrap();
        assert_eq!(out, all);
        assert_eq!(report.removed_period_rows, None);
        assert!(report.notes.iter().any(|n| n.text.contains("200")), "{:#?}", report.notes);
    }
}
