//! In: the kept rows of a wide stream and its shortlists. Out: products of two lagged variables that move a target: proposed
//! by sketches of squares, confirmed by regressions on every kept row and in every bootstrap replicate.
//!
//! There are too many products to look at each: with 1,000 variables and 3 lags 4.5 million for every target, and in one
//! tensor sketch of them all the others would drown any single one. But `y = a·u·v + …` varies more where `u²` is large,
//! whatever `v` is: second-degree sketches, of squares, find the factors one by one, as screening finds linear sources.
//! What is left is a few hundred products per target, which exact moments rank at less than a tensor sketch would cost.

use rayon::prelude::*;

use crate::compute::score::{Score, Scored};
use crate::compute::screen::Hit;
use crate::compute::{Compute, Precision, WeightedGram};
use crate::types::HyperEdge;

use super::bootstrap::whole_and_replicates;
use super::kept::KeptRows;
use super::shortlist::BLOCK_ROWS;
use super::tails::ln_t2_sf;
use super::wide_rest::{Rest, dot};
use super::wide_squares::{BY_SQUARES, Column, Rows, by_squares};

/// Factors of a target out of its shortlist.
const BY_VALUES: usize = 8;
/// Own lags of the target among the factors, and in the base of a regression.
pub(super) const OWN: usize = 3;
/// Products confirmed per target at most.
pub(super) const MOST: usize = 4;
/// Fewest rows from which a product can be told from noise.
const MIN_ROWS: usize = 256;
/// Chance of one false product among all targets and products.
const ALPHA: f64 = 0.05;
/// Share of replicates that must agree.
const STABLE: f32 = 0.8;
/// Products scored together.
const TOGETHER: usize = 256;

/// A product that a target's rows propose.
#[derive(Debug, Clone, Copy)]
struct Proposed {
    target: usize,
    factors: [Column; 2],
}

/// Products that move their targets beyond doubt, as joint causes. `asked` are the sources that screening proposes for each
/// target by values.
pub fn search(
    kept: &KeptRows,
    asked: &[Vec<Column>],
    max_lag: usize,
    (n_resamples, seed): (usize, u64),
    precision: Precision,
    device: &mut dyn Compute,
) -> Vec<HyperEdge> {
    let vars = asked.len();
    if vars < 2 || kept.rows() < MIN_ROWS + max_lag {
        return Vec::new();
    }
    let rows = Rows::of(kept, vars, max_lag);
    let hits = by_squares(&rows, kept, vars, seed as u32, precision, device);
    let lagged = (vars * max_lag) as f64;
    let looked_at = lagged * (lagged - max_lag as f64) / 2.0 * vars as f64;
    let ln_enter = (ALPHA / looked_at.max(1.0)).ln();
    let proposed: Vec<Proposed> = asked
        .par_iter()
        .zip(hits.par_chunks_exact(BY_SQUARES))
        .enumerate()
        .flat_map_iter(|(target, (asked, hits))| {
            let mut factors: Vec<Column> = (1..=max_lag.min(OWN)).map(|lag| (target, lag)).collect();
            let by_squares = hits.iter().filter(|h| h.source != Hit::NONE);
            let by_squares = by_squares.map(|h| (h.source as usize % vars, h.source as usize / vars + 1));
            for column in by_squares.chain(asked.iter().copied().take(BY_VALUES)) {
                if !factors.contains(&column) {
                    factors.push(column);
                }
            }
            best_products(&rows, target, &factors, ln_enter)
        })
        .collect();
    proposed.chunks(TOGETHER).flat_map(|some| confirm(&rows, some, (n_resamples, seed), ln_enter, device)).collect()
}

/// The products of two factors that go best with what a target's own past and the products before leave of it, each beyond
/// doubt.
fn best_products(rows: &Rows, target: usize, factors: &[Column], ln_enter: f64) -> Vec<Proposed> {
    let mut rest = Rest::of(rows, target);
    let n = rows.sound().iter().sum::<f32>();
    let mut found: Vec<Proposed> = Vec::new();
    let mut product = vec![0.0f32; rows.len()];
    while found.len() < MOST {
        let whole = dot(&rest.left, &rest.left);
        let mut best: (f32, Option<[Column; 2]>) = (0.0, None);
        for (at, &a) in factors.iter().enumerate() {
            for &b in factors[at + 1..].iter().filter(|b| b.0 != a.0) {
                multiply(rows, [a, b], &mut product);
                let (sum, squares) = (dot(&product, rows.sound()), dot(&product, &product));
                // What is left has mean zero: the product's own mean cancels.
                let covariance = dot(&product, &rest.left);
                let share = covariance * covariance / ((squares - sum * sum / n) * whole).max(f32::MIN_POSITIVE);
                if share > best.0 {
                    best = (share, Some([a, b]));
                }
            }
        }
        let Some(mut of) = best.1 else { break };
        multiply(rows, of, &mut product);
        // Freed of what is known already, it explains no less of what that leaves.
        let share = f64::from(rest.enter(rows, product.clone())).min(0.999_999);
        let dof = f64::from(n) - rest.basis.len() as f64 - 1.0;
        if ln_t2_sf(share / (1.0 - share) * dof, dof) > ln_enter {
            break;
        }
        of.sort_unstable();
        found.push(Proposed { target, factors: of });
    }
    found
}

/// The product of two factors, 0 in rows that do not count.
fn multiply(rows: &Rows, [a, b]: [Column; 2], out: &mut [f32]) {
    let cells = rows.column(a).iter().zip(rows.column(b)).zip(rows.sound());
    out.iter_mut().zip(cells).for_each(|(out, ((a, b), sound))| *out = a * b * sound);
}

/// Those of the proposed whose product adds to its factors on all rows and in most replicates.
fn confirm(
    rows: &Rows,
    proposed: &[Proposed],
    (n_resamples, seed): (usize, u64),
    ln_enter: f64,
    device: &mut dyn Compute,
) -> Vec<HyperEdge> {
    let own = rows.max_lag.min(OWN);
    // Own lags, both factors, their product, the target.
    let vars = own + 4;
    let count = rows.len() / BLOCK_ROWS * BLOCK_ROWS;
    let blocks = count / BLOCK_ROWS;
    let skip = rows.len() - count;
    let mut series = vec![0.0f32; proposed.len() * count * vars];
    series.par_chunks_exact_mut(count * vars).zip(proposed).for_each(|(series, of)| {
        let [a, b] = of.factors.map(|factor| &rows.column(factor)[skip..]);
        let own = (1..=own).map(|lag| &rows.column((of.target, lag))[skip..]);
        let columns: Vec<&[f32]> = own.chain([a, b]).collect();
        let now = &rows.column((of.target, 0))[skip..];
        for (t, row) in series.chunks_exact_mut(vars).enumerate() {
            row.iter_mut().zip(&columns).for_each(|(cell, column)| *cell = column[t]);
            row[vars - 2] = a[t] * b[t];
            row[vars - 1] = now[t];
        }
    });
    let sound = &rows.sound()[skip..];
    let gram = WeightedGram {
        series: &series,
        vars,
        lags: 1,
        constant: true,
        block_rows: BLOCK_ROWS,
        weights: &sound.repeat(proposed.len()),
    };
    let moments = device.weighted_gram(&gram);
    let weights = whole_and_replicates(seed, n_resamples, blocks);
    // What these columns add to those before them, once per proposal.
    let mut asked = |base: &[usize], entering: &[usize]| -> Vec<Scored> {
        let question: Vec<u32> = base.iter().chain(entering).chain([&vars]).map(|&c| c as u32).collect();
        device.score(&Score {
            moments: &moments,
            columns: gram.columns(),
            weights: &weights,
            blocks,
            base: base.len(),
            entering: entering.len(),
            questions: &question.repeat(proposed.len()),
            floor: 3.84 / sound.iter().sum::<f32>().max(4.0),
        })
    };
    let past: Vec<usize> = (0..=own).collect();
    let [a, b, product] = [own + 1, own + 2, own + 3];
    let by_past = asked(&[0], &past[1..]);
    let alone = [asked(&past, &[a]), asked(&past, &[b])];
    let together = asked(&past, &[a, b, product]);
    let with_both: Vec<usize> = past.iter().copied().chain([a, b]).collect();
    let added = asked(&with_both, &[product]);
    let dof = f64::from(sound.iter().sum::<f32>()) - vars as f64;
    // Less what chance adds to a fit of so many columns.
    let fair = |scored: &Scored, columns: f64| {
        let gain = f64::from(scored.gain);
        gain - (1.0 - gain) * columns / dof
    };
    proposed
        .iter()
        .enumerate()
        .filter_map(|(at, of)| {
            let excess = f64::from(added[at].gain).min(0.999_999);
            let sure = ln_t2_sf(excess / (1.0 - excess) * dof, dof) < ln_enter;
            if !sure || added[at].stability < STABLE {
                return None;
            }
            let past_leaves = 1.0 - f64::from(by_past[at].gain);
            let joint = past_leaves * fair(&together[at], 3.0);
            let parts = past_leaves * alone.iter().map(|alone| fair(&alone[at], 1.0).max(0.0)).sum::<f64>();
            let margin = 1.96 * past_leaves * f64::from(added[at].spread);
            (joint > parts).then(|| HyperEdge {
                sources: of.factors.iter().map(|&(var, lag)| (var as u32, lag as u32)).collect(),
                target: of.target as u32,
                gain_joint: joint,
                gain_parts: parts,
                ci_lo: joint - parts - margin,
                ci_hi: joint - parts + margin,
                stability: f64::from(added[at].stability),
                hits: 0,
                first_window: 0,
                last_window: 0,
            })
        })
        .filter(|found| found.ci_lo > 0.0)
        .collect()
}
