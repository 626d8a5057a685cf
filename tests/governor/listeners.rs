//! In: a governor, and somebody who listens in the place of meta-learning or federation. Out: what they are told to do.

use std::time::Duration;

use scarcity_engine::governor::{Governor, Registry};
use scarcity_engine::runtime::{Bus, DrgDecision, DrgSignal, Queue};
use scarcity_engine::session::Extras;
use scarcity_engine::types::{Action, Decision, DecisionOutcome, Signal};
use scarcity_engine::{Config, Input, ReadOptions, Session};

use super::told::{Told, config, parts};
use crate::common::wait_until;

const AT_REST: [(&str, f64); 2] = [("vram_util", 0.4), ("latency_ms", 40.0)];
const UNDER_LOAD: [(&str, f64); 2] = [("vram_util", 0.9), ("latency_ms", 400.0)];

#[test]
fn whoever_takes_the_handle_of_meta_or_federation_is_told_to_drop_and_delay_and_then_to_go_on() {
    let told = Told::default();
    told.say(&AT_REST);
    // This is all that the subsystem itself has to do.
    let mut registry = Registry::default();
    let (meta, federation) = (registry.meta(), registry.federation());
    assert_eq!((meta.get().kept(8), federation.get().delay()), (8, 1.0));
    let bus = Bus::default();
    let signals = bus.subscribe::<DrgSignal>(Queue::Ring(64));
    let governor = Governor::start(&config(), &bus, parts(told.clone(), registry)).unwrap();

    told.say(&UNDER_LOAD);
    wait_until("both do less", || meta.get().share < 1.0 && federation.get().rate < 1.0);
    assert!(meta.get().kept(8) < 8 && meta.get().kept(1) == 1, "{:?}", meta.get());
    let interval = federation.get().interval(Duration::from_secs(10));
    assert!(interval > Duration::from_secs(10) && interval <= Duration::from_secs(100), "{interval:?}");

    told.say(&AT_REST);
    wait_until("both do all of it again", || meta.get().share == 1.0 && federation.get().rate == 1.0);
    let last = |subsystem: &str, action: Action| {
        let of = |d: &&Decision| d.subsystem == subsystem && d.action == action;
        governor.decisions().iter().rfind(of).cloned()
    };
    for subsystem in ["meta", "federation"] {
        wait_until("it is told", || last(subsystem, Action::ScaleUp).is_some_and(|d| d.to == 1.0));
    }
    let said = |subsystem: &str, action: Action| match last(subsystem, action).map(|d| d.outcome) {
        Some(DecisionOutcome::Acted(said)) => said,
        other => panic!("{subsystem}: {other:?}"),
    };
    assert!(said("meta", Action::DropLowPriority).contains("% of its updates"));
    assert!(said("federation", Action::DelaySync).contains("times as long"));
    assert!(said("meta", Action::ScaleUp).contains("100 % of its updates"));
    assert!(said("federation", Action::ScaleUp).contains("1.0 times"));
    let heard: Vec<Signal> = signals.receiver().try_iter().map(|signal| Signal::clone(&signal)).collect();
    for (subsystem, topic) in [("meta", "drg.signal.drop_low_priority"), ("federation", "drg.signal.delay_sync")] {
        assert!(heard.iter().any(|s| s.subsystem == subsystem && s.action.topic() == topic), "{topic}: {heard:?}");
    }
}

#[test]
fn a_session_takes_listeners_along_and_says_where_there_are_none() {
    let mut settings = Config::default();
    settings.governor.monitor.log_dir = String::new();
    let run = |take: fn(&mut Extras)| {
        let told = Told::default();
        told.say(&UNDER_LOAD[..1]);
        let mut extras = Extras { sensors: Some(vec![Box::new(told)]), ..Extras::default() };
        take(&mut extras);
        let bus = Bus::new(&settings.runtime);
        let decisions = bus.subscribe::<DrgDecision>(Queue::Ring(64));
        let session = Session::start_with(bus, settings.clone(), Input::Demo, ReadOptions::default(), extras).unwrap();
        loop {
            let decision = decisions.recv_timeout(Duration::from_secs(20)).unwrap();
            if decision.subsystem == "meta" {
                session.cancel();
                session.join();
                return decision.outcome.clone();
            }
        }
    };
    assert_eq!(run(|_| {}), DecisionOutcome::NoSuchSubsystem("there is no meta here".to_owned()));
    let DecisionOutcome::Acted(said) = run(|extras| drop(extras.registry.meta())) else { panic!("it was taken") };
    assert!(said.contains("of its updates"), "{said}");
}
