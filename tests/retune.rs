//! In: runs whose knobs are turned while they go on, at awkward moments. Out: whether what they end with says so.

use std::time::Duration;

use scarcity_engine::mpie::MpieConfig;
use scarcity_engine::runtime::{Bus, EngineSnapshot, Queue};
use scarcity_engine::session::Extras;
use scarcity_engine::{Config, Input, ReadOptions, Session};

use crate::common::wait_until;

fn settings() -> Config {
    let mut config = Config::default();
    config.governor.monitor.log_dir = String::new();
    config
}

/// So strict that no link passes.
fn strict(config: &Config) -> MpieConfig {
    let mut mpie = config.mpie.clone();
    mpie.evaluator.gain_min = 0.99;
    mpie
}

fn start(config: &Config, input: Input) -> Session {
    let extras = Extras { retunable: true, ..Extras::default() };
    Session::start_with(Bus::new(&config.runtime), config.clone(), input, ReadOptions::default(), extras).unwrap()
}

#[test]
fn a_knob_that_was_taken_counts_however_late_it_was_turned() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/data/planted.csv");
    let config = settings();
    let whole = start(&config, Input::Files(vec![path.clone()])).join();
    let (rows, links) = (whole.progress.rows, whole.scores.iter().filter(|link| link.accepted).count());
    assert!(links > 0);
    let mut taken = 0;
    for tenths in [2, 8, 9, 10, 10, 10] {
        let session = start(&config, Input::Files(vec![path.clone()]));
        wait_until("it is so far", || session.progress().rows >= rows * tenths / 10 || session.is_finished());
        let answer = session.retune(strict(&config));
        let outcome = session.join();
        let accepted = outcome.scores.iter().filter(|link| link.accepted).count();
        match &answer {
            Ok(()) => assert_eq!(accepted, 0, "turned at {tenths} tenths"),
            Err(error) => {
                assert!(error.to_string().contains("ended"), "{error}");
                assert_eq!(accepted, links);
            }
        }
        taken += usize::from(answer.is_ok());
    }
    assert!(taken > 0);
}

#[test]
fn a_run_cancelled_while_it_looks_again_ends_with_what_it_had_found() {
    let config = settings();
    for wait_ms in [0, 5, 50] {
        let session = start(&config, Input::Demo);
        let graphs = session.bus().subscribe::<EngineSnapshot>(Queue::Ring(4096));
        wait_until("there are rows to look at again", || session.progress().windows >= 6);
        session.set_paused(true);
        session.retune(strict(&config)).unwrap();
        session.set_paused(false);
        std::thread::sleep(Duration::from_millis(wait_ms));
        session.cancel();
        let outcome = session.join();
        let mut newest = None;
        while let Ok(graph) = graphs.try_recv() {
            let before =
                newest.as_ref().map_or(0, |last: &std::sync::Arc<scarcity_engine::types::Snapshot>| last.window);
            assert!(graph.window >= before, "window {} after {before}", graph.window);
            newest = Some(graph);
        }
        assert_eq!(outcome.snapshot.unwrap().window, newest.unwrap().window, "after {wait_ms} ms");
        assert!(!outcome.scores.is_empty());
    }
}
