//! In: rows, the graph's links and a question. Out: what would follow, row by row, from setting or shifting a variable,
//! with intervals from refits on resampled blocks of rows; or the reason why the graph does not tell.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::regression::{Moments, Term};
use super::rows::Rows;
use crate::mpie::operators::interventional::{Intervention, InterventionError, StructuralLink, StructuralModel};
use crate::types::{LinkKey, Snapshot};

/// Rows per resampled block: longer than most effects last.
const BLOCK_ROWS: usize = 32;
/// Fewer blocks than this, and resampling says nothing.
const LEAST_BLOCKS: usize = 8;

/// What is done to the variable.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    /// Set to a value, in data units; compared with resting at its mean.
    Set(f64),
    /// Moved by an amount, in data units.
    Shift(f64),
}

/// For how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// In one row, then left to itself.
    Pulse,
    /// From then on.
    Sustained,
}

/// A question to the graph.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Question {
    /// The variable that is acted on.
    pub variable: u32,
    /// What is done to it.
    pub change: Change,
    /// For how long.
    pub hold: Hold,
    /// Rows to look ahead.
    pub horizon: u32,
    /// Refits for the intervals.
    pub replicates: u32,
    /// Seed of the resampling.
    pub seed: u64,
}

/// The predicted response.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The question.
    pub question: Question,
    /// By how much the variable is moved, in data units.
    pub size: f64,
    /// `[horizon + 1, vars]` in data units: difference from the course without intervention.
    pub response: Vec<f64>,
    /// Lower end of the 95 % interval, `[horizon + 1, vars]`.
    pub low: Vec<f64>,
    /// Upper end of the 95 % interval, `[horizon + 1, vars]`.
    pub high: Vec<f64>,
    /// Standard deviation of each variable in its regime, for comparison.
    pub sd: Vec<f64>,
    /// Variables the response reaches within the horizon, the most moved (in standard deviations) first.
    pub reached: Vec<u32>,
    /// Refits that could be used.
    pub replicates: u32,
    /// What the reader should keep in mind.
    pub cautions: Vec<String>,
}

impl Answer {
    /// Number of variables.
    pub fn vars(&self) -> usize {
        self.sd.len()
    }

    /// `[response, low, high]` of a variable after so many rows.
    pub fn at(&self, variable: u32, rows: usize) -> [f64; 3] {
        let at = rows * self.vars() + variable as usize;
        [&self.response, &self.low, &self.high].map(|of| of.get(at).copied().unwrap_or(0.0))
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The graph does not tell.
    #[error("{0}")]
    NotIdentified(String),
    /// Too few rows to fit the model.
    #[error("only {rows} complete rows are known in the regime in force, too few to predict {name}; wait for more")]
    TooFewRows {
        /// Rows.
        rows: u64,
        /// The variable that cannot be fitted.
        name: String,
    },
    /// The change is no number or none at all.
    #[error("the change must be a number other than zero")]
    NoChange,
    /// There is no such variable.
    #[error("there is no such variable")]
    UnknownVariable,
}

/// Predicts the response. The model is linear: every variable on its own past up to `max_lag` and on its causes in the
/// graph, fitted on the rows of its regime; replicates refit all of it on the same resampled blocks of rows.
///
/// # Errors
/// A [`Refusal`] where the graph does not identify the effect or the rows do not suffice.
pub fn ask(rows: &Rows, snapshot: &Snapshot, question: Question) -> Result<Answer, Refusal> {
    let vars = snapshot.names.len();
    let variable = question.variable as usize;
    if variable >= vars || rows.vars() != vars {
        return Err(Refusal::UnknownVariable);
    }
    let stats = snapshot.nodes.get(variable).copied().unwrap_or_default();
    let size = match question.change {
        Change::Set(value) => value - stats.mean,
        Change::Shift(by) => by,
    };
    if !size.is_finite() || size == 0.0 {
        return Err(Refusal::NoChange);
    }
    let horizon = question.horizon.clamp(1, 500) as usize;
    let equations = (0..vars as u32).map(|target| Equation::of(rows, snapshot, target)).collect::<Vec<_>>();
    let open: Vec<StructuralLink> = snapshot
        .edges
        .iter()
        .filter(|edge| edge.link.key.lag == 0 && !edge.link.directed)
        .map(|edge| StructuralLink::from(&edge.link))
        .collect();
    let hold = match question.hold {
        Hold::Pulse => Intervention::Pulse,
        Hold::Sustained => Intervention::Sustained,
    };
    let respond = |weights: Option<&[f64]>| -> Result<Option<Vec<f64>>, InterventionError> {
        let mut links = open.clone();
        for equation in &equations {
            match equation.links(weights) {
                Some(fitted) => links.extend(fitted),
                None => return Ok(None),
            }
        }
        StructuralModel::new(vars, &links)?.response(question.variable, size, hold, horizon).map(Some)
    };
    if let Some(poor) = equations.iter().find(|equation| equation.moments.fit(&equation.all(), None).is_none()) {
        let name = snapshot.names[poor.target as usize].clone();
        return Err(Refusal::TooFewRows { rows: rows.len() as u64, name });
    }
    let refuse = |error: InterventionError| Refusal::NotIdentified(sentence(&error, snapshot));
    let Some(response) = respond(None).map_err(refuse)? else { return Err(Refusal::UnknownVariable) };
    let replicates = replicate(&equations, question, |weights| respond(Some(weights)).ok().flatten());
    let (low, high) = intervals(&response, &replicates);
    let sd: Vec<f64> = snapshot.nodes.iter().map(|node| node.sd).collect();
    let mut cautions = cautions(snapshot, &response, vars);
    if replicates.len() < 20 {
        cautions.push("Too few rows for intervals: the widest seen are shown".into());
    }
    let reached = reached(&response, &sd, vars);
    Ok(Answer { question, size, response, low, high, sd, reached, replicates: replicates.len() as u32, cautions })
}

/// A variable regressed on its past and its causes.
struct Equation {
    target: u32,
    terms: Vec<Term>,
    moments: Moments,
}

impl Equation {
    fn of(rows: &Rows, snapshot: &Snapshot, target: u32) -> Self {
        let own = (1..=snapshot.max_lag).map(|lag| Term { var: target, lag });
        let causes = snapshot
            .edges
            .iter()
            .filter(|edge| edge.link.key.target == target && (edge.link.key.lag > 0 || edge.link.directed))
            .map(|edge| Term { var: edge.link.key.source, lag: edge.link.key.lag });
        let mut terms: Vec<Term> = own.chain(causes).collect();
        terms.sort_unstable();
        terms.dedup();
        let start = snapshot.nodes.get(target as usize).map_or(0, |node| node.regime_start_row);
        let moments = Moments::gather(rows, Term { var: target, lag: 0 }, &terms, start, BLOCK_ROWS);
        Self { target, terms, moments }
    }

    fn all(&self) -> Vec<usize> {
        (0..self.terms.len()).collect()
    }

    fn links(&self, weights: Option<&[f64]>) -> Option<Vec<StructuralLink>> {
        let skip = weights.map(|weights| &weights[weights.len().saturating_sub(self.moments.blocks())..]);
        let fit = self.moments.fit(&self.all(), skip)?;
        let link = |(term, effect): (&Term, &f64)| StructuralLink {
            key: LinkKey { source: term.var, target: self.target, lag: term.lag },
            effect: *effect,
            directed: true,
        };
        Some(self.terms.iter().zip(&fit.beta).map(link).collect())
    }
}

/// Responses of models refitted on blocks drawn with replacement, the same blocks for every equation.
fn replicate(
    equations: &[Equation],
    question: Question,
    respond: impl Fn(&[f64]) -> Option<Vec<f64>>,
) -> Vec<Vec<f64>> {
    let blocks = equations.iter().map(|equation| equation.moments.blocks()).max().unwrap_or(0);
    if blocks < LEAST_BLOCKS {
        return Vec::new();
    }
    (0..question.replicates)
        .filter_map(|at| {
            let mut rng = ChaCha8Rng::seed_from_u64(question.seed ^ (u64::from(at) << 20));
            let mut weights = vec![0.0; blocks];
            (0..blocks).for_each(|_| weights[rng.random_range(0..blocks)] += 1.0);
            respond(&weights)
        })
        .collect()
}

/// 2.5 % and 97.5 % quantiles over the replicates, never excluding the response itself.
fn intervals(response: &[f64], replicates: &[Vec<f64>]) -> (Vec<f64>, Vec<f64>) {
    let ends = |at: usize| {
        let mut values: Vec<f64> = replicates.iter().map(|r| r[at]).filter(|v| v.is_finite()).collect();
        if values.is_empty() {
            return (f64::NAN, f64::NAN);
        }
        values.sort_by(f64::total_cmp);
        let quantile = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
        (quantile(0.025).min(response[at]), quantile(0.975).max(response[at]))
    };
    (0..response.len()).map(ends).unzip()
}

fn reached(response: &[f64], sd: &[f64], vars: usize) -> Vec<u32> {
    let most = |var: usize| {
        let unit = if sd[var] > 0.0 { sd[var] } else { 1.0 };
        response.iter().skip(var).step_by(vars).map(|value| value.abs() / unit).fold(0.0, f64::max)
    };
    let mut reached: Vec<(f64, u32)> =
        (0..vars).map(|var| (most(var), var as u32)).filter(|(size, _)| *size > 1e-9).collect();
    reached.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    reached.into_iter().map(|(_, var)| var).collect()
}

fn cautions(snapshot: &Snapshot, response: &[f64], vars: usize) -> Vec<String> {
    let name = |index: u32| snapshot.names.get(index as usize).map_or("?", String::as_str);
    let moved = |var: u32| response.iter().skip(var as usize).step_by(vars).any(|value| value.abs() > 1e-9);
    let mut cautions =
        vec!["The model is linear and assumes that every common cause is among the variables".to_owned()];
    for hyper in &snapshot.hyperedges {
        if hyper.sources.iter().any(|(source, _)| moved(*source)) {
            let sources: Vec<&str> = hyper.sources.iter().map(|(source, _)| name(*source)).collect();
            let target = name(hyper.target);
            cautions.push(format!(
                "{} act jointly on {target}: its real response depends on the level of the others",
                sources.join(" and ")
            ));
        }
    }
    cautions
}

/// The reason with names instead of numbers.
fn sentence(error: &InterventionError, snapshot: &Snapshot) -> String {
    let name = |index: &u32| snapshot.names.get(*index as usize).map_or("?", String::as_str);
    match error {
        InterventionError::Unidentified { variable, a, b, rows } => format!(
            "The graph does not tell: {a} and {b} move together within a row and which drives which is unknown, and the \
             response to {variable} reaches them after {rows} rows. Look fewer rows ahead, or find data that tell the \
             direction",
            a = name(a),
            b = name(b),
            variable = name(variable)
        ),
        InterventionError::Cycle { variable } => format!(
            "The graph does not tell: the same-time links form a cycle through {}, so there is no order of cause and \
             effect",
            name(variable)
        ),
        InterventionError::NotFinite { key } => {
            format!("The effect of {} on {} is not a number in these rows", name(&key.source), name(&key.target))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;
    use crate::types::{Edge, LinkScore, NodeStats, Pane};

    fn edge(source: u32, target: u32, lag: u32, directed: bool) -> Edge {
        let key = LinkKey { source, target, lag };
        let link = LinkScore {
            key,
            score: 9.0,
            effect: 0.5,
            ci_lo: 0.4,
            ci_hi: 0.6,
            stability: 1.0,
            p_value: 0.0,
            q_value: 0.0,
            gain: 0.1,
            accepted: true,
            directed,
        };
        Edge { link, weight: 0.5, var: 0.0, regime: 0, hits: 1, first_window: 0, last_window: 0 }
    }

    fn snapshot(names: &[&str], edges: Vec<Edge>) -> Snapshot {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Snapshot {
            max_lag: 2,
            nodes: vec![NodeStats { sd: 1.0, ..NodeStats::default() }; names.len()],
            names: names.into(),
            edges,
            ..Snapshot::default()
        }
    }

    /// a → b after 1 row (0.8), b → c after 1 row (-0.5), each with half of its own past.
    fn chain(count: usize) -> Rows {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut values = vec![0.0; count * 3];
        for row in 1..count {
            let before: Vec<f64> = values[(row - 1) * 3..row * 3].to_vec();
            let noise: [f64; 3] = std::array::from_fn(|_| StandardNormal.sample(&mut rng));
            values[row * 3] = 0.5 * before[0] + noise[0];
            values[row * 3 + 1] = 0.5 * before[1] + 0.8 * before[0] + noise[1];
            values[row * 3 + 2] = 0.5 * before[2] - 0.5 * before[1] + noise[2];
        }
        let mut rows = Rows::new(3, 1 << 22);
        rows.push(&Pane { index: 0, first_row: 0, values, vars: 3, run: (0..count as u32).collect(), missing: 0 });
        rows
    }

    fn question(change: Change, hold: Hold) -> Question {
        Question { variable: 0, change, hold, horizon: 8, replicates: 100, seed: 1 }
    }

    #[test]
    fn the_response_and_its_interval_hold_the_truth() {
        let graph = snapshot(&["a", "b", "c"], vec![edge(0, 1, 1, true), edge(1, 2, 1, true)]);
        let answer = ask(&chain(4000), &graph, question(Change::Shift(2.0), Hold::Pulse)).expect("identified");
        // By hand: a = 2, 1, 0.5 …; b after one row 1.6, after two 0.8 + 0.8.
        for (var, row, truth) in [(0, 0, 2.0), (0, 1, 1.0), (1, 1, 1.6), (1, 2, 1.6), (2, 2, -0.8)] {
            let [value, low, high] = answer.at(var, row);
            assert!((value - truth).abs() < 0.12, "{var} after {row}: {value}, not {truth}");
            assert!(low <= truth + 0.05 && truth - 0.05 <= high, "{var} after {row}: [{low}, {high}]");
        }
        assert_eq!(answer.at(1, 0), [0.0; 3], "nothing happens before the lag is over");
        assert_eq!(answer.reached.len(), 3);
        assert!(answer.replicates > 90);
    }

    #[test]
    fn setting_is_shifting_from_the_mean_and_holding_holds() {
        let mut graph = snapshot(&["a", "b", "c"], vec![edge(0, 1, 1, true), edge(1, 2, 1, true)]);
        graph.nodes[0].mean = 10.0;
        let answer = ask(&chain(4000), &graph, question(Change::Set(11.0), Hold::Sustained)).expect("identified");
        assert!((0..=8).all(|row| (answer.at(0, row)[0] - 1.0).abs() < 1e-9), "held at 1 above the mean");
        assert!((answer.at(1, 8)[0] - 1.6).abs() < 0.15, "b rises to 0.8 / (1 - 0.5)");
    }

    #[test]
    fn what_the_graph_does_not_tell_is_refused_with_the_reason() {
        let graph = snapshot(&["a", "b", "c"], vec![edge(0, 1, 1, true), edge(1, 2, 0, false)]);
        let refusal = ask(&chain(4000), &graph, question(Change::Shift(1.0), Hold::Pulse)).expect_err("open direction");
        let text = refusal.to_string();
        assert!(text.contains("b and c move together") && text.contains("response to a"), "{text}");
        let few = ask(&chain(6), &graph, question(Change::Shift(1.0), Hold::Pulse)).expect_err("few rows");
        assert!(matches!(few, Refusal::TooFewRows { .. }), "{few}");
        for change in [Change::Shift(0.0), Change::Set(f64::NAN)] {
            assert_eq!(ask(&chain(400), &graph, question(change, Hold::Pulse)), Err(Refusal::NoChange));
        }
        let nobody = Question { variable: 9, ..question(Change::Shift(1.0), Hold::Pulse) };
        assert_eq!(ask(&chain(400), &graph, nobody), Err(Refusal::UnknownVariable));
    }
}
