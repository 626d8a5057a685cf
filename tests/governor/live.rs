//! In: a running governor with sensors that say what a test wants. Out: what it does to knobs, sessions and the bus.

use std::time::{Duration, Instant};

use scarcity_engine::governor::{Command, Governor, LeverKey, Policies, Registry, of_machine};
use scarcity_engine::runtime::{Bus, DrgDecision, DrgState, Queue, knob};
use scarcity_engine::session::Extras;
use scarcity_engine::types::{Action, DecisionOutcome, LeverState, NoteKind, Readings};
use scarcity_engine::{Config, Input, ReadOptions, Session};

use super::told::{Cache, Told, config, parts};
use crate::common::wait_until;

#[test]
fn every_step_is_on_the_bus_with_its_cause_and_people_can_steer() {
    let told = Told::default();
    told.say(&[("mem_util", 0.5), ("mem_headroom", 9.0)]);
    let (share, kept) = knob(1.0);
    let mut registry = Registry::default();
    registry.register("memory", Cache(share));
    let bus = Bus::default();
    let decisions = bus.subscribe::<DrgDecision>(Queue::Ring(64));
    let states = bus.subscribe::<DrgState>(Queue::Ring(64));
    let tap = bus.tap("drg.signal.*", 64);
    let governor = Governor::start(&config(), &bus, parts(told.clone(), registry)).unwrap();
    let key = LeverKey::new("memory", Action::FlushCache);

    let unknown = governor.command(Command::Preset("turbo".to_owned())).unwrap_err();
    assert!(unknown.contains("balanced, memory, latency, off"), "{unknown}");
    assert!(governor.command(Command::Undo).unwrap_err().contains("nothing"));

    governor.command(Command::DryRun(true)).unwrap();
    told.say(&[("mem_util", 0.97), ("mem_headroom", 0.2)]);
    let thought = decisions.recv_timeout(Duration::from_secs(5)).unwrap();
    assert_eq!((thought.outcome.clone(), *kept.get()), (DecisionOutcome::DryRun, 1.0));
    assert!(thought.cause.contains("mem_util 0.970 (≥ 0.9)") && thought.cause.contains("mem_headroom"), "{thought:?}");
    governor.command(Command::DryRun(false)).unwrap();
    wait_until("it acts", || *kept.get() < 1.0);
    wait_until("the signal is out", || {
        governor.decisions().iter().any(|d| matches!(d.outcome, DecisionOutcome::Acted(_)))
    });
    assert_eq!(tap.recv_timeout(Duration::from_secs(5)).unwrap().topic, "drg.signal.flush_cache");

    governor.command(Command::Undo).unwrap();
    assert_eq!(*kept.get(), 1.0);
    governor.command(Command::Pin(key.clone(), Some(0.4))).unwrap();
    assert_eq!(*kept.get(), 0.4);
    // A look at the machine that began before may still be told after the command.
    let pinned = |l: &LeverState| l.subsystem == "memory" && l.pinned && l.level == 0.4;
    wait_until("the pin is told", || governor.state().levers.iter().any(pinned));
    governor.command(Command::Pin(key, None)).unwrap();

    let mut bad = Policies::default();
    bad.memory[0].metric = "memory".to_owned();
    let refused = governor.command(Command::Edit(Box::new(bad))).unwrap_err();
    assert!(refused.contains("\"memory\" is not a known metric; there are: cpu_util"), "{refused}");
    governor.command(Command::Preset("off".to_owned())).unwrap();
    assert_eq!(*kept.get(), 1.0);
    wait_until("the preset is told", || governor.state().preset == "off");
    assert!(states.recv_timeout(Duration::from_secs(5)).is_ok());
    assert!(!governor.history().is_empty());
}

#[test]
fn memory_that_fills_between_two_looks_is_not_waited_for() {
    let told = Told::default();
    told.say(&[("mem_util", 0.6), ("mem_headroom", 4.0)]);
    let (share, kept) = knob(1.0);
    let mut registry = Registry::default();
    registry.register("memory", Cache(share));
    let bus = Bus::default();
    let mut config = config();
    // Looks so rare that only what happens between them can be in time.
    config.sensor.interval_ms = 3_000;
    config.control_interval = 3.0;
    let governor = Governor::start(&config, &bus, parts(told.clone(), registry)).unwrap();
    wait_until("it has looked", || !governor.history().is_empty());
    told.say(&[("mem_util", 0.95), ("mem_headroom", 0.2)]);
    let filled = Instant::now();
    wait_until("it acts", || *kept.get() < 1.0);
    assert!(filled.elapsed() < Duration::from_millis(1_500), "{:?}", filled.elapsed());
}

#[test]
fn a_rule_on_a_subsystem_that_is_not_here_says_so() {
    let told = Told::default();
    told.say(&[("vram_util", 0.95)]);
    let bus = Bus::default();
    let decisions = bus.subscribe::<DrgDecision>(Queue::Ring(64));
    let _governor = Governor::start(&config(), &bus, parts(told, Registry::default())).unwrap();
    let decision = decisions.recv_timeout(Duration::from_secs(5)).unwrap();
    let DecisionOutcome::NoSuchSubsystem(text) = &decision.outcome else { panic!("{decision:?}") };
    assert!(text.contains(&decision.subsystem), "{text}");
}

#[test]
fn a_session_short_of_memory_gives_its_views_back_and_says_so() {
    let told = Told::default();
    told.say(&[("mem_util", 0.97), ("mem_headroom", 0.1)]);
    let mut settings = Config::default();
    settings.governor.monitor.log_dir = String::new();
    let extras = Extras { sensors: Some(vec![Box::new(told.clone())]), ..Extras::default() };
    let bus = Bus::new(&settings.runtime);
    let session = Session::start_with(bus, settings, Input::Demo, ReadOptions::default(), extras).unwrap();
    let governor = session.governor().unwrap();
    let views_mb = || governor.history().last().and_then(|(_, t)| t.metrics.get("views_mb").copied());
    let acted = || governor.decisions().iter().any(|d| matches!(d.outcome, DecisionOutcome::Acted(_)));
    wait_until("it has acted", acted);
    wait_until("the views are gone", || views_mb() == Some(0.0));
    told.say(&[("mem_util", 0.4), ("mem_headroom", 20.0)]);
    session.cancel();
    let outcome = session.join();
    let note = outcome.notes.iter().find(|n| n.kind == NoteKind::Governed).expect("whoever reads the result is told");
    assert!(note.text.contains("memory") && note.text.contains("mem_util"), "{}", note.text);
    assert!(!outcome.decisions.is_empty());
}

#[test]
fn a_session_on_a_healthy_machine_is_not_touched() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/data/planted.csv");
    let session = Session::start(Config::default(), Input::Files(vec![path]), ReadOptions::default()).unwrap();
    let outcome = session.join();
    assert!(
        outcome.decisions.iter().all(|d| !matches!(d.outcome, DecisionOutcome::Acted(_))),
        "{:?}",
        outcome.decisions
    );
    assert!(outcome.notes.iter().all(|n| n.kind != NoteKind::Governed));
}

#[test]
fn this_machines_sensors_say_shares_within_bounds_and_cost_little() {
    let mut sensors = of_machine();
    let mut readings = Readings::new();
    let (mut spent, mut looks) = (Duration::ZERO, 0_u32);
    let started = Instant::now();
    while started.elapsed() < Duration::from_millis(600) {
        readings.clear();
        let clock = Instant::now();
        sensors.iter_mut().for_each(|sensor| sensor.read(Instant::now(), &mut readings));
        spent += clock.elapsed();
        looks += 1;
    }
    for name in ["cpu_util", "cpu_self", "mem_util"] {
        assert!((0.0..=1.0).contains(&readings[name]), "{name}: {readings:?}");
    }
    assert!(readings.values().all(|v| v.is_finite()));
    // Four looks a second must stay far below one percent of a core; ten times that here, for machines under test.
    let each = spent / looks;
    assert!(each < Duration::from_millis(25), "{each:?} per look");
}
