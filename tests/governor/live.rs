//! In: a running governor with sensors that say what a test wants. Out: what it does to knobs, sessions and the bus.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use scarcity_engine::compute::{self, ComputeConfig};
use scarcity_engine::governor::{
    Command, DrgConfig, Governor, GpuReading, GpuSensor, LeverKey, MpieHandle, NvmlSource, Parts, Policies, Registry,
    Sensor, ShareHandle, SimulationHandle, Subsystem, of_machine,
};
use scarcity_engine::mpie::{Limits, MpieConfig, Pipeline};
use scarcity_engine::runtime::{Bus, DrgDecision, DrgSignal, DrgState, DrgTelemetry, Queue, knob};
use scarcity_engine::session::Extras;
use scarcity_engine::simulation::Detail;
use scarcity_engine::stream::{StreamConfig, WindowBuilder};
use scarcity_engine::types::{Action, DecisionOutcome, LeverState, LinkKey, NoteKind, Readings, Samples};
use scarcity_engine::{Config, Input, ReadOptions, Session};

use crate::common::{noise, wait_until};

/// A sensor that says what it is told.
#[derive(Debug, Clone, Default)]
struct Told(Arc<Mutex<Readings>>);

impl Told {
    fn say(&self, values: &[(&str, f64)]) {
        *self.0.lock().unwrap() = values.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    }
}

impl Sensor for Told {
    fn read(&mut self, _now: Instant, into: &mut Readings) {
        into.extend(self.0.lock().unwrap().clone());
    }

    fn peek(&mut self, into: &mut Readings) {
        self.read(Instant::now(), into);
    }
}

/// Settings without a log, so that tests leave nothing behind.
fn config() -> DrgConfig {
    let mut config = DrgConfig::default();
    config.monitor.log_dir = String::new();
    config
}

fn parts(sensor: impl Sensor + 'static, registry: Registry) -> Parts {
    Parts { sensors: vec![Box::new(sensor)], registry, gauges: Arc::default(), trace: None }
}

/// A graphics card another process can fill.
#[derive(Debug, Clone, Default)]
struct Card(Arc<Mutex<u64>>);

impl NvmlSource for Card {
    fn read(&mut self) -> Vec<GpuReading> {
        let used = *self.0.lock().unwrap();
        vec![GpuReading { vram_bytes: Some((used, 100)), util: Some(0.5), ..GpuReading::default() }]
    }
}

#[test]
fn a_card_filled_by_another_process_scales_the_picture_down_within_a_second_and_up_again() {
    let card = Card(Arc::new(Mutex::new(40)));
    let (setter, detail) = knob(Detail::default());
    let mut registry = Registry::default();
    registry.register("simulation", SimulationHandle(setter));
    let bus = Bus::default();
    let signals = bus.subscribe::<DrgSignal>(Queue::Ring(64));
    let _governor = Governor::start(&config(), &bus, parts(GpuSensor::new(Box::new(card.clone())), registry)).unwrap();
    let telemetry = bus.subscribe::<DrgTelemetry>(Queue::Ring(64));
    // Two intervals of rest first: the rule has to fire on what changes, not on what it starts with.
    for _ in 0..2 {
        telemetry.recv().unwrap();
    }
    *card.0.lock().unwrap() = 93;
    let filled = Instant::now();
    let first = signals.recv_timeout(Duration::from_secs(5)).unwrap();
    let took = filled.elapsed();
    assert_eq!(
        (first.subsystem.as_str(), first.action, first.metric.as_str()),
        ("simulation", Action::ScaleDown, "vram_util")
    );
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(detail.get().drawn < 1.0 && detail.get().drawn >= 0.5);
    *card.0.lock().unwrap() = 40;
    wait_until("the picture is whole again", || detail.get().drawn == 1.0);
}

#[test]
fn every_step_is_on_the_bus_with_its_cause_and_people_can_steer() {
    let told = Told::default();
    told.say(&[("mem_util", 0.5), ("mem_headroom", 9.0)]);
    let (share, kept) = knob(1.0);
    let mut registry = Registry::default();
    registry.register("memory", ShareHandle { share, lever: Action::FlushCache, of: "the cache" });
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
    registry.register("memory", ShareHandle { share, lever: Action::FlushCache, of: "the cache" });
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

fn samples(rows: usize, vars: usize) -> Samples {
    let mut values = vec![0.0; rows * vars];
    for row in 1..rows {
        for var in 0..vars {
            let driver = values[(row - 1) * vars + var.saturating_sub(1)];
            values[row * vars + var] = 0.6 * driver + noise((row * vars + var) as u64);
        }
    }
    Samples { values, vars, breaks: Vec::new() }
}

#[test]
fn limits_take_hold_between_windows_and_everything_comes_back() {
    let config = MpieConfig::default();
    let all = samples(6000, 6);
    let mut device = compute::open(&ComputeConfig { threads: 1, ..ComputeConfig::default() }).unwrap();
    let names: Vec<String> = (0..6).map(|v| format!("x{v}")).collect();
    let (setter, limits) = knob(Limits::default());
    let mut pipeline = Pipeline::new(&config, names.into(), 0);
    pipeline.govern(limits);
    let windows = WindowBuilder::new(6, &StreamConfig::default(), config.max_lag).push(&all);
    let third = windows.len() / 3;
    let mut judged = [0; 3];
    for (at, window) in windows.iter().enumerate() {
        let part = (at / third).min(2);
        if at == third {
            assert!(pipeline.sizes().views_bytes > 0 && pipeline.sizes().cache_bytes > 0);
            setter.set(Limits {
                batch: 0.25,
                resamples: 8,
                max_lag: 1,
                joint: false,
                memory: 0.25,
                ..Limits::default()
            });
        }
        if at == 2 * third {
            let small = pipeline.sizes();
            assert_eq!((small.views_bytes, small.cache_bytes), (0, 0));
            setter.set(Limits::default());
        }
        let step = pipeline.step(window, &mut *device, false);
        judged[part] += u32::from(step.metrics.candidates > 0);
        let pairs = step.metrics.candidates;
        assert!(pairs == 0 || pairs == if part == 1 { 15 } else { 30 }, "{pairs} pairs in part {part}");
    }
    assert!(judged[1] > 0, "it never stops judging: {judged:?}");
    assert!(pipeline.sizes().views_bytes > 0, "the views begin anew");
    pipeline.finish(&mut *device);
    let found: Vec<(u32, u32)> =
        pipeline.scores().iter().filter(|l| l.accepted).map(|l| (l.key.source, l.key.target)).collect();
    for target in 1..6 {
        assert!(found.contains(&(target - 1, target)), "{found:?}");
    }
}

/// Accepted links with their effects of a pipeline that may do no more than `limits` while windows come.
fn accepted_within(limits: Limits) -> Vec<(LinkKey, f64)> {
    let config = MpieConfig::default();
    let names: Vec<String> = (0..6).map(|v| format!("x{v}")).collect();
    let mut device = compute::open(&ComputeConfig { threads: 1, ..ComputeConfig::default() }).unwrap();
    let (setter, knob) = knob(Limits::default());
    setter.set(limits);
    let mut pipeline = Pipeline::new(&config, names.into(), 0);
    pipeline.govern(knob);
    for window in &WindowBuilder::new(6, &StreamConfig::default(), config.max_lag).push(&samples(3000, 6)) {
        pipeline.step(window, &mut *device, false);
    }
    pipeline.finish(&mut *device);
    pipeline.scores().iter().filter(|l| l.accepted).map(|l| (l.key, l.effect)).collect()
}

#[test]
fn what_is_found_in_the_end_does_not_depend_on_what_else_the_machine_had_to_do() {
    let free = accepted_within(Limits::default());
    assert!(free.len() >= 5, "{free:?}");
    let busy = Limits { batch: 0.1, resamples: 4, max_lag: 1, joint: false, ..Limits::default() };
    assert_eq!(accepted_within(busy), free);
}

#[test]
fn a_wide_stream_makes_smaller_sketches_and_keeps_fewer_rows_while_it_must() {
    let mut config = MpieConfig::default();
    // So little that every pair cannot be looked at exactly.
    config.encoder.memory_mb = 1;
    let vars = 16;
    let mut device = compute::open(&ComputeConfig { threads: 1, ..ComputeConfig::default() }).unwrap();
    let names: Vec<String> = (0..vars).map(|v| format!("x{v}")).collect();
    let (setter, limits) = knob(Limits::default());
    let said = MpieHandle::all(setter, &config).map(|(name, mut handle)| {
        let action = if name == "memory" { Action::FlushCache } else { Action::ScaleDown };
        (name, handle.set(action, 0.25).unwrap())
    });
    assert!(said[1].1.contains("16 numbers"), "{said:?}");
    let low = *limits.get();
    assert!(low.sketch == 0.25 && low.memory == 0.25 && low.resamples == 8, "{low:?}");
    assert_eq!(Limits::sketch_dim(1.0, &config.encoder), config.encoder.sketch_dim);

    let (setter, limits) = knob(Limits::default());
    let mut pipeline = Pipeline::new(&config, names.into(), 0);
    pipeline.govern(limits);
    let windows = WindowBuilder::new(vars, &StreamConfig::default(), config.max_lag).push(&samples(9_000, vars));
    let (third, mut full) = (windows.len() / 3, 0);
    for (at, window) in windows.iter().enumerate() {
        if at == third {
            full = pipeline.sizes().cache_bytes;
            setter.set(Limits { sketch: 0.25, memory: 0.25, ..Limits::default() });
        }
        if at == 2 * third {
            assert!(pipeline.sizes().cache_bytes < full, "{} of {full} bytes", pipeline.sizes().cache_bytes);
            setter.set(Limits::default());
        }
        pipeline.step(window, &mut *device, at + 1 == windows.len());
    }
    assert!(pipeline.sizes().cache_bytes >= full, "all of it is back");
    let found: Vec<(u32, u32)> =
        pipeline.scores().iter().filter(|l| l.accepted).map(|l| (l.key.source, l.key.target)).collect();
    let planted = (1..vars as u32).filter(|&target| found.contains(&(target - 1, target))).count();
    assert!(planted >= 12, "{planted} of 15 planted links: {found:?}");
}

#[test]
fn what_limits_discovery_limits_it_on_a_wide_stream_too() {
    let mut config = MpieConfig::default();
    config.encoder.memory_mb = 1;
    let vars = 16;
    let mut device = compute::open(&ComputeConfig { threads: 1, ..ComputeConfig::default() }).unwrap();
    let names: Vec<String> = (0..vars).map(|v| format!("x{v}")).collect();
    let windows = WindowBuilder::new(vars, &StreamConfig::default(), config.max_lag).push(&samples(12_000, vars));
    let mut told = |limits: Limits| {
        let (setter, knob) = knob(limits);
        let mut pipeline = Pipeline::new(&config, names.clone().into(), 0);
        pipeline.govern(knob);
        setter.set(limits);
        let asked = |window| pipeline.step(window, &mut *device, false).metrics.candidates;
        let asked: Vec<u64> = windows.iter().map(asked).filter(|&asked| asked > 0).collect();
        (asked, pipeline.scores().to_vec())
    };
    let (free, links) = told(Limits::default());
    let (slow, _) = told(Limits { batch: 0.25, ..Limits::default() });
    assert!(!slow.is_empty() && slow.len() < free.len(), "{} of {} judgements", slow.len(), free.len());
    assert!(2 * slow[0] <= free[0] + vars as u64, "{} of {} pairs", slow[0], free[0]);
    assert!(links.iter().any(|link| link.accepted && link.key.lag == 1));

    // What only looks at the first lag finds the planted links, and asks about fewer.
    let (near, near_links) = told(Limits { max_lag: 1, ..Limits::default() });
    assert!(near[0] <= (vars * (vars - 1)) as u64 && near[0] < free[0], "{} of {}", near[0], free[0]);
    let accepted: Vec<LinkKey> = near_links.iter().filter(|link| link.accepted).map(|link| link.key).collect();
    assert!(accepted.len() >= 10 && accepted.iter().all(|key| key.lag == 1), "{accepted:?}");

    // Stability is a share of the replicates that could be fitted.
    let (_, few) = told(Limits { resamples: 8, ..Limits::default() });
    let of_eight = |link: &scarcity_engine::types::LinkScore| (8.0 * link.stability).fract() < 1e-6;
    assert!(few.iter().any(|link| link.stability > 0.0) && few.iter().all(of_eight));
    assert!(!links.iter().all(of_eight), "there are more of them otherwise");
}

#[test]
fn a_window_that_others_wait_behind_is_taken_in_and_judged_with_them() {
    let config = MpieConfig::default();
    let mut settings = config.clone();
    settings.evaluator.refresh_growth = 0.0;
    let windows = WindowBuilder::new(6, &StreamConfig::default(), config.max_lag).push(&samples(6000, 6));
    let mut device = compute::open(&ComputeConfig { threads: 1, ..ComputeConfig::default() }).unwrap();
    let mut judged = |limits: Limits, behind: fn(usize) -> bool| {
        let names: Vec<String> = (0..6).map(|v| format!("x{v}")).collect();
        let (setter, knob) = knob(Limits::default());
        let mut pipeline = Pipeline::new(&settings, names.into(), 0);
        pipeline.govern(knob);
        setter.set(limits);
        let mut put_off = 0;
        let mut judged = Vec::new();
        for (at, window) in windows.iter().enumerate() {
            pipeline.hurry(behind(at));
            let step = pipeline.step(window, &mut *device, false);
            put_off += usize::from(step.put_off);
            if step.metrics.candidates > 0 {
                assert!(!step.put_off);
                judged.push(at);
            }
        }
        (judged, put_off)
    };
    let all = windows.len();
    let (every, none) = judged(Limits::default(), |_| true);
    assert_eq!((every.len(), none), (all, 0), "promptness does not count where nothing is limited");
    let (some, put_off) = judged(Limits { prompt: true, ..Limits::default() }, |at| at % 4 != 3);
    assert!(some.iter().all(|at| at % 4 == 3) && some.len() == all / 4, "{some:?}");
    assert_eq!(put_off + some.len(), all);
    // Where there is always another behind, it is judged now and then all the same.
    let (rare, _) = judged(Limits { prompt: true, ..Limits::default() }, |_| true);
    assert!(rare.len() >= all / 40 && rare.len() < all / 10, "{} of {all}", rare.len());
}
