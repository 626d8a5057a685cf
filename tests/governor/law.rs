//! In: readings of one situation. Out: what the law makes of it: priorities, dead sensors, people, other rules.

use scarcity_engine::governor::{Control, DrgConfig, LatencyScope, LeverKey, Policies, Request};
use scarcity_engine::types::{Action, DecisionOrigin, DecisionOutcome, Readings};

pub fn config() -> DrgConfig {
    DrgConfig { latency: LatencyScope::Always, ..DrgConfig::default() }
}

fn readings(values: &[(&str, f64)]) -> Readings {
    values.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

/// Everything at rest.
pub fn idle(tick: usize) -> Readings {
    // A machine at rest still hums: readings that stand still to the last bit would be taken for a dead sensor.
    let hum = 1e-3 * (tick as f64 * 0.7).sin();
    readings(&[
        ("cpu_util", 0.05 + hum),
        ("cpu_self", 0.01),
        ("cpu_stall", 0.002 + hum.abs()),
        ("overload", 0.01 + hum.abs()),
        ("mem_util", 0.3),
        ("mem_headroom", 50.0),
        ("vram_util", 0.1),
        ("fps", 60.0),
        ("latency_ms", 10.0),
    ])
}

fn overloaded(tick: usize) -> Readings {
    let hum = 1e-3 * (tick as f64 * 0.7).sin();
    readings(&[("cpu_util", 0.99 + hum), ("cpu_self", 0.5), ("cpu_stall", 0.5 + hum), ("overload", 1.4 + hum)])
}

pub fn act(control: &mut Control, t_s: f64) -> Vec<Request> {
    let requests = control.decide(t_s);
    for request in &requests {
        control.carried_out(request, &DecisionOutcome::Acted(String::new()));
    }
    requests
}

/// Runs sets of readings, one per quarter of a second, from `first` on.
pub fn run(control: &mut Control, first: usize, sets: &[Readings]) -> Vec<Request> {
    let mut all = Vec::new();
    for (tick, set) in (first..).zip(sets) {
        let t_s = tick as f64 * 0.25;
        control.read(t_s, set.clone());
        if tick % 2 == 0 {
            all.extend(act(control, t_s));
        }
    }
    all
}

#[test]
fn use_without_harm_is_left_alone() {
    let mut control = Control::new(config());
    let busy: Vec<Readings> = (0..2000)
        .map(|tick| {
            let hum = 0.02 * (tick as f64 * 0.9).sin();
            readings(&[
                ("cpu_util", 0.97 + hum),
                ("cpu_stall", 0.05 + hum.abs()),
                ("overload", 0.9 + hum),
                ("mem_util", 0.95),
                ("mem_headroom", 4.0),
            ])
        })
        .collect();
    assert_eq!(run(&mut control, 0, &busy), []);
}

#[test]
fn a_reading_that_is_missing_is_not_zero() {
    let mut control = Control::new(config());
    // As the specification reads it, no frames per second is fewer than 25.
    let headless: Vec<Readings> = (0..200).map(|_| readings(&[("cpu_util", 0.5)])).collect();
    assert_eq!(run(&mut control, 0, &headless), []);
    let state = control.state();
    let fps = state.rules.iter().find(|r| r.subsystem == "simulation" && r.index == 1).unwrap();
    assert_eq!(fps.inactive_ticks, 100, "{fps:?}");
}

#[test]
fn nothing_but_memory_is_touched_in_the_first_seconds() {
    let both = |tick| {
        let mut set = overloaded(tick);
        set.extend(readings(&[("mem_util", 0.97), ("mem_headroom", 0.1)]));
        set
    };
    let mut control = Control::new(config());
    let requests = run(&mut control, 0, &(0..8).map(both).collect::<Vec<_>>());
    assert!(!requests.is_empty() && requests.iter().all(|r| r.key.subsystem == "memory"), "{requests:?}");
}

#[test]
fn memory_comes_first_and_both_are_served() {
    let both = |tick| {
        let mut set = overloaded(tick);
        set.extend(readings(&[("mem_util", 0.97), ("mem_headroom", 0.1)]));
        set
    };
    let mut control = Control::new(DrgConfig { grace_s: 0.0, ..config() });
    let requests = run(&mut control, 0, &(0..12).map(both).collect::<Vec<_>>());
    assert_eq!(requests[0].key, LeverKey::new("memory", Action::FlushCache));
    assert!(requests.iter().any(|r| r.key.subsystem == "mpie"), "{requests:?}");
}

#[test]
fn a_dead_sensor_is_held_and_then_let_go() {
    let mut control = Control::new(config());
    run(&mut control, 0, &(0..40).map(overloaded).collect::<Vec<_>>());
    let key = LeverKey::new("mpie", Action::ReduceBatch);
    let low = control.level(&key);
    assert!(low < 1.0);
    // The same to the last bit, for a minute and a half.
    let frozen: Vec<Readings> = (0..4 * 90).map(|_| overloaded(39)).collect();
    let requests = run(&mut control, 40, &frozen);
    let blind: Vec<&Request> = requests.iter().filter(|r| r.decision.origin == DecisionOrigin::Blind).collect();
    assert!(blind.iter().all(|r| r.decision.t_s > 10.0 + 30.0), "held for half a minute first: {blind:?}");
    assert_eq!(control.level(&key), 1.0, "a governor that sees nothing must not throttle for ever");
}

#[test]
fn stuck_at_the_floor_it_tries_a_step_back_now_and_then() {
    let mut control = Control::new(config());
    let requests = run(&mut control, 0, &(0..4 * 120).map(overloaded).collect::<Vec<_>>());
    let probes = requests.iter().filter(|r| r.decision.origin == DecisionOrigin::Probe).count();
    assert!((1..=8).contains(&probes), "{probes} probes in two minutes");
}

#[test]
fn what_could_not_be_done_leaves_the_lever_where_it_was() {
    let mut control = Control::new(config());
    let mut asked = 0;
    for tick in 0..160 {
        control.read(tick as f64 * 0.25, overloaded(tick));
        if tick % 2 == 0 {
            for request in control.decide(tick as f64 * 0.25) {
                asked += 1;
                control.carried_out(&request, &DecisionOutcome::Failed("no".to_owned()));
            }
        }
    }
    assert_eq!(control.level(&LeverKey::new("mpie", Action::ReduceBatch)), 1.0);
    assert!((3..=12).contains(&asked), "asked {asked} times in 40 s: again, but less and less often");
}

#[test]
fn memory_is_acted_on_at_its_first_reading() {
    let mut control = Control::new(config());
    let plenty = readings(&[("mem_util", 0.6), ("mem_headroom", 4.0)]);
    let short = readings(&[("mem_util", 0.95), ("mem_headroom", 0.2)]);
    run(&mut control, 0, &vec![plenty.clone(); 8]);
    assert!(control.would_relieve(2.0, &short) && !control.would_relieve(2.0, &plenty));
    control.read(2.0, short.clone());
    let requests = act(&mut control, 2.0);
    assert_eq!(requests.len(), 1, "{requests:?}");
    assert!(!control.would_relieve(2.05, &short), "what has just been asked is waited for");
}

#[test]
fn news_from_before_a_step_is_not_acted_on_twice() {
    // Load as it is at the level now, told 1.5 s late; the step itself shows after a second.
    let mut control = Control::new(config());
    let key = LeverKey::new("mpie", Action::ReduceBatch);
    let mut levels = vec![1.0; 11];
    let mut steps_down = 0;
    for tick in 0..120_usize {
        let t_s = tick as f64 * 0.25;
        levels.push(control.level(&key));
        let hum = 2e-3 * (tick as f64 * 0.7).sin();
        let load = 1.3 * levels[levels.len() - 11] + hum;
        let late =
            [("cpu_util", 0.99 + hum), ("cpu_self", 0.5), ("cpu_stall", 0.5 + hum), ("load", load), ("overload", load)];
        control.read(t_s, readings(&late));
        if tick % 2 == 0 {
            let requests = act(&mut control, t_s);
            steps_down += requests.iter().filter(|r| r.key == key && r.decision.to < r.decision.from).count();
        }
    }
    assert!(steps_down <= 2, "{steps_down} steps down for one overload of 1.3");
    assert!(control.level(&key) > 0.6, "{}", control.level(&key));
}

#[test]
fn what_was_let_back_in_too_soon_is_let_back_in_later_the_next_time() {
    // Others hold so much that the caches fit only until they are full again.
    let mut control = Control::new(config());
    let key = LeverKey::new("memory", Action::FlushCache);
    let (mut own, mut ups) = (0.4, Vec::new());
    for tick in 0..4 * 1_500_usize {
        let t_s = tick as f64 * 0.25;
        // Dropped at once, grown again within 40 s.
        own = if control.level(&key) < 1.0 { 0.05 } else { f64::min(own + 0.35 / 160.0, 0.4) };
        let used = 0.58 + own;
        let set = [("mem_util", used), ("mem_self", own), ("mem_headroom", (1.0 - used) / own)];
        control.read(t_s, readings(&set));
        if tick % 2 == 0 {
            ups.extend(act(&mut control, t_s).iter().filter(|r| r.decision.to > r.decision.from).map(|_| t_s));
        }
    }
    let waits: Vec<f64> = ups.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(waits.len() >= 2, "it tries again: {ups:?}");
    assert!(waits[1] > 1.5 * waits[0], "less and less often: {waits:?}");
}

#[test]
fn where_judging_less_does_not_help_judging_is_made_cheaper() {
    let mut control = Control::new(DrgConfig { policies: Policies::preset("latency").unwrap(), ..config() });
    let requests = run(&mut control, 0, &(0..4 * 30).map(overloaded).collect::<Vec<_>>());
    let first = |action: Action| requests.iter().find(|r| r.key.action == action).map(|r| r.decision.t_s);
    let (less, cheaper) = (first(Action::ReduceBatch).unwrap(), first(Action::ScaleDown).unwrap());
    assert!(cheaper >= less + 4.0, "{less} {cheaper}");
}

#[test]
fn a_person_outranks_the_rules() {
    let mut control = Control::new(config());
    run(&mut control, 0, &(0..24).map(overloaded).collect::<Vec<_>>());
    let key = LeverKey::new("mpie", Action::ReduceBatch);
    let low = control.level(&key);
    assert!(low < 1.0);
    let request = control.undo(6.0).unwrap();
    control.carried_out(&request, &DecisionOutcome::Acted(String::new()));
    assert_eq!(request.decision.origin, DecisionOrigin::Person);
    assert!(control.level(&key) > low);
    let raised = control.level(&key);
    run(&mut control, 24, &(24..200).map(overloaded).collect::<Vec<_>>());
    assert_eq!(control.level(&key), raised, "what a person undid is left alone for a minute");
    let request = control.pin(50.0, &key, 0.3).unwrap();
    control.carried_out(&request, &DecisionOutcome::Acted(String::new()));
    run(&mut control, 200, &(0..400).map(idle).collect::<Vec<_>>());
    assert_eq!(control.level(&key), 0.3);
    assert!(control.unpin(&key) && !control.unpin(&key));
    run(&mut control, 600, &(0..400).map(idle).collect::<Vec<_>>());
    assert_eq!(control.level(&key), 1.0);
}

#[test]
fn rules_can_be_changed_while_it_runs_and_bad_ones_are_refused() {
    let mut control = Control::new(config());
    run(&mut control, 0, &(0..24).map(overloaded).collect::<Vec<_>>());
    let key = LeverKey::new("mpie", Action::ReduceBatch);
    let low = control.level(&key);
    let mut bad = Policies::default();
    bad.mpie[0].metric = "cpu_utils".to_owned();
    let faults = control.set_policies(6.0, bad).unwrap_err();
    assert!(faults[0].contains("cpu_utils") && faults[0].contains("cpu_util, "), "{faults:?}");
    assert_eq!(control.level(&key), low, "refused rules change nothing");
    let released = control.set_policies(6.0, Policies::preset("memory").unwrap()).unwrap();
    assert_eq!(released.len(), 1);
    assert_eq!((released[0].decision.from, released[0].decision.to), (low, 1.0));
    assert_eq!(control.state().preset, "memory");
}
