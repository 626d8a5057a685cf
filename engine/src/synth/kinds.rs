//! In: sizes and a seed. Out: planted systems of four kinds: lagged, regime-switching, same-time, joint causes.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::types::TruthHyperEdge;

use super::system::{growth, stabilise};
use super::{Mechanism, System, Term};

/// Growth rate above which a drawn system is drawn again: closer to 1 its values wander too slowly to learn from.
const GROWTH_LIMIT: f64 = 0.95;

/// Shape of the noise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Noise {
    /// Normal.
    #[default]
    Gaussian,
    /// Laplace: heavy tails.
    Laplace,
}

/// What a linear vector autoregression should look like.
#[derive(Debug, Clone, PartialEq)]
pub struct VarSpec {
    /// Number of variables.
    pub vars: u32,
    /// Largest lag.
    pub max_lag: u32,
    /// Links per variable, on average.
    pub links_per_var: f64,
    /// Range of the size of a link's coefficient; the sign is drawn.
    pub coef: std::ops::Range<f64>,
    /// Range of a variable's dependence on its own last value.
    pub own: std::ops::Range<f64>,
    /// Shape of the noise.
    pub noise: Noise,
}

impl Default for VarSpec {
    fn default() -> Self {
        Self { vars: 10, max_lag: 3, links_per_var: 1.6, coef: 0.25..0.55, own: 0.2..0.6, noise: Noise::Gaussian }
    }
}

impl VarSpec {
    /// A stable system with these properties; the same seed gives the same system.
    pub fn build(&self, seed: u64) -> System {
        System::new(names(self.vars), self.noise, self.mechanism(&mut ChaCha8Rng::seed_from_u64(seed)))
    }

    fn mechanism(&self, rng: &mut ChaCha8Rng) -> Mechanism {
        let mut mechanism = self.draw(rng);
        for _ in 0..20 {
            if growth(self.vars as usize, &mechanism) <= GROWTH_LIMIT {
                return mechanism;
            }
            mechanism = self.draw(rng);
        }
        stabilise(self.vars as usize, &mut mechanism, GROWTH_LIMIT);
        mechanism
    }

    fn draw(&self, rng: &mut ChaCha8Rng) -> Mechanism {
        let mut terms = self.own_terms(rng);
        let mut pairs = ordered_pairs(self.vars);
        pairs.shuffle(rng);
        let links = ((f64::from(self.vars) * self.links_per_var).round() as usize).min(pairs.len());
        terms.extend(pairs[..links].iter().map(|&pair| self.link(pair, rng)));
        Mechanism { terms, hyperedges: Vec::new() }
    }

    fn own_terms(&self, rng: &mut ChaCha8Rng) -> Vec<Term> {
        (0..self.vars)
            .map(|v| Term { source: v, target: v, lag: 1, coef: rng.random_range(self.own.clone()) })
            .collect()
    }

    fn link(&self, (source, target): (u32, u32), rng: &mut ChaCha8Rng) -> Term {
        let lag = rng.random_range(1..=self.max_lag.max(1));
        Term { source, target, lag, coef: self.coefficient(rng) }
    }

    fn coefficient(&self, rng: &mut ChaCha8Rng) -> f64 {
        let size = rng.random_range(self.coef.clone());
        if rng.random::<bool>() { size } else { -size }
    }
}

/// Three regimes of `regime_rows` rows each, in turn: each drops a quarter of the links before it, turns the sign of
/// another quarter, and brings as many new ones as it dropped.
pub fn regimes(spec: &VarSpec, regime_rows: u64, seed: u64) -> System {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut system = System::new(names(spec.vars), spec.noise, spec.mechanism(&mut rng));
    for _ in 1..3 {
        let before = &system.regimes[system.regimes.len() - 1];
        let mut next = changed(spec, before, &mut rng);
        for _ in 0..20 {
            if growth(spec.vars as usize, &next) <= GROWTH_LIMIT {
                break;
            }
            next = changed(spec, before, &mut rng);
        }
        stabilise(spec.vars as usize, &mut next, GROWTH_LIMIT);
        system.regimes.push(next);
    }
    system.regime_rows = Some(regime_rows.max(1));
    system
}

fn changed(spec: &VarSpec, before: &Mechanism, rng: &mut ChaCha8Rng) -> Mechanism {
    let (own, mut links): (Vec<Term>, Vec<Term>) = before.terms.iter().partition(|t| t.source == t.target);
    let taken: Vec<_> = links.iter().map(|t| (t.source, t.target)).collect();
    links.shuffle(rng);
    let quarter = links.len().div_ceil(4);
    links.truncate(links.len() - quarter);
    links.iter_mut().take(quarter).for_each(|t| t.coef = -t.coef);
    let mut free: Vec<_> = ordered_pairs(spec.vars).into_iter().filter(|p| !taken.contains(p)).collect();
    free.shuffle(rng);
    links.extend(free.into_iter().take(quarter).map(|pair| spec.link(pair, rng)));
    Mechanism { terms: own.into_iter().chain(links).collect(), hyperedges: Vec::new() }
}

/// Lagged links plus about half a same-time link per variable, without cycles within a row.
pub fn contemporaneous(spec: &VarSpec, seed: u64) -> System {
    let spec = VarSpec { links_per_var: spec.links_per_var * 0.6, ..spec.clone() };
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut mechanism = spec.mechanism(&mut rng);
    for _ in 0..20 {
        let mut rank: Vec<u32> = (0..spec.vars).collect();
        rank.shuffle(&mut rng);
        // A pair is linked either with a lag or within the row, so that each planted effect has one place.
        let taken: Vec<_> = mechanism.terms.iter().map(|t| (t.source, t.target)).collect();
        let forward = |&(s, t): &(u32, u32)| rank[s as usize] < rank[t as usize];
        let free = |&(s, t): &(u32, u32)| !taken.contains(&(s, t)) && !taken.contains(&(t, s));
        let mut pairs: Vec<_> = ordered_pairs(spec.vars).into_iter().filter(forward).filter(free).collect();
        pairs.shuffle(&mut rng);
        pairs.truncate((spec.vars as usize).div_ceil(2));
        let mut with = mechanism.clone();
        for (source, target) in pairs {
            with.terms.push(Term { source, target, lag: 0, coef: spec.coefficient(&mut rng) });
        }
        if growth(spec.vars as usize, &with) <= GROWTH_LIMIT {
            mechanism = with;
            break;
        }
        mechanism = spec.mechanism(&mut rng);
    }
    System::new(names(spec.vars), spec.noise, mechanism)
}

/// Groups of four: a driver moves two followers alike, and the target feels only their difference. Each follower
/// alone explains a few percent of the target, because most of what it shows is the driver; both together explain
/// most of it. Linear methods can see it, pairwise ones cannot. Variables left over have only their own past.
pub fn hyper(vars: u32, seed: u64) -> System {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut mechanism = Mechanism::default();
    let mut labels = Vec::new();
    let mut noise_sd = vec![1.0; vars as usize];
    for group in 0..vars / 4 {
        let [driver, left, right, target] = [0, 1, 2, 3].map(|k| group * 4 + k);
        let pull = rng.random_range(1.3..1.7);
        let difference = rng.random_range(0.9..1.2);
        let mut term = |source, target, coef| mechanism.terms.push(Term { source, target, lag: 1, coef });
        term(driver, left, pull);
        term(driver, right, pull);
        term(left, target, difference);
        term(right, target, -difference);
        term(target, target, 0.3);
        for follower in [left, right, target] {
            noise_sd[follower as usize] = 0.5;
        }
        mechanism.hyperedges.push(TruthHyperEdge { sources: vec![(left, 1), (right, 1)], target });
        labels.extend(["driver", "left", "right", "target"].map(|role| format!("{role}{group}")));
    }
    for extra in vars / 4 * 4..vars {
        mechanism.terms.push(Term { source: extra, target: extra, lag: 1, coef: rng.random_range(0.2..0.6) });
        labels.push(format!("alone{extra}"));
    }
    System { noise_sd, ..System::new(labels, Noise::Gaussian, mechanism) }
}

fn names(vars: u32) -> Vec<String> {
    (0..vars).map(|v| format!("x{v}")).collect()
}

fn ordered_pairs(vars: u32) -> Vec<(u32, u32)> {
    (0..vars).flat_map(|s| (0..vars).filter(move |&t| t != s).map(move |t| (s, t))).collect()
}
