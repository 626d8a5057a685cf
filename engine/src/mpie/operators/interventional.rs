//! In: links with effects, read as a linear structural model. Out: the response of every variable, row by row, to
//! setting one of them; or the reason why it cannot be told.

use std::collections::BTreeSet;

use petgraph::algo::{dijkstra, toposort};
use petgraph::graph::{DiGraph, NodeIndex};

use crate::types::{LinkKey, LinkScore};

/// A term of the model: one unit of the source moves the target by `effect`, `key.lag` rows later.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StructuralLink {
    /// Ends and lag.
    pub key: LinkKey,
    /// In data units.
    pub effect: f64,
    /// Whether the direction is known; lagged links always are.
    pub directed: bool,
}

impl From<&LinkScore> for StructuralLink {
    fn from(link: &LinkScore) -> Self {
        Self { key: link.key, effect: link.effect, directed: link.directed || link.key.lag > 0 }
    }
}

/// How long a variable is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intervention {
    /// Set at row 0, then free again.
    Pulse,
    /// Held at every row from 0 on.
    Sustained,
}

/// Why a response cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InterventionError {
    /// There is no such variable.
    #[error("variable {variable} does not exist: the model has {vars}")]
    UnknownVariable {
        /// The variable asked for.
        variable: u32,
        /// How many there are.
        vars: usize,
    },
    /// Directed lag-0 links form a cycle.
    #[error("the same-time links form a cycle through variable {variable}, so no order of cause and effect exists")]
    Cycle {
        /// A variable on the cycle.
        variable: u32,
    },
    /// An effect is not a number.
    #[error("the effect of variable {} on variable {} at lag {} is not finite", key.source, key.target, key.lag)]
    NotFinite {
        /// The link.
        key: LinkKey,
    },
    /// The response passes a lag-0 link of unknown direction.
    #[error(
        "the effect of variable {variable} is not identified: the direction of the same-time link between {a} and {b} \
         is unknown and the response reaches it after {rows} rows"
    )]
    Unidentified {
        /// The variable set.
        variable: u32,
        /// One end of the link.
        a: u32,
        /// The other end.
        b: u32,
        /// Rows after which the response reaches the link.
        rows: usize,
    },
}

/// What drives one variable.
#[derive(Debug, Clone)]
struct Equation {
    target: usize,
    terms: Vec<Term>,
}

#[derive(Debug, Clone, Copy)]
struct Term {
    source: usize,
    lag: usize,
    effect: f64,
}

impl Equation {
    /// Terms whose cause lies at row 0 or later.
    fn terms_at(&self, row: usize) -> impl Iterator<Item = &Term> {
        self.terms.iter().filter(move |term| term.lag <= row)
    }
}

/// A linear structural model truncated to the links given.
#[derive(Debug, Clone)]
pub struct StructuralModel {
    vars: usize,
    max_lag: usize,
    /// In lag-0 order.
    equations: Vec<Equation>,
    /// Same-time pairs of unknown direction.
    open: Vec<(u32, u32)>,
    /// Directed links, weighed by their lags.
    arrivals: DiGraph<(), usize>,
}

impl StructuralModel {
    /// From the links of a graph of `vars` variables; several on the same key add up.
    pub fn new(vars: usize, links: &[StructuralLink]) -> Result<Self, InterventionError> {
        let mut arrivals: DiGraph<(), usize> = DiGraph::new();
        let mut same_time: DiGraph<(), ()> = DiGraph::new();
        for _ in 0..vars {
            arrivals.add_node(());
            same_time.add_node(());
        }
        let mut terms = vec![Vec::new(); vars];
        let mut open = BTreeSet::new();
        let mut max_lag = 0;
        for link in links {
            let LinkKey { source, target, lag } = link.key;
            if let Some(variable) = [source, target].into_iter().find(|&v| v as usize >= vars) {
                return Err(InterventionError::UnknownVariable { variable, vars });
            }
            if !link.effect.is_finite() {
                return Err(InterventionError::NotFinite { key: link.key });
            }
            if lag == 0 && !link.directed {
                open.insert((source.min(target), source.max(target)));
                continue;
            }
            let (from, to) = (NodeIndex::new(source as usize), NodeIndex::new(target as usize));
            arrivals.add_edge(from, to, lag as usize);
            if lag == 0 {
                same_time.add_edge(from, to, ());
            }
            terms[target as usize].push(Term { source: source as usize, lag: lag as usize, effect: link.effect });
            max_lag = max_lag.max(lag as usize);
        }
        let order = toposort(&same_time, None)
            .map_err(|cycle| InterventionError::Cycle { variable: cycle.node_id().index() as u32 })?;
        let equation = |v: NodeIndex| Equation { target: v.index(), terms: std::mem::take(&mut terms[v.index()]) };
        let equations = order.into_iter().map(equation).collect();
        Ok(Self { vars, max_lag, equations, open: open.into_iter().collect(), arrivals })
    }

    /// Response to setting `variable` to `size` above what it would have been: `[horizon + 1, vars]`, row-major, in
    /// data units, as the difference from the course without intervention.
    ///
    /// While a variable is held its own equation is cut out of the model (graph surgery, Pearl 2009); everything else
    /// follows the model. What does not reach a link of unknown direction within the horizon is told regardless.
    pub fn response(
        &self,
        variable: u32,
        size: f64,
        intervention: Intervention,
        horizon: usize,
    ) -> Result<Vec<f64>, InterventionError> {
        self.check(variable, horizon)?;
        let (n, held) = (self.vars, variable as usize);
        let mut response = vec![0.0; (horizon + 1) * n];
        for row in 0..=horizon {
            let holding = row == 0 || intervention == Intervention::Sustained;
            for equation in &self.equations {
                response[row * n + equation.target] = if equation.target == held && holding {
                    size
                } else {
                    let moved = |term: &Term| term.effect * response[(row - term.lag) * n + term.source];
                    equation.terms_at(row).map(moved).sum()
                };
            }
        }
        Ok(response)
    }

    /// Total effect of one unit of every source on every target after 0 to `horizon` rows: `[horizon + 1, target,
    /// source]`. Each is the sum over all directed paths of that length in time of the product of the effects along
    /// them, which is also the response to a unit pulse.
    ///
    /// `Ψ(0) = (I - B₀)⁻¹`, `Ψ(h) = Ψ(0) Σ_l B_l Ψ(h - l)` (Lütkepohl 2005, 2.3).
    pub fn total_effects(&self, horizon: usize) -> Result<Vec<f64>, InterventionError> {
        (0..self.vars).try_for_each(|variable| self.check(variable as u32, horizon))?;
        let n = self.vars;
        let mut effects = vec![0.0; (horizon + 1) * n * n];
        for row in 0..=horizon {
            // In lag-0 order the same-time terms are ready when they are needed: the product with Ψ(0) is implied.
            for equation in &self.equations {
                let target = equation.target;
                for term in equation.terms_at(row) {
                    let (to, from) = ((row * n + target) * n, ((row - term.lag) * n + term.source) * n);
                    (0..n).for_each(|cause| effects[to + cause] += term.effect * effects[from + cause]);
                }
                if row == 0 {
                    effects[target * n + target] += 1.0;
                }
            }
        }
        Ok(effects)
    }

    /// Largest lag of a directed link.
    pub fn max_lag(&self) -> usize {
        self.max_lag
    }

    fn check(&self, variable: u32, horizon: usize) -> Result<(), InterventionError> {
        if variable as usize >= self.vars {
            return Err(InterventionError::UnknownVariable { variable, vars: self.vars });
        }
        let first_row = dijkstra(&self.arrivals, NodeIndex::new(variable as usize), None, |edge| *edge.weight());
        let reached = |v: u32| first_row.get(&NodeIndex::new(v as usize)).copied();
        for &(a, b) in &self.open {
            let rows = [reached(a), reached(b)].into_iter().flatten().min();
            if let Some(rows) = rows.filter(|&rows| rows <= horizon) {
                return Err(InterventionError::Unidentified { variable, a, b, rows });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    fn link(source: u32, target: u32, lag: u32, effect: f64) -> StructuralLink {
        StructuralLink { key: LinkKey { source, target, lag }, effect, directed: true }
    }

    fn open(a: u32, b: u32) -> StructuralLink {
        StructuralLink { directed: false, ..link(a, b, 0, 0.5) }
    }

    /// A random model in which variables act at lag 0 only on those after them.
    fn random_links(vars: u32, seed: u64) -> Vec<StructuralLink> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut links: Vec<StructuralLink> = (0..vars).map(|v| link(v, v, 1, 0.4)).collect();
        for a in 0..vars {
            for b in (0..vars).filter(|&b| b != a) {
                if rng.random_bool(0.4) {
                    let lag = rng.random_range(u32::from(a > b)..=3);
                    links.push(link(a, b, lag, rng.random_range(-0.4..0.4)));
                }
            }
        }
        links
    }

    /// `[rows, vars]` of the system under given noise; `hold(row, variable)` overwrites what it names.
    fn simulate(
        vars: usize,
        links: &[StructuralLink],
        noise: &[f64],
        hold: impl Fn(usize, usize) -> Option<f64>,
    ) -> Vec<f64> {
        let mut data = noise.to_vec();
        for row in 3..noise.len() / vars {
            for target in 0..vars {
                for l in links.iter().filter(|l| l.key.target as usize == target) {
                    data[row * vars + target] +=
                        l.effect * data[(row - l.key.lag as usize) * vars + l.key.source as usize];
                }
                if let Some(value) = hold(row, target) {
                    data[row * vars + target] = value;
                }
            }
        }
        data
    }

    #[test]
    fn responses_are_what_a_simulation_of_the_manipulated_system_shows() {
        let (vars, start, horizon) = (5, 40, 12);
        for seed in 0..10 {
            let links = random_links(vars as u32, seed);
            let model = StructuralModel::new(vars, &links).unwrap();
            let mut rng = ChaCha8Rng::seed_from_u64(seed + 100);
            let noise: Vec<f64> = (0..(start + horizon + 1) * vars).map(|_| StandardNormal.sample(&mut rng)).collect();
            let plain = simulate(vars, &links, &noise, |_, _| None);
            for intervention in [Intervention::Pulse, Intervention::Sustained] {
                let hold = |row: usize, target: usize| {
                    let held = target == 2 && (row == start || row > start && intervention == Intervention::Sustained);
                    held.then(|| plain[row * vars + 2] + 1.5)
                };
                let moved = simulate(vars, &links, &noise, hold);
                let expected = moved.iter().zip(&plain).map(|(a, b)| a - b).skip(start * vars);
                let found = model.response(2, 1.5, intervention, horizon).unwrap();
                assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{intervention:?}, seed {seed}");
            }
        }
    }

    /// Sum over all paths of products, by walking every one of them.
    fn walk(links: &[StructuralLink], from: u32, to: u32, rows: u32) -> f64 {
        let here = if from == to && rows == 0 { 1.0 } else { 0.0 };
        let onward = links.iter().filter(|l| l.key.source == from && l.key.lag <= rows);
        here + onward.map(|l| l.effect * walk(links, l.key.target, to, rows - l.key.lag)).sum::<f64>()
    }

    #[test]
    fn total_effects_are_sums_over_paths_and_pulse_responses() {
        for seed in 0..5 {
            let links = random_links(4, seed);
            let model = StructuralModel::new(4, &links).unwrap();
            let effects = model.total_effects(5).unwrap();
            for source in 0..4_u32 {
                let pulse = model.response(source, 1.0, Intervention::Pulse, 5).unwrap();
                for (rows, target) in (0..6_u32).flat_map(|h| (0..4_u32).map(move |t| (h, t))) {
                    let found = effects[((rows * 4 + target) * 4 + source) as usize];
                    assert!((found - walk(&links, source, target, rows)).abs() < 1e-12);
                    assert!((found - pulse[(rows * 4 + target) as usize]).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn holding_a_variable_cuts_what_drives_it() {
        // 0 drives itself and 1; 1 drives 0 back.
        let model = StructuralModel::new(2, &[link(0, 0, 1, 0.5), link(0, 1, 1, 2.0), link(1, 0, 1, 0.1)]).unwrap();
        let held = model.response(0, 1.0, Intervention::Sustained, 3).unwrap();
        assert_eq!(held, [1.0, 0.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0]);
        let pulse = model.response(0, 1.0, Intervention::Pulse, 2).unwrap();
        assert_eq!(pulse, [1.0, 0.0, 0.5, 2.0, 0.5 * 0.5 + 0.1 * 2.0, 1.0]);
    }

    #[test]
    fn an_open_direction_is_refused_only_where_the_response_meets_it() {
        // 0 → 1 after 3 rows; 1 — 2 open; 3 apart.
        let links = [link(0, 1, 3, 1.0), open(2, 1), link(3, 3, 1, 0.5)];
        let model = StructuralModel::new(4, &links).unwrap();
        assert!(model.response(0, 1.0, Intervention::Pulse, 2).is_ok());
        assert!(model.response(3, 1.0, Intervention::Pulse, 9).is_ok());
        let refused = model.response(0, 1.0, Intervention::Pulse, 3).unwrap_err();
        assert_eq!(refused, InterventionError::Unidentified { variable: 0, a: 1, b: 2, rows: 3 });
        let sentence = "the effect of variable 0 is not identified: the direction of the same-time link between 1 and \
                        2 is unknown and the response reaches it after 3 rows";
        assert_eq!(refused.to_string(), sentence);
        assert!(model.response(2, 1.0, Intervention::Sustained, 0).is_err());
        assert!(model.total_effects(0).is_err());
    }

    #[test]
    fn models_that_make_no_sense_are_refused() {
        let cycle = StructuralModel::new(2, &[link(0, 1, 0, 1.0), link(1, 0, 0, 1.0)]);
        assert!(matches!(cycle, Err(InterventionError::Cycle { .. })));
        let unknown = StructuralModel::new(2, &[link(0, 2, 1, 1.0)]);
        assert_eq!(unknown.unwrap_err(), InterventionError::UnknownVariable { variable: 2, vars: 2 });
        assert!(StructuralModel::new(1, &[link(0, 0, 1, f64::NAN)]).is_err());
        let model = StructuralModel::new(1, &[]).unwrap();
        assert!(model.response(1, 1.0, Intervention::Pulse, 1).is_err());
        assert_eq!(model.response(0, 2.0, Intervention::Pulse, 1).unwrap(), [2.0, 0.0]);
    }
}
