//! In: a planted system and a seed. Out: its rows, one after the other, without end, and the truth in force.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp1, StandardNormal};

use crate::types::Truth;

use super::{Mechanism, Noise, System};

/// Rows thrown away before the first, so that the start is as typical as any other row.
const BURN_IN_ROWS: usize = 200;

/// One seed feeds independent streams: what is drawn from one does not shift another.
const NOISE_STREAM: u64 = 1;
const SCHEDULE_STREAM: u64 = 2;

/// The terms of a mechanism, grouped by target in an order in which same-time causes come first.
#[derive(Debug, Clone)]
pub(super) struct Equations {
    vars: usize,
    /// Targets, causes before effects.
    order: Vec<usize>,
    /// Offsets into `terms` per position in `order`.
    offsets: Vec<usize>,
    /// (source, lag, coefficient).
    terms: Vec<(usize, usize, f64)>,
}

impl Equations {
    pub(super) fn new(vars: usize, mechanism: &Mechanism) -> Self {
        let order = causal_order(vars, mechanism);
        let mut offsets = vec![0];
        let mut terms = Vec::with_capacity(mechanism.terms.len());
        for &target in &order {
            let own = mechanism.terms.iter().filter(|t| t.target as usize == target);
            terms.extend(own.map(|t| (t.source as usize, t.lag as usize, t.coef)));
            offsets.push(terms.len());
        }
        Self { vars, order, offsets, terms }
    }

    /// Adds the terms to `row`, which holds the noise. `history` is `[depth, vars]`, the newest row last.
    pub(super) fn advance(&self, history: &[f64], row: &mut [f64]) {
        let depth = history.len() / self.vars;
        for (position, &target) in self.order.iter().enumerate() {
            for &(source, lag, coef) in &self.terms[self.offsets[position]..self.offsets[position + 1]] {
                let value = if lag == 0 { row[source] } else { history[(depth - lag) * self.vars + source] };
                row[target] += coef * value;
            }
        }
    }
}

/// Variables sorted so that no same-time term points backwards. Terms of a cycle, which no builder makes, keep the
/// order of the variables.
fn causal_order(vars: usize, mechanism: &Mechanism) -> Vec<usize> {
    let mut order = Vec::with_capacity(vars);
    let mut placed = vec![false; vars];
    while order.len() < vars {
        let ready = |v: usize, placed: &[bool]| {
            let mut causes = mechanism.terms.iter().filter(|t| t.lag == 0 && t.target as usize == v);
            !placed[v] && causes.all(|t| placed[t.source as usize])
        };
        let next = (0..vars).find(|&v| ready(v, &placed)).or_else(|| placed.iter().position(|p| !p));
        let Some(next) = next else { break };
        placed[next] = true;
        order.push(next);
    }
    order
}

/// Endless rows of a planted system; the same seed gives the same rows.
#[derive(Debug, Clone)]
pub struct Generator {
    system: System,
    equations: Vec<Equations>,
    rng: ChaCha8Rng,
    schedule: ChaCha8Rng,
    /// `[depth, vars]`, the newest row last.
    history: Vec<f64>,
    /// (first row, row after the last, regime), oldest first; the last one holds `row`.
    segments: Vec<(u64, u64, usize)>,
    row: u64,
}

impl Generator {
    /// A generator at row 0.
    pub fn new(system: System, seed: u64) -> Self {
        let vars = system.names.len();
        let stream = |number| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(number);
            rng
        };
        let mut this = Self {
            equations: system.regimes.iter().map(|m| Equations::new(vars, m)).collect(),
            rng: stream(NOISE_STREAM),
            schedule: stream(SCHEDULE_STREAM),
            history: vec![0.0; (system.max_lag().max(1) as usize) * vars],
            segments: Vec::new(),
            row: 0,
            system,
        };
        this.open_segment();
        let mut scratch = vec![0.0; vars];
        for _ in 0..BURN_IN_ROWS {
            this.draw(&mut scratch);
        }
        this
    }

    /// Variable names.
    pub fn names(&self) -> &[String] {
        &self.system.names
    }

    /// The planted system.
    pub fn system(&self) -> &System {
        &self.system
    }

    /// Rows handed out so far.
    pub fn row(&self) -> u64 {
        self.row
    }

    /// Regime of the next row.
    pub fn regime(&self) -> usize {
        self.segments.last().map_or(0, |s| s.2)
    }

    /// Writes the next row, `[vars]`, in data units.
    pub fn next_row(&mut self, out: &mut [f64]) {
        self.draw(out);
        for (value, (offset, scale)) in out.iter_mut().zip(self.system.offset.iter().zip(&self.system.scale)) {
            *value = offset + scale * *value;
        }
        self.row += 1;
        if self.segments.last().is_some_and(|s| self.row >= s.1) {
            self.open_segment();
        }
    }

    /// The truth so far: the links in force at the next row, and the regimes up to and including the present one,
    /// which ends at a row that is still to come.
    pub fn truth(&self) -> Truth {
        self.system.truth(self.row, &self.segments)
    }

    /// The truth of exactly the rows handed out so far.
    pub fn truth_so_far(&self) -> Truth {
        let cut: Vec<_> = self
            .segments
            .iter()
            .filter(|s| s.0 < self.row)
            .map(|&(start, end, regime)| (start, end.min(self.row), regime))
            .collect();
        self.system.truth(self.row, &cut)
    }

    /// One row in the generator's units; moves the history on.
    fn draw(&mut self, out: &mut [f64]) {
        for (value, sd) in out.iter_mut().zip(&self.system.noise_sd) {
            *value = sd * unit_noise(self.system.noise, &mut self.rng);
        }
        let regime = self.regime();
        self.equations[regime].advance(&self.history, out);
        let vars = out.len();
        self.history.copy_within(vars.., 0);
        let tail = self.history.len() - vars;
        self.history[tail..].copy_from_slice(out);
    }

    fn open_segment(&mut self) {
        let (start, regime) = self.segments.last().map_or((0, 0), |s| (s.1, (s.2 + 1) % self.system.regimes.len()));
        let rows = match self.system.regime_rows {
            None => u64::MAX - start,
            Some(rows) if self.system.jitter => {
                ((rows as f64 * self.schedule.random_range(0.8..1.2)).round() as u64).max(1)
            }
            Some(rows) => rows.max(1),
        };
        self.segments.push((start, start.saturating_add(rows), regime));
    }
}

/// Noise with mean 0 and variance 1.
fn unit_noise(noise: Noise, rng: &mut ChaCha8Rng) -> f64 {
    match noise {
        Noise::Gaussian => StandardNormal.sample(rng),
        Noise::Laplace => {
            let size: f64 = Exp1.sample(rng);
            let signed = if rng.random::<bool>() { size } else { -size };
            signed * std::f64::consts::FRAC_1_SQRT_2
        }
    }
}
