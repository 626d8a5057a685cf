//! In: streams longer than what is kept of them, without a governor. Out: whether every store stays within its bytes.

use scarcity_engine::compute::{self, ComputeConfig, LaggedGram, packed_len};
use scarcity_engine::mpie::{History, MpieConfig, Pipeline};
use scarcity_engine::stream::{StreamConfig, WindowBuilder};
use scarcity_engine::types::Samples;

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
