//! What the controller asks about: everything while it can, and otherwise better than chance or turns would.

use scarcity_engine::Config;
use scarcity_engine::mpie::{Controller, ControllerConfig};
use scarcity_engine::synth::{Mechanism, Noise, System, Term};
use scarcity_engine::types::{GenReason, Reward};

use super::planted::{discover, rows};

#[test]
fn the_bandit_keeps_to_its_budget_and_learns_where_links_are() {
    let config = ControllerConfig { budget: 60, ..ControllerConfig::default() };
    let mut controller = Controller::new(config, 40, 0);
    let good = |source: u32| source < 4;
    let mut hits = Vec::new();
    for _ in 0..400 {
        let asked = controller.propose(&[]);
        assert!(asked.len() <= 60);
        hits.push(asked.iter().filter(|c| good(c.root)).count() as f64 / asked.len() as f64);
        let rewards: Vec<Reward> = asked
            .iter()
            .map(|c| Reward {
                path_id: c.path_id,
                arm_key: (c.root, c.depth),
                value: if good(c.root) { 0.8 } else { -0.1 },
                latency_penalty: 0.0,
                diversity_bonus: 0.0,
                accepted: good(c.root),
            })
            .collect();
        controller.update(&rewards, 0.1);
    }
    let late = hits[300..].iter().sum::<f64>() / 100.0;
    println!("share of questions about the rewarding tenth of the roots: {late:.2}");
    assert!(late > 0.25, "{late}: chance is 0.10");
    let all = Controller::new(ControllerConfig::default(), 40, 0).propose(&[]);
    assert_eq!(all.len(), 40 * 39);
    assert!(all.iter().all(|c| c.gen_reason == GenReason::Exhaustive));
}

#[test]
fn beyond_its_budget_the_bandit_finds_more_than_chance_and_than_turns() {
    // Four hubs with nine followers each among 40 variables: 36 of 1,560 pairs, 80 questions per window.
    let own = (0..40).map(|v| Term { source: v, target: v, lag: 1, coef: 0.5 });
    let links = (0..36).map(|k| Term { source: k / 9, target: 4 + k, lag: 1 + k % 3, coef: 0.4 });
    let mechanism = Mechanism { terms: own.chain(links).collect(), hyperedges: Vec::new() };
    let found = |share_top: f64, share_diverse: f64| {
        (0..8)
            .map(|seed| {
                let names = (0..40).map(|v| format!("x{v}")).collect();
                let system = System::new(names, Noise::Gaussian, mechanism.clone());
                let (samples, truth) = rows(system, 1_300, seed + 40);
                let mut config = Config { seed, ..Config::default() };
                config.mpie.controller =
                    ControllerConfig { budget: 80, share_top, share_diverse, ..ControllerConfig::default() };
                config.mpie.encoder.scores = false;
                config.mpie.evaluator.refresh_growth = 0.0;
                let edges = discover(&samples, 3, &config).1.pop().unwrap().edges.clone();
                let planted = |s: u32, t: u32| truth.edges.iter().any(|e| (e.source, e.target) == (s, t));
                edges.iter().filter(|e| planted(e.link.key.source, e.link.key.target)).count()
            })
            .sum::<usize>()
    };
    let ControllerConfig { share_top, share_diverse, .. } = ControllerConfig::default();
    let (bandit, chance, turns) = (found(share_top, share_diverse), found(0.0, 0.0), found(0.0, 1.0));
    println!("of 288 planted pairs: bandit {bandit}, at random {chance}, in turn {turns}");
    assert!(bandit as f64 > 1.1 * chance.max(turns) as f64, "{bandit}, {chance}, {turns}");
}
