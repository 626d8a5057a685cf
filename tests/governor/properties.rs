//! In: any readings at all. Out: floors, cooldowns, recovery: what holds whatever the sensors say.

use std::collections::BTreeMap;

use proptest::prelude::*;
use scarcity_engine::governor::{Control, METRICS, Request};
use scarcity_engine::types::Readings;

use super::law::{act, config, idle, run};

const NAMES: [&str; 7] = ["cpu_util", "cpu_stall", "overload", "mem_util", "mem_headroom", "vram_util", "fps"];

/// Readings from healthy to absurd, or none.
fn any_reading() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![
        4 => (0.0..1.6_f64).prop_map(Some),
        1 => (0.0..100.0_f64).prop_map(Some),
        1 => Just(None),
        1 => prop_oneof![
            Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY), Just(-1.0), Just(1e300), Just(f64::MIN_POSITIVE), Just(0.0)
        ].prop_map(Some),
    ]
}

/// Runs of the same reading: a value must last for a rule to fire.
fn any_sets() -> impl Strategy<Value = Vec<Readings>> {
    let set = proptest::collection::vec(any_reading(), NAMES.len());
    proptest::collection::vec((set, 1..16_usize), 1..24).prop_map(|runs| {
        let of = |values: &[Option<f64>]| -> Readings {
            NAMES.iter().zip(values).filter_map(|(name, value)| Some(((*name).to_owned(), (*value)?))).collect()
        };
        runs.iter().flat_map(|(values, times)| std::iter::repeat_n(of(values), *times)).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn floors_cooldowns_and_one_action_per_subsystem_hold_for_any_readings(sets in any_sets()) {
        let mut control = Control::new(config());
        let mut moved: BTreeMap<String, (f64, bool)> = BTreeMap::new();
        let mut seen: BTreeMap<(String, u64), u32> = BTreeMap::new();
        for Request { key, decision } in run(&mut control, 0, &sets) {
            prop_assert!(decision.to >= 0.1 - 1e-9 && decision.to <= 1.0, "{decision:?}");
            prop_assert!(decision.to != decision.from, "{decision:?}");
            // No step is stronger than the rule's own.
            prop_assert!(decision.to >= 0.5 * decision.from - 1e-9, "{decision:?}");
            let up = decision.to > decision.from;
            if let Some((at_s, was_up)) = moved.insert(key.subsystem.clone(), (decision.t_s, up)) {
                prop_assert!(was_up == up || decision.t_s - at_s >= 2.0 - 1e-9, "opposite {at_s} {decision:?}");
            }
            let ticks = seen.entry((key.subsystem, decision.t_s.to_bits())).or_insert(0);
            *ticks += 1;
            prop_assert!(*ticks == 1, "two actions at once");
        }
    }

    #[test]
    fn whatever_happened_it_recovers_in_finite_time_at_zero_load(sets in any_sets()) {
        let mut control = Control::new(config());
        run(&mut control, 0, &sets);
        let quiet: Vec<Readings> = (0..4 * 180).map(idle).collect();
        run(&mut control, sets.len(), &quiet);
        for lever in control.state().levers {
            prop_assert!(lever.level == 1.0, "{lever:?}");
        }
    }

    #[test]
    fn no_garbage_panics_in_any_metric(values in proptest::collection::vec(proptest::num::f64::ANY, 60)) {
        let mut control = Control::new(config());
        for (tick, chunk) in values.chunks(3).enumerate() {
            let set = METRICS.iter().zip(chunk.iter().cycle()).map(|(m, v)| (m.name.to_owned(), *v)).collect();
            control.read(tick as f64 * 0.25, set);
            act(&mut control, tick as f64 * 0.25);
            control.telemetry();
        }
    }
}
