//! In: rules in TOML. Out: defaults filled in as documented, and a sentence for each that makes no sense.

use scarcity_engine::governor::{Direction, Policies};
use scarcity_engine::types::Action;
use scarcity_engine::{Config, Error};

fn load(rules: &str) -> Result<Config, Error> {
    Config::load(None, &[format!("governor.policies.{rules}")])
}

#[test]
fn a_short_rule_gets_the_documented_rest() {
    let config = load("mpie=[{metric=\"cpu_util\", threshold=0.7, action=\"reduce_batch\"}]").unwrap();
    let rule = &config.governor.policies.mpie[0];
    assert!((rule.clear_threshold - 0.6).abs() < 1e-12 && rule.direction == Direction::Above);
    assert_eq!((rule.factor, rule.cooldown_s, rule.hold_s, rule.floor, rule.priority), (0.5, 2.0, 0.5, 0.1, 0));
    assert!(rule.guard.is_empty() && rule.recover_action == Action::ScaleUp);
    let below = load("simulation=[{metric=\"fps\", threshold=30, action=\"increase_lod\", direction=\"<\"}]").unwrap();
    assert_eq!(below.governor.policies.simulation[0].clear_threshold, 33.0);
}

#[test]
fn what_makes_no_sense_is_refused_with_what_would() {
    for (rules, parts) in [
        (
            "mpie=[{metric=\"cpu\", threshold=1, action=\"reduce_batch\"}]",
            ["\"cpu\" is not a known metric", "cpu_util, "],
        ),
        (
            "mpie=[{metric=\"cpu_util\", threshold=1, action=\"flush_cache\"}]",
            ["does not know the action", "reduce_batch"],
        ),
        ("memory=[{metric=\"mem_util\", threshold=1, action=\"explode\"}]", ["explode", "flush_cache"]),
        (
            "memory=[{metric=\"mem_util\", threshold=1, action=\"flush_cache\", clear_threshold=2}]",
            ["quiet side", "mem_util"],
        ),
        ("memory=[{metric=\"mem_util\", threshold=1, action=\"flush_cache\", floor=0}]", ["`floor`", "above 0"]),
        ("memory=[{metric=\"mem_util\", threshold=1, action=\"flush_cache\", speed=0}]", ["speed", "cooldown_s"]),
        (
            "memory=[{metric=\"mem_util\", threshold=1, action=\"flush_cache\", guard=[{metric=\"x\", threshold=1}]}]",
            ["\"x\"", "mem_headroom"],
        ),
        (
            "memory=[{metric=\"mem_util\", threshold=1, action=\"flush_cache\", recover_action=\"flush_cache\"}]",
            ["recover_action", "scale_up"],
        ),
    ] {
        let message = load(rules).expect_err(rules).to_string();
        for part in parts {
            assert!(message.contains(part), "{part:?} is not in: {message}");
        }
    }
    assert!(load("mpie=[{metric=\"gpu3.vram_util\", threshold=0.9, action=\"reduce_batch\"}]").is_ok());
}

#[test]
fn presets_are_valid_and_memory_keeps_only_what_protects_it() {
    for name in Policies::PRESETS {
        let mut faults = Vec::new();
        Policies::preset(name).unwrap().check(&mut faults);
        assert_eq!(faults, Vec::<String>::new(), "{name}");
    }
    let memory = Policies::preset("memory").unwrap();
    assert!(memory.mpie.is_empty() && memory.federation.is_empty());
    assert!(!memory.memory.is_empty() && memory.simulation.len() == 1);
    assert!(Policies::preset("off").unwrap().by_subsystem().iter().all(|(_, rules)| rules.is_empty()));
    assert!(Policies::preset("turbo").is_none());
}
