//! In: streams longer than what is kept of them, without a governor. Out: whether every store stays within its bytes.

use scarcity_engine::compute::{self, ComputeConfig, LaggedGram, packed_len};
use scarcity_engine::mpie::{History, MpieConfig, Pipeline};
use scarcity_engine::runtime::{Bus, DrgSignal, EngineSnapshot, Queue, SimulationFrame};
use scarcity_engine::stream::{StreamConfig, WindowBuilder};
use scarcity_engine::types::{Action, Frame, LinkKey, Samples, Signal, Snapshot};

use crate::common::noise;

const MIB: usize = 1 << 20;

#[test]
fn a_history_never_outgrows_its_bytes_and_loses_no_row() {
    let dim = 40;
    // With missing cells every block also counts its pairs: twice the memory.
    let gram = LaggedGram { dim, sums: vec![1.0; packed_len(dim)], counts: vec![64.0; packed_len(dim)], rows: 64.0 };
    let bound = 200_000;
    let mut history = History::new(dim, 16).within(bound);
    for pane in 0..5_000_u64 {
        history.push(pane, pane * 64, gram.clone());
        if pane % 37 == 0 {
            // Regressions that start everywhere must not be a way around the bound.
            history.set_barriers((0..pane).map(|p| p * 64));
        }
        assert!(history.bytes() <= bound, "{} bytes after pane {pane}", history.bytes());
    }
    assert_eq!(history.blocks().iter().map(|b| b.rows).sum::<f64>(), 5_000.0 * 64.0);
    assert_eq!(history.rows(), 5_000.0 * 64.0);
}

#[test]
fn what_discovery_keeps_stays_within_its_settings_without_a_governor() {
    let (rows, vars) = (12_000, 12);
    let mut config = MpieConfig::default();
    config.encoder.memory_mb = 4;
    let values = (0..rows * vars).map(|i| if i % 17 == 3 { f64::NAN } else { noise(i as u64) }).collect();
    let samples = Samples { values, vars, breaks: Vec::new() };
    let mut device = compute::open(&ComputeConfig { threads: 1, ..ComputeConfig::default() }).unwrap();
    let names: Vec<String> = (0..vars).map(|v| format!("x{v}")).collect();
    let mut pipeline = Pipeline::new(&config, names.into(), 0);
    let bound = config.encoder.memory_mb * MIB;
    let mut most = 0;
    for window in WindowBuilder::new(vars, &StreamConfig::default(), config.max_lag).push(&samples) {
        pipeline.step(&window, &mut *device, false);
        let sizes = pipeline.sizes();
        most = most.max(sizes.views_bytes).max(sizes.history_bytes);
        for (name, bytes) in
            [("cache", sizes.cache_bytes), ("views", sizes.views_bytes), ("history", sizes.history_bytes)]
        {
            assert!(bytes <= bound, "{name}: {bytes} of {bound} bytes at row {}", window.rows.end);
        }
    }
    assert!(most > bound / 4, "{most} of {bound} bytes: too few for the bound to mean anything");
}

#[test]
fn a_queue_holds_no_more_windows_than_fit_into_its_bytes() {
    let config = StreamConfig { queue_mb: 1, ..StreamConfig::default() };
    for vars in [1, 50, 500, 5_000] {
        let room = config.queue_room(vars);
        let bytes = room as u64 * config.window_bytes(vars);
        assert!(bytes <= MIB as u64 || room == 1, "{room} windows of {vars} variables: {bytes} bytes");
    }
    assert_eq!(config.queue_room(1), 32, "few variables: the number of windows is the bound");
}

fn graph(window: u64, links: usize) -> Snapshot {
    Snapshot { window, added: vec![LinkKey { source: 0, target: 1, lag: 1 }; links], ..Snapshot::default() }
}

#[test]
fn a_reader_that_does_not_read_holds_no_more_than_its_bytes_and_then_the_newest() {
    let (bus, bytes) = (Bus::default(), MIB);
    let slow = bus.subscribe::<EngineSnapshot>(Queue::Within { messages: 100, bytes });
    let mut read = Vec::new();
    for window in 0..600_u64 {
        // Now and then it reads one after all, and graphs grow until four fit, and shrink again.
        let links = 20_000 - 65 * window.abs_diff(300) as usize;
        bus.publish::<EngineSnapshot>(graph(window, links));
        if window % 7 == 0 {
            read.push(slow.try_recv().unwrap().window);
        }
    }
    let kept: Vec<_> = slow.receiver().try_iter().collect();
    let held: usize = kept.iter().map(|graph| graph.bytes()).sum();
    assert!(held <= bytes && held > bytes / 2, "{held} of {bytes} bytes");
    let windows: Vec<u64> = kept.iter().map(|graph| graph.window).collect();
    assert_eq!(windows, (600 - windows.len() as u64..600).collect::<Vec<_>>(), "the newest, in order");
    assert!(read.is_sorted() && read.len() == 86);
    assert_eq!(bus.stats().messages_dropped as usize, 600 - read.len() - kept.len());
    // One that is larger than all of it is still the newest; a small one after it takes its place.
    bus.publish::<EngineSnapshot>(graph(600, 200_000));
    bus.publish::<EngineSnapshot>(graph(601, 1));
    assert_eq!(slow.receiver().try_iter().map(|graph| graph.window).collect::<Vec<_>>(), [601]);
    bus.publish::<EngineSnapshot>(graph(602, 200_000));
    assert_eq!(slow.try_recv().unwrap().window, 602);
}

#[test]
fn a_reader_on_its_own_thread_never_finds_more_than_its_bytes() {
    let (bus, bytes) = (Bus::default(), 64 << 10);
    let frames = bus.subscribe::<SimulationFrame>(Queue::Within { messages: 1_000, bytes });
    let frame = |frame_id| Frame { frame_id, positions: vec![[0.0; 3]; 100], ..Frame::default() };
    let room = bytes / frame(0).bytes();
    std::thread::scope(|scope| {
        for writer in 0..2_u64 {
            let bus = &bus;
            scope.spawn(move || (0..20_000).for_each(|at| bus.publish::<SimulationFrame>(frame(2 * at + writer))));
        }
        for _ in 0..20_000 {
            assert!(frames.receiver().len() <= room, "{} frames", frames.receiver().len());
            let _ = frames.try_recv();
        }
    });
    assert!(frames.receiver().len() <= room);
}

#[test]
fn a_tap_nobody_reads_is_bounded_too() {
    let bus = Bus::default();
    let tap = bus.tap("drg.signal.*", 1_000_000);
    let long = "x".repeat(4 * MIB);
    for _ in 0..40 {
        let (subsystem, metric) = (long.clone(), String::new());
        bus.publish::<DrgSignal>(Signal { subsystem, action: Action::FlushCache, metric, threshold: 0.0, factor: 0.0 });
    }
    let held: usize = tap.receiver().try_iter().map(|envelope| envelope.json.len()).sum();
    assert!(held <= 64 * MIB && held > 32 * MIB, "{held} bytes");
}

#[test]
fn what_a_wide_stream_keeps_stays_within_its_settings_without_a_governor() {
    let (rows, vars) = (30_000, 48);
    let mut config = MpieConfig::default();
    config.encoder.memory_mb = 1;
    let values = (0..rows * vars).map(|i| noise(i as u64)).collect();
    let samples = Samples { values, vars, breaks: Vec::new() };
    let mut device = compute::open(&ComputeConfig { threads: 1, ..ComputeConfig::default() }).unwrap();
    let names: Vec<String> = (0..vars).map(|v| format!("x{v}")).collect();
    let mut pipeline = Pipeline::new(&config, names.into(), 0);
    let (mut most, mut late) = (0, 0);
    for window in WindowBuilder::new(vars, &StreamConfig::default(), config.max_lag).push(&samples) {
        pipeline.step(&window, &mut *device, false);
        let sizes = pipeline.sizes();
        let held = sizes.cache_bytes + sizes.views_bytes + sizes.history_bytes;
        most = most.max(held);
        if window.rows.end < rows as u64 / 2 {
            late = most;
        }
    }
    eprintln!("a wide stream holds {most} bytes at most");
    assert!(most > 0 && most <= late, "{most} bytes, {late} of them in the first half");
}
