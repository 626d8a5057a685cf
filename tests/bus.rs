//! In: publishers, readers, panicking and stalled subscribers. Out: who got what, and what was counted.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Condvar, Mutex};
use std::time::{Duration, Instant};

use crossbeam_channel::{TryRecvError, bounded};
use scarcity_engine::runtime::{
    ALIASES, Bus, DrgSignal, EngineInsight, EngineSnapshot, ProcessingMetrics, Queue, RuntimeConfig, SimulationFrame,
    TOPICS, knob, resolve,
};
use scarcity_engine::types::{Action, Frame, Metrics, Signal};

/// Longest any test waits for something that must happen; reached only when it does not.
const LIMIT: Duration = Duration::from_secs(20);

/// What was logged, as text, for whoever waits for it.
#[derive(Clone, Default)]
struct Log(Arc<(Mutex<String>, Condvar)>);

impl Log {
    fn subscriber(&self) -> impl tracing::Subscriber + Send + Sync + use<> {
        let log = self.clone();
        tracing_subscriber::fmt().with_ansi(false).with_writer(move || log.clone()).finish()
    }

    fn wait_for(&self, text: &str) {
        let (written, more) = &*self.0;
        let (written, late) = more.wait_timeout_while(written.lock().unwrap(), LIMIT, |w| !w.contains(text)).unwrap();
        assert!(!late.timed_out(), "not logged: {text:?} in {written:?}");
    }

    fn text(&self) -> String {
        self.0.0.lock().unwrap().clone()
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.0.lock().unwrap().push_str(&String::from_utf8_lossy(bytes));
        self.0.1.notify_all();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn metrics(window: u64) -> Metrics {
    Metrics { window, ..Metrics::default() }
}

fn signal(action: Action) -> Signal {
    Signal { subsystem: "mpie".into(), action, metric: "cpu_util".into(), threshold: 0.85, factor: 0.5 }
}

#[test]
fn names_are_those_of_the_specification() {
    let names: Vec<&str> = TOPICS.iter().map(|t| t.name).collect();
    for name in [
        "data_window",
        "processing_metrics",
        "engine.insight",
        "engine.snapshot",
        "drg.telemetry",
        "drg.signal.*",
        "drg.decision",
        "drg.state",
        "meta_prior_update",
        "meta.telemetry",
        "meta.fmi_update",
        "simulation.state",
        "simulation.frame",
        "federation.policy_pack",
        "federation.packet",
    ] {
        assert!(names.contains(&name), "{name} is missing");
    }
    assert_eq!(names.len(), 15, "a topic was added: pin its name here");
    assert!(TOPICS.iter().all(|t| !t.about.is_empty() && !t.payload.is_empty()));
    for (alias, topic) in ALIASES {
        assert!(names.contains(topic), "{alias} stands for {topic}, which does not exist");
        assert_eq!(resolve(alias), *topic);
    }
    assert_eq!(resolve("data_window"), "data_window");
}

#[test]
fn every_subscriber_of_a_topic_gets_the_same_message_and_nobody_else_does() {
    let bus = Bus::default();
    let (a, b) =
        (bus.subscribe::<ProcessingMetrics>(Queue::Fifo(4)), bus.subscribe::<ProcessingMetrics>(Queue::Ring(4)));
    let frames = bus.subscribe::<SimulationFrame>(Queue::Ring(4));
    let message = Arc::new(metrics(3));
    bus.publish::<ProcessingMetrics>(Arc::clone(&message));
    assert!(Arc::ptr_eq(&a.recv().unwrap(), &message), "shared, not copied");
    assert!(Arc::ptr_eq(&b.try_recv().unwrap(), &message));
    assert_eq!(frames.try_recv().unwrap_err(), TryRecvError::Empty);
    assert!(a.recv_timeout(Duration::from_millis(1)).is_err());
}

#[test]
fn a_ring_keeps_the_newest_and_counts_what_it_dropped() {
    let bus = Bus::default();
    let ring = bus.subscribe::<ProcessingMetrics>(Queue::Ring(3));
    for window in 0..10 {
        bus.publish::<ProcessingMetrics>(metrics(window));
    }
    let kept: Vec<u64> = ring.receiver().try_iter().map(|m| m.window).collect();
    assert_eq!(kept, [7, 8, 9]);
    assert_eq!(ring.dropped(), 7);
    let stats = bus.stats();
    assert_eq!((stats.messages_published, stats.messages_delivered, stats.messages_dropped), (10, 3, 7));
}

#[test]
fn a_fifo_holds_its_publisher_and_loses_nothing() {
    let bus = Bus::default();
    let fifo = bus.subscribe::<ProcessingMetrics>(Queue::Fifo(2));
    let ahead = Arc::new(AtomicU64::new(0));
    let publisher = std::thread::spawn({
        let (bus, ahead) = (bus.clone(), Arc::clone(&ahead));
        move || {
            for window in 0..500 {
                bus.publish::<ProcessingMetrics>(metrics(window));
                ahead.store(window + 1, Ordering::SeqCst);
            }
        }
    });
    for window in 0..500 {
        let message = fifo.recv_timeout(LIMIT).unwrap();
        assert_eq!(message.window, window);
        // Two wait in the queue; one more publish may have begun before this one was taken out.
        assert!(ahead.load(Ordering::SeqCst) <= window + 3, "the publisher ran ahead of a full queue");
    }
    publisher.join().unwrap();
    assert_eq!(bus.stats().messages_delivered, 500);
    assert_eq!(fifo.dropped(), 0);
}

#[test]
fn many_publishers_and_readers_account_for_every_message() {
    let bus = Bus::default();
    let ring = bus.subscribe::<ProcessingMetrics>(Queue::Ring(8));
    let fifo = bus.subscribe::<ProcessingMetrics>(Queue::Fifo(8));
    let start = Arc::new(Barrier::new(4));
    let publishers: Vec<_> = (0..4)
        .map(|_| {
            let (bus, start) = (bus.clone(), Arc::clone(&start));
            std::thread::spawn(move || {
                start.wait();
                (0..1000).for_each(|window| bus.publish::<ProcessingMetrics>(metrics(window)));
            })
        })
        .collect();
    let read = (0..4000).map(|_| fifo.recv_timeout(LIMIT).unwrap().window).sum::<u64>();
    publishers.into_iter().for_each(|p| p.join().unwrap());
    assert_eq!(read, 4 * (0..1000).sum::<u64>());
    let in_ring = ring.receiver().try_iter().count() as u64;
    assert_eq!(in_ring + ring.dropped(), 4000);
    let stats = bus.stats();
    assert_eq!(stats.messages_published, 4000);
    assert_eq!(stats.messages_delivered, 4000 + in_ring);
}

#[test]
fn a_slow_fifo_reader_does_not_hold_the_rings() {
    let bus = Bus::default();
    let stalled = bus.subscribe::<ProcessingMetrics>(Queue::Fifo(1));
    let ring = bus.subscribe::<ProcessingMetrics>(Queue::Ring(8));
    let publisher = std::thread::spawn({
        let bus = bus.clone();
        move || (0..2).for_each(|window| bus.publish::<ProcessingMetrics>(metrics(window)))
    });
    // The second publish waits for `stalled`, but the ring has both.
    assert_eq!(ring.recv_timeout(LIMIT).unwrap().window, 0);
    assert_eq!(ring.recv_timeout(LIMIT).unwrap().window, 1);
    // A reader that goes away releases its publisher.
    drop(stalled);
    publisher.join().unwrap();
    assert_eq!(bus.stats().total_subscribers, 1);
}

#[test]
fn a_stalled_fifo_reader_is_warned_about_once() {
    let log = Log::default();
    let bus = Bus::new(&RuntimeConfig { stall_warning_s: 0.01, ..RuntimeConfig::default() });
    let stalled = bus.subscribe::<ProcessingMetrics>(Queue::Fifo(1));
    let (started, wait) = bounded(0);
    let publisher = std::thread::spawn({
        let bus = bus.clone();
        let log = log.clone();
        move || {
            tracing::subscriber::with_default(log.subscriber(), || {
                bus.publish::<ProcessingMetrics>(metrics(0));
                started.send(()).unwrap();
                bus.publish::<ProcessingMetrics>(metrics(1));
                bus.publish::<ProcessingMetrics>(metrics(2));
            });
        }
    });
    wait.recv_timeout(LIMIT).unwrap();
    log.wait_for("does not read");
    for window in 0..3 {
        assert_eq!(stalled.recv_timeout(LIMIT).unwrap().window, window);
    }
    publisher.join().unwrap();
    let text = log.text();
    assert_eq!(text.matches("does not read").count(), 1, "{text}");
    assert!(text.contains("processing_metrics"), "{text}");
}

#[test]
fn a_panicking_callback_is_counted_and_hurts_nobody() {
    let bus = Bus::default();
    let (seen, windows) = bounded(16);
    let faulty = bus
        .on::<ProcessingMetrics>("faulty", Queue::Fifo(4), move |m| {
            seen.send((m.window, std::thread::current().name().map(str::to_owned))).unwrap();
            assert_ne!(m.window, 1, "a bug in a subscriber");
        })
        .unwrap();
    let (sane, others) = bounded(16);
    bus.on::<ProcessingMetrics>("sane", Queue::Fifo(4), move |m| sane.send(m.window).unwrap()).unwrap();
    (0..3).for_each(|window| bus.publish::<ProcessingMetrics>(metrics(window)));
    for window in 0..3 {
        assert_eq!(windows.recv_timeout(LIMIT).unwrap(), (window, Some("faulty".to_owned())));
        assert_eq!(others.recv_timeout(LIMIT).unwrap(), window);
    }
    faulty.stop();
    assert_eq!(bus.shutdown(LIMIT), Vec::<String>::new());
    let stats = bus.stats();
    assert_eq!((stats.delivery_errors, stats.messages_delivered, stats.messages_published), (1, 5, 3));
}

#[test]
fn a_stopped_callback_is_not_called_again_and_a_dropped_handle_changes_nothing() {
    let bus = Bus::default();
    let (sent, seen) = bounded(16);
    let listener =
        bus.on::<ProcessingMetrics>("listener", Queue::Fifo(4), move |m| sent.send(m.window).unwrap()).unwrap();
    let (kept_sent, kept) = bounded(16);
    drop(bus.on::<ProcessingMetrics>("kept", Queue::Fifo(4), move |m| kept_sent.send(m.window).unwrap()).unwrap());
    bus.publish::<ProcessingMetrics>(metrics(0));
    assert_eq!(seen.recv_timeout(LIMIT).unwrap(), 0);
    listener.stop();
    // The callback and the sender it owns are gone once its thread has ended.
    assert!(seen.recv_timeout(LIMIT).is_err());
    bus.publish::<ProcessingMetrics>(metrics(1));
    assert_eq!(kept.recv_timeout(LIMIT).unwrap(), 0);
    assert_eq!(kept.recv_timeout(LIMIT).unwrap(), 1);
    assert_eq!(bus.stats().total_subscribers, 1);
}

#[test]
fn taps_see_matching_topics_as_json() {
    let bus = Bus::default();
    let signals = bus.tap("drg.signal.*", 16);
    let all = bus.tap("*", 16);
    let exact = bus.tap("drg.signal.flush_cache", 16);
    let alias = bus.tap("resource_profile", 16);
    assert_eq!(bus.stats().taps, 4);
    for action in Action::ALL {
        bus.publish::<DrgSignal>(signal(action));
    }
    bus.publish::<ProcessingMetrics>(metrics(5));
    bus.publish::<scarcity_engine::runtime::DrgTelemetry>(scarcity_engine::types::Telemetry::default());
    let topics: Vec<&str> = signals.receiver().try_iter().map(|e| e.topic).collect();
    let expected = Action::ALL.map(Action::topic);
    assert_eq!(topics, expected);
    assert_eq!(expected[5], "drg.signal.flush_cache");
    let only = exact.recv().unwrap();
    let json: serde_json::Value = serde_json::from_str(&only.json).unwrap();
    assert_eq!((json["action"].as_str(), json["threshold"].as_f64()), (Some("flush_cache"), Some(0.85)));
    assert_eq!(exact.try_recv().unwrap_err(), TryRecvError::Empty);
    let seen: Vec<_> = all.receiver().try_iter().collect();
    assert_eq!(seen.len(), 9);
    let json: serde_json::Value = serde_json::from_str(&seen[7].json).unwrap();
    assert_eq!((seen[7].topic, json["window"].as_u64()), ("processing_metrics", Some(5)));
    assert_eq!(alias.recv().unwrap().topic, "drg.telemetry");
    drop((signals, exact, alias));
    assert_eq!(bus.stats().taps, 1);
}

#[test]
fn a_tap_drops_the_oldest_and_never_holds_the_publisher() {
    let bus = Bus::default();
    let tap = bus.tap("*", 2);
    (0..100).for_each(|window| bus.publish::<ProcessingMetrics>(metrics(window)));
    assert_eq!((tap.receiver().len(), tap.dropped()), (2, 98));
}

#[test]
fn statistics_follow_subscribers_coming_and_going() {
    let bus = Bus::default();
    assert_eq!(bus.stats().topics_active, 0);
    let a = bus.subscribe::<EngineInsight>(Queue::Ring(1));
    let b = bus.subscribe::<EngineInsight>(Queue::Ring(1));
    let c = bus.subscribe::<EngineSnapshot>(Queue::Ring(1));
    assert_eq!((bus.stats().topics_active, bus.stats().total_subscribers), (2, 3));
    drop((a, b));
    assert_eq!((bus.stats().topics_active, bus.stats().total_subscribers), (1, 1));
    drop(c);
    assert_eq!(bus.stats().total_subscribers, 0);
    let topics = bus.topics();
    assert_eq!(topics.iter().map(|t| t.name).collect::<Vec<_>>(), TOPICS.iter().map(|t| t.name).collect::<Vec<_>>());
}

#[test]
fn shutdown_lets_queues_be_read_out_and_wakes_a_waiting_publisher() {
    let bus = Bus::default();
    let fifo = bus.subscribe::<ProcessingMetrics>(Queue::Fifo(1));
    bus.publish::<ProcessingMetrics>(metrics(0));
    let publisher = std::thread::spawn({
        let bus = bus.clone();
        move || bus.publish::<ProcessingMetrics>(metrics(1))
    });
    assert!(bus.shutdown(LIMIT).is_empty());
    publisher.join().unwrap();
    assert_eq!(fifo.recv().unwrap().window, 0);
    assert_eq!(fifo.try_recv().unwrap_err(), TryRecvError::Disconnected);
    bus.publish::<ProcessingMetrics>(metrics(2));
    assert!(bus.subscribe::<ProcessingMetrics>(Queue::Ring(1)).recv().is_err(), "nothing comes after the end");
    assert!(bus.tap("*", 1).recv().is_err());
}

#[test]
fn shutdown_reports_callbacks_that_do_not_stop() {
    let bus = Bus::default();
    let (entered, inside) = bounded(1);
    let (release, held) = bounded::<()>(0);
    bus.on::<SimulationFrame>("stuck", Queue::Ring(1), move |_| {
        entered.send(()).unwrap();
        let _ = held.recv();
    })
    .unwrap();
    bus.on::<SimulationFrame>("quick", Queue::Ring(1), |_| {}).unwrap();
    bus.publish::<SimulationFrame>(Frame::default());
    inside.recv_timeout(LIMIT).unwrap();
    let begun = Instant::now();
    assert_eq!(bus.shutdown(Duration::from_millis(50)), ["stuck"]);
    assert!(begun.elapsed() < LIMIT);
    drop(release);
}

#[test]
fn dropping_the_last_handle_ends_subscriptions() {
    let bus = Bus::default();
    let frames = bus.subscribe::<SimulationFrame>(Queue::Ring(1));
    bus.publish::<SimulationFrame>(Frame::default());
    drop(bus);
    assert!(frames.recv().is_ok());
    assert!(frames.recv().is_err());
}

#[test]
fn a_knob_has_one_writer_and_many_readers() {
    let (setter, reader) = knob(vec![1, 2]);
    let other = reader.clone();
    let (held, version) = (reader.get(), reader.version());
    setter.set(vec![3]);
    assert_eq!((&*held, &*reader.get(), &*other.get(), &*setter.get()), (&vec![1, 2], &vec![3], &vec![3], &vec![3]));
    assert_ne!(other.version(), version);
    let seen = std::thread::spawn(move || other.get()).join().unwrap();
    assert!(Arc::ptr_eq(&seen, &reader.get()), "reading shares the value");
}
