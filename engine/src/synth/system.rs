//! In: terms of linear equations. Out: a checked, stable system and the truth it plants.

use crate::types::{Truth, TruthEdge, TruthHyperEdge, TruthSegment};

use super::Noise;

/// One term of a variable's equation: `coef` times the source's value `lag` rows ago, in the generator's own units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term {
    /// Source variable.
    pub source: u32,
    /// Target variable; the same as `source` for a variable's own past.
    pub target: u32,
    /// Rows between cause and effect; 0 = within the row.
    pub lag: u32,
    /// Coefficient.
    pub coef: f64,
}

/// The equations in force during one regime.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mechanism {
    /// All terms, own past included.
    pub terms: Vec<Term>,
    /// Which of the terms act jointly.
    pub hyperedges: Vec<TruthHyperEdge>,
}

/// A planted system of `vars` variables: linear equations with noise, and their units.
#[derive(Debug, Clone, PartialEq)]
pub struct System {
    /// Variable names, `[vars]`.
    pub names: Vec<String>,
    /// Value in the data that stands for 0, `[vars]`.
    pub offset: Vec<f64>,
    /// Units in the data per unit of the generator, `[vars]`.
    pub scale: Vec<f64>,
    /// Standard deviation of each variable's noise, in the generator's units, `[vars]`.
    pub noise_sd: Vec<f64>,
    /// Shape of the noise.
    pub noise: Noise,
    /// Regimes; one when nothing changes.
    pub regimes: Vec<Mechanism>,
    /// Rows of each regime's turn; `None` when the first regime stays for ever.
    pub regime_rows: Option<u64>,
    /// Whether turns vary in length by up to a fifth, drawn from the seed.
    pub jitter: bool,
}

impl System {
    /// A system in the generator's own units with unit noise and one regime.
    pub fn new(names: Vec<String>, noise: Noise, mechanism: Mechanism) -> Self {
        let vars = names.len();
        Self {
            names,
            offset: vec![0.0; vars],
            scale: vec![1.0; vars],
            noise_sd: vec![1.0; vars],
            noise,
            regimes: vec![mechanism],
            regime_rows: None,
            jitter: false,
        }
    }

    /// Largest lag of any term.
    pub fn max_lag(&self) -> u32 {
        self.regimes.iter().flat_map(|m| &m.terms).map(|t| t.lag).max().unwrap_or(0)
    }

    /// Links of a regime, coefficients in data units; a variable's own past is not a link.
    pub fn edges(&self, regime: usize) -> Vec<TruthEdge> {
        let mut edges: Vec<_> = self.regimes[regime]
            .terms
            .iter()
            .filter(|t| t.source != t.target)
            .map(|t| TruthEdge {
                source: t.source,
                target: t.target,
                lag: t.lag,
                coef: t.coef * self.scale[t.target as usize] / self.scale[t.source as usize],
            })
            .collect();
        edges.sort_by_key(|e| (e.target, e.source, e.lag));
        edges
    }

    /// The truth of `rows` rows cut into `segments` of (first row, row after the last, regime).
    pub fn truth(&self, rows: u64, segments: &[(u64, u64, usize)]) -> Truth {
        let last = segments.last().map_or(0, |s| s.2);
        let segments = if self.regimes.len() < 2 {
            Vec::new()
        } else {
            segments
                .iter()
                .map(|&(start, end, regime)| TruthSegment { start, end, edges: self.edges(regime) })
                .collect()
        };
        Truth {
            n_vars: self.names.len() as u32,
            n_samples: rows,
            var_names: self.names.clone(),
            max_lag: self.max_lag(),
            edges: self.edges(last),
            segments,
            hyperedges: self.regimes[last].hyperedges.clone(),
            pairs_only: false,
        }
    }
}

/// Growth per row of the noise-free system: below 1 it is stable. Estimated by following an arbitrary start for
/// some hundred rows, which needs no eigenvalues and covers same-time terms as well.
pub(super) fn growth(vars: usize, mechanism: &Mechanism) -> f64 {
    const WARM_UP: usize = 100;
    const MEASURED: usize = 200;
    let equations = super::generator::Equations::new(vars, mechanism);
    let depth = mechanism.terms.iter().map(|t| t.lag as usize).max().unwrap_or(0).max(1);
    // Any start with a part along every direction will do; this one has no pattern a system could be blind to.
    let mut history: Vec<f64> = (0..depth * vars).map(|i| 1.0 + ((i * 7919) % 101) as f64 / 101.0).collect();
    let mut row = vec![0.0; vars];
    let mut log_growth = 0.0;
    for step in 0..WARM_UP + MEASURED {
        row.fill(0.0);
        equations.advance(&history, &mut row);
        history.copy_within(vars.., 0);
        let tail = (depth - 1) * vars;
        history[tail..].copy_from_slice(&row);
        let norm = history.iter().map(|v| v * v).sum::<f64>().sqrt();
        if norm < 1e-250 {
            return 0.0;
        }
        // The whole state is kept at unit length, so that neither growth nor decay leaves the range of f64.
        history.iter_mut().for_each(|v| *v /= norm);
        if step >= WARM_UP {
            log_growth += norm.ln();
        }
    }
    (log_growth / MEASURED as f64).exp()
}

/// Shrinks every term by `g^lag`, which multiplies the growth rate by `g`, when a system grows faster than `limit`.
pub(super) fn stabilise(vars: usize, mechanism: &mut Mechanism, limit: f64) {
    let rate = growth(vars, mechanism);
    if rate > limit {
        let g = limit / rate;
        mechanism.terms.iter_mut().for_each(|t| t.coef *= g.powi(t.lag as i32));
    }
}
