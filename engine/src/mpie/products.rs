//! In: a view's lagged rows and what it selected. Out: products of two or three lagged variables that explain what the
//! selected terms leave over: causes whose joint effect no sum of their single effects can show.

use std::ops::Range;

use ndarray::{Array2, Axis};
use rayon::prelude::*;

use crate::compute::cpu::product::{self, Dense};
use crate::types::HyperEdge;

use super::bootstrap::Replicates;
use super::columns::Columns;
use super::evidence::TargetEvidence;
use super::scores::CLIP;
use super::tails::ln_t2_sf;
use super::triples::Triples;
use super::view::{PaneRows, Product, View};

/// Lagged columns up to which all their products are looked at: the cost grows with their square.
pub const MAX_FACTORS: usize = 160;
/// Newest rows that are looked at.
pub const MAX_ROWS: usize = 4_096;
/// Fewest rows from which a product can be told from noise.
const MIN_ROWS: usize = 100;
/// Products found for a target at most in one search.
const MAX_FOUND: usize = 8;
/// Chance of one false product of two among all targets and products of a search.
const ALPHA: f64 = 0.05;
/// The same of three: their tails are so long that a few rows make them, and what is left of a target is seldom quite as
/// independent as the test assumes.
const ALPHA_OF_THREE: f64 = 1e-4;

fn pairs(columns: Columns) -> usize {
    columns.vars * columns.max_lag * columns.vars.saturating_sub(1) * columns.max_lag / 2
}

/// Products of different variables that are looked at for every target.
pub fn looked_at(columns: Columns) -> usize {
    pairs(columns) + Triples::count(columns)
}

/// Rows of one stretch, as a search needs them.
struct Rows {
    /// `[rows, dim]`, constant first, missing cells 0.
    all: Array2<f64>,
    /// `[rows, factors]`: the lagged values, held within the bounds of the scores.
    factors: Array2<f64>,
    /// The same in single precision: enough to rank products, of which the best is looked at again in double.
    single: Vec<f32>,
    /// `[factors, factors]`: mean of every product.
    mean: Vec<f32>,
    /// `[factors, factors]`: one over its variance, 0 for pairs that are no product of two variables and for those
    /// below the diagonal, which are the same.
    per_variance: Vec<f32>,
    /// Products of three, where there are few enough to look at all of them.
    triples: Option<Triples>,
}

/// Rows times a weight per row, packed without being stored.
struct Weighted<'a> {
    rows: Dense<'a, f32>,
    /// One weight per row.
    weights: &'a [f32],
}

impl product::Columns<f32> for Weighted<'_> {
    fn columns(&self) -> usize {
        self.rows.columns
    }

    fn pack(&self, rows: Range<usize>, first: usize, width: usize, panel: &mut [f32]) {
        self.rows.pack(rows.clone(), first, width, panel);
        for (cells, &weight) in panel.chunks_exact_mut(width).zip(&self.weights[rows]) {
            cells.iter_mut().for_each(|cell| *cell *= weight);
        }
    }
}

impl Rows {
    fn from(panes: &[PaneRows], start_row: u64, columns: Columns) -> Option<Self> {
        let dim = columns.dim();
        let mut flat: Vec<f64> = Vec::new();
        let mut panes: Vec<&PaneRows> = panes.iter().filter(|p| p.first_row >= start_row).collect();
        let mut rows = 0;
        let newest = panes.iter().rev().take_while(|p| {
            rows += p.rows.values.len() / dim;
            rows <= MAX_ROWS
        });
        let keep = newest.count();
        panes.drain(..panes.len() - keep);
        for pane in panes {
            for row in pane.rows.values.chunks_exact(dim).filter(|row| row.iter().all(|v| !v.is_nan())) {
                flat.extend_from_slice(row);
            }
        }
        let count = flat.len() / dim;
        if count < MIN_ROWS {
            return None;
        }
        let all = Array2::from_shape_vec((count, dim), flat).ok()?;
        let from = 1 + columns.of(0, 1);
        let factors = all
            .slice_axis(Axis(1), (from..from + columns.vars * columns.max_lag).into())
            .mapv(|v| v.clamp(-CLIP, CLIP));
        let single: Vec<f32> = factors.iter().map(|&v| v as f32).collect();
        let n = count as f64;
        let mean = factors.t().dot(&factors) / n;
        let squares = factors.mapv(|v| v * v);
        let variance = squares.t().dot(&squares) / n - mean.mapv(|v| v * v);
        let is_product = |a: usize, b: usize| a < b && a % columns.vars != b % columns.vars;
        let per_variance = variance
            .indexed_iter()
            .map(|((a, b), v)| if is_product(a, b) { (1.0 / v.max(1e-6)) as f32 } else { 0.0 })
            .collect();
        let mean = mean.iter().map(|&v| v as f32).collect();
        let triples = Triples::of(&single, columns);
        Some(Self { all, factors, single, mean, per_variance, triples })
    }

    fn column(&self, column: usize) -> Vec<f64> {
        self.all.column(1 + column).to_vec()
    }

    fn product(&self, of: &[usize]) -> Vec<f64> {
        self.factors.rows().into_iter().map(|row| of.iter().map(|&factor| row[factor]).product()).collect()
    }
}

/// An orthonormal basis that grows, and a residual free of it.
struct Basis {
    directions: Vec<Vec<f64>>,
    residual: Vec<f64>,
}

impl Basis {
    fn new(target: Vec<f64>) -> Self {
        Self { directions: Vec::new(), residual: target }
    }

    /// Takes the basis out of a column; `None` where nothing is left.
    fn freed(&self, mut column: Vec<f64>) -> Option<Vec<f64>> {
        let before: f64 = column.iter().map(|v| v * v).sum();
        for direction in &self.directions {
            take_out(&mut column, direction);
        }
        let left: f64 = column.iter().map(|v| v * v).sum();
        if left <= 1e-8 * before.max(1e-12) {
            return None;
        }
        let scale = 1.0 / left.sqrt();
        column.iter_mut().for_each(|v| *v *= scale);
        Some(column)
    }

    fn enter(&mut self, direction: Vec<f64>) {
        take_out(&mut self.residual, &direction);
        self.directions.push(direction);
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn take_out(column: &mut [f64], direction: &[f64]) {
    let share = dot(column, direction);
    column.iter_mut().zip(direction).for_each(|(v, d)| *v -= share * d);
}

/// Looks for products: those of `view` that are still selected for some target, and new ones. `None` when there is
/// nothing to change.
pub fn search(view: &View, panes: &[PaneRows], found: &[TargetEvidence], start_rows: &[u64]) -> Option<Vec<Product>> {
    let columns = view.columns;
    if columns.vars < 2 {
        return None;
    }
    let mut starts: Vec<u64> = start_rows.to_vec();
    starts.sort_unstable();
    starts.dedup();
    let mut wanted: Vec<(Vec<usize>, usize)> = Vec::new();
    for start in starts {
        let Some(rows) = Rows::from(panes, start, columns) else { continue };
        let targets: Vec<usize> = (0..columns.vars).filter(|&t| start_rows[t] == start).collect();
        let questions: Vec<(usize, &[usize])> = targets.iter().map(|&t| (t, found[t].entered.as_slice())).collect();
        for (factors, &t) in of_targets(&rows, &questions, columns).into_iter().zip(&targets) {
            wanted.extend(factors.into_iter().map(|factors| (factors, t)));
        }
    }
    for (k, product) in view.products.iter().enumerate() {
        let column = columns.product(k);
        for &target in product.targets.iter().filter(|&&t| found[t].entered.contains(&column)) {
            wanted.push((product.factors.clone(), target));
        }
    }
    wanted.sort_unstable();
    wanted.dedup();
    let mut products: Vec<Product> = Vec::new();
    for (factors, target) in wanted {
        match products.last_mut() {
            Some(last) if last.factors == factors => last.targets.push(target),
            _ => products.push(Product { factors, targets: vec![target] }),
        }
    }
    (products != view.products).then_some(products)
}

/// Share of replicates that must agree on a product before it is reported.
const STABLE: f64 = 0.8;

/// The selected products of a target as hyperedges, where `agreed` and replicates agree too. The joint gain is the
/// out-of-bag gain of all factors and their product, the parts that of the factors alone; the interval of the excess
/// follows from that of the product's coefficient, as the gain grows with its square.
pub fn hyperedges(
    view: &View,
    evidence: &TargetEvidence,
    replicates: &Replicates,
    agreed: impl Fn(&Product, usize) -> bool,
) -> Vec<HyperEdge> {
    let columns = view.columns;
    let place = |column: usize| evidence.entered.iter().position(|&c| c == column);
    let gain = |at: usize| replicates.gain.get(at).copied().unwrap_or(0.0);
    let mut out = Vec::new();
    for (k, product) in view.products.iter().enumerate() {
        let Some(at) = place(columns.product(k)) else { continue };
        let stability = replicates.stability.get(at).copied().unwrap_or(0.0);
        let excess = gain(at);
        if stability < STABLE || excess <= 0.0 || !agreed(product, evidence.target) {
            continue;
        }
        let lagged = |column: usize| (columns.var(column) as u32, columns.lag(column) as u32);
        let mut sources: Vec<(u32, u32)> = product.factors.iter().map(|&factor| lagged(factor)).collect();
        sources.sort_unstable();
        let parts: f64 = product.factors.iter().copied().filter_map(place).map(|at| gain(at).max(0.0)).sum();
        let spread = replicates.spread.get(at).copied().unwrap_or(0.0) / evidence.beta[at].abs().max(1e-12);
        let margin = (2.0 * 1.96 * spread).min(1.0) * excess;
        out.push(HyperEdge {
            sources,
            target: evidence.target as u32,
            gain_joint: parts + excess,
            gain_parts: parts,
            ci_lo: excess - margin,
            ci_hi: excess + margin,
            stability,
            hits: 0,
            first_window: 0,
            last_window: 0,
        });
    }
    out
}

/// For each target and the columns selected for it: products, as linear columns, that what is left of it correlates with
/// beyond doubt, best first.
fn of_targets(rows: &Rows, questions: &[(usize, &[usize])], columns: Columns) -> Vec<Vec<Vec<usize>>> {
    let mut searches: Vec<Search> = questions.par_iter().map(|&(t, entered)| Search::new(rows, t, entered)).collect();
    let (pairs, triples) = (pairs(columns), Triples::count(columns));
    let ln_enter = |alpha: f64, looked_at: usize| (alpha / (looked_at * columns.vars).max(1) as f64).ln();
    let (ln_of_two, ln_of_three) = (ln_enter(ALPHA, pairs), ln_enter(ALPHA_OF_THREE, triples));
    for _ in 0..MAX_FOUND {
        // Twos first: they are fewer, and of independent factors none stands in for a product of three.
        let left: Vec<&mut Search> = searches
            .par_iter_mut()
            .filter(|search| !search.done)
            .filter_map(|search| {
                let two = strongest(rows, &search.basis.residual).map(|(a, b)| vec![a, b]);
                (!search.enter(rows, two, ln_of_two)).then_some(search)
            })
            .collect();
        match &rows.triples {
            Some(triples) if !left.is_empty() => {
                let residuals: Vec<&[f64]> = left.iter().map(|search| search.basis.residual.as_slice()).collect();
                let threes = triples.strongest(&residuals);
                left.into_par_iter().zip(threes).for_each(|(search, three)| {
                    search.done = !search.enter(rows, three, ln_of_three);
                });
            }
            _ => left.into_iter().for_each(|search| search.done = true),
        }
        if searches.iter().all(|search| search.done) {
            break;
        }
    }
    // Factors are the linear columns from lag 1 on.
    let as_columns = |of: Vec<usize>| of.into_iter().map(|factor| factor + columns.vars).collect();
    searches.into_iter().map(|search| search.found.into_iter().map(as_columns).collect()).collect()
}

/// The search for one target's products.
struct Search {
    basis: Basis,
    /// Products found, as factors.
    found: Vec<Vec<usize>>,
    done: bool,
}

impl Search {
    fn new(rows: &Rows, target: usize, entered: &[usize]) -> Self {
        let n = rows.all.nrows();
        let mut basis = Basis::new(rows.column(target));
        basis.enter(vec![1.0 / (n as f64).sqrt(); n]);
        for &column in entered {
            if let Some(direction) = basis.freed(rows.column(column)) {
                basis.enter(direction);
            }
        }
        Self { basis, found: Vec::new(), done: false }
    }

    /// Takes a product in if what is left of the target depends on it beyond chance.
    fn enter(&mut self, rows: &Rows, factors: Option<Vec<usize>>, ln_enter: f64) -> bool {
        let Some((factors, direction)) = enters(rows, &self.basis, factors, ln_enter) else { return false };
        self.basis.enter(direction);
        self.found.push(factors);
        true
    }
}

/// A product and its direction, if what is left of the target depends on it beyond chance.
fn enters(rows: &Rows, basis: &Basis, factors: Option<Vec<usize>>, ln_enter: f64) -> Option<(Vec<usize>, Vec<f64>)> {
    let factors = factors?;
    let direction = basis.freed(rows.product(&factors))?;
    let sum = dot(&basis.residual, &basis.residual);
    let drop = dot(&basis.residual, &direction).powi(2).min(sum * 0.999_999);
    let dof = (rows.all.nrows() as f64 - basis.directions.len() as f64 - 1.0).max(1.0);
    (ln_t2_sf(drop / (sum - drop).max(1e-12) * dof, dof) <= ln_enter).then_some((factors, direction))
}

/// The pair of factors of different variables whose product correlates most with a residual.
fn strongest(rows: &Rows, residual: &[f64]) -> Option<(usize, usize)> {
    let factors = rows.factors.ncols();
    let weights: Vec<f32> = residual.iter().map(|&v| v as f32).collect();
    let right = Dense::new(&rows.single, factors);
    let left = Weighted { rows: right, weights: &weights };
    let mut moments = vec![0.0; factors * factors];
    product::product(&left, &right, weights.len(), &mut moments, true);
    let sum = residual.iter().sum::<f64>() as f32;
    let mut best = (0.0, None);
    for a in 0..factors {
        let row = a * factors + a..(a + 1) * factors;
        let (moments, mean) = (&mut moments[row.clone()], &rows.mean[row.clone()]);
        for ((m, mean), scale) in moments.iter_mut().zip(mean).zip(&rows.per_variance[row]) {
            let covariance = *m - mean * sum;
            *m = covariance * covariance * scale;
        }
        let largest = moments.iter().copied().fold(0.0, f32::max);
        if largest > best.0 {
            best = (largest, moments.iter().position(|&m| m == largest).map(|at| (a, a + at)));
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};

    use super::{Columns, PaneRows, Rows, of_targets};
    use crate::compute::LaggedRows;

    /// Three variables at one lag, the first driven by `effect` times the product of the others.
    fn panes(effect: f64, rows: usize) -> (Vec<PaneRows>, Columns) {
        let columns = Columns::linear(3, 1);
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(7);
        let mut uniform = || (0..12).map(|_| rng.random_range(0.0..1.0)).sum::<f64>() - 6.0;
        let mut values = Vec::new();
        for _ in 0..rows {
            let lagged: Vec<f64> = (0..3).map(|_| uniform()).collect();
            let now = [uniform() + effect * lagged[1] * lagged[2], uniform(), uniform()];
            values.push(1.0);
            values.extend(now);
            values.extend(lagged);
            values.extend([0.0; 3]);
        }
        (vec![PaneRows { index: 0, first_row: 0, rows: LaggedRows { values, dim: columns.dim() } }], columns)
    }

    #[test]
    fn a_planted_product_is_found_and_nothing_else() {
        let (panes, columns) = panes(0.4, 600);
        let rows = Rows::from(&panes, 0, columns).unwrap();
        let found = of_targets(&rows, &[(0, &[3]), (1, &[4])], columns);
        assert_eq!(found, [vec![vec![4, 5]], vec![]]);
    }

    #[test]
    fn noise_has_no_products() {
        let (panes, columns) = panes(0.0, 600);
        let rows = Rows::from(&panes, 0, columns).unwrap();
        let found = of_targets(&rows, &[(0, &[3]), (1, &[4]), (2, &[5])], columns);
        assert!(found.iter().all(Vec::is_empty));
    }
}
