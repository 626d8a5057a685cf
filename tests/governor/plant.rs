//! In: the simulated plant. Out: whether the governor meets its targets on it, and beats what it is compared with.

use scarcity_engine::governor::plant::{Controller, Stimulus, compare};

/// The bench runs thirty; the worst of them is no rarity that ten would miss.
const SEEDS: u64 = 10;

#[test]
fn a_healthy_machine_is_never_touched() {
    for stimulus in Stimulus::ALL.into_iter().filter(|s| s.is_healthy()) {
        let summary = compare(stimulus, "governor", SEEDS).unwrap();
        assert_eq!(summary.most_actions, 0, "{}", stimulus.name());
        assert!(summary.kept_during > 0.999, "{}: {summary:?}", stimulus.name());
    }
}

#[test]
fn a_step_is_met_within_every_target() {
    let s = compare(Stimulus::Step, "governor", SEEDS).unwrap();
    assert!(s.kept_during >= 0.85 && s.kept_after >= 0.99, "{s:?}");
    assert!(s.settle_s <= 6.0 && s.reversals <= 4.0 && s.violation_s <= 3.0, "{s:?}");
}

#[test]
fn late_sensors_and_actuators_that_fail_are_borne() {
    let late = compare(Stimulus::SensorLag, "governor", SEEDS).unwrap();
    assert!(late.violation_s <= 8.0 && late.kept_during >= 0.85 && late.kept_after >= 0.99, "{late:?}");
    // Fifteen seconds in which nothing can be done, and the queue they leave.
    let failing = compare(Stimulus::ActuatorFailure, "governor", SEEDS).unwrap();
    assert!(failing.violation_s <= 20.0 && failing.kept_after >= 0.99, "{failing:?}");
}

#[test]
fn it_recovers_from_every_stimulus_in_every_run() {
    for stimulus in Stimulus::ALL {
        let summary = compare(stimulus, "governor", SEEDS).unwrap();
        assert_eq!(summary.recovered, 1.0, "{}: {summary:?}", stimulus.name());
    }
}

#[test]
fn it_costs_less_than_every_baseline_but_the_oracle() {
    let cost = |name: &str| -> f64 { Stimulus::ALL.iter().map(|s| compare(*s, name, 3).unwrap().cost()).sum() };
    let own = cost("governor");
    for name in Controller::NAMES.into_iter().filter(|name| *name != "governor") {
        let other = cost(name);
        assert!(if name == "oracle" { other < own } else { own < other }, "{name}: {other}, the governor: {own}");
    }
}

#[test]
fn the_literal_rules_never_give_back() {
    let s = compare(Stimulus::Step, "literal", SEEDS).unwrap();
    assert!(s.recovered == 0.0 && s.kept_after < 0.2, "{s:?}");
}
