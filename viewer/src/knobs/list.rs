//! In: nothing. Out: which settings of the engine are knobs, how far each can be turned, and the presets.

use std::collections::BTreeMap;

use crate::model::{KnobGroup, KnobValue};

pub(super) type Range = Option<(f64, f64)>;

/// The knobs: group, path, range, words to choose from.
pub(super) const KNOBS: &[(KnobGroup, &str, Range, &[&str])] = &[
    (KnobGroup::Thresholds, "mpie.evaluator.fdr", Some((0.0001, 0.5)), &[]),
    (KnobGroup::Thresholds, "mpie.evaluator.p_enter", Some((1e-6, 0.2)), &[]),
    (KnobGroup::Thresholds, "mpie.evaluator.stability_min", Some((0.0, 1.0)), &[]),
    (KnobGroup::Thresholds, "mpie.evaluator.gain_min", Some((0.0, 0.5)), &[]),
    (KnobGroup::Thresholds, "mpie.evaluator.lambda_ci", Some((0.1, 10.0)), &[]),
    (KnobGroup::Thresholds, "mpie.evaluator.regime_alpha", Some((1e-12, 0.1)), &[]),
    (KnobGroup::Thresholds, "mpie.evaluator.mci", Some((0.0, 1.0)), &[]),
    (KnobGroup::Operators, "mpie.evaluator.contemporaneous", None, &[]),
    (KnobGroup::Operators, "mpie.evaluator.regimes", None, &[]),
    (KnobGroup::Operators, "mpie.evaluator.calibrate", None, &[]),
    (KnobGroup::Operators, "mpie.evaluator.hyper_sources", Some((0.0, 12.0)), &[]),
    (KnobGroup::Operators, "mpie.encoder.scores", None, &[]),
    (KnobGroup::Operators, "mpie.encoder.curved", None, &[]),
    (KnobGroup::Operators, "mpie.encoder.products", None, &[]),
    (KnobGroup::Operators, "mpie.encoder.baseline_half_life", Some((0.0, 1000.0)), &[]),
    (KnobGroup::Operators, "mpie.encoder.moving_levels", None, &[]),
    (KnobGroup::Operators, "stream.prepare.trend", None, &["off", "auto", "difference", "detrend"]),
    (KnobGroup::Operators, "stream.prepare.season", None, &["off", "auto", "7", "12", "24", "52", "60", "168", "1440"]),
    (KnobGroup::Operators, "stream.prepare.missing", None, &["bridge", "hold", "drop"]),
    (KnobGroup::Cost, "mpie.evaluator.n_resamples", Some((4.0, 512.0)), &[]),
    (KnobGroup::Cost, "mpie.controller.budget", Some((1.0, 1e7)), &[]),
    (KnobGroup::Cost, "mpie.encoder.sketch_dim", Some((8.0, 4096.0)), &[]),
    (KnobGroup::Cost, "mpie.encoder.memory_mb", Some((1.0, 65536.0)), &[]),
    (KnobGroup::Cost, "mpie.encoder.view_every", Some((1.0, 64.0)), &[]),
    (KnobGroup::Cost, "mpie.evaluator.refresh_growth", Some((0.0, 0.9)), &[]),
    (KnobGroup::Cost, "stream.window_rows", Some((16.0, 65536.0)), &[]),
    (KnobGroup::Cost, "stream.stride_rows", Some((1.0, 65536.0)), &[]),
    (KnobGroup::Cost, "governor.enabled", None, &[]),
    (KnobGroup::Cost, "compute.threads", Some((0.0, 256.0)), &[]),
    (KnobGroup::Cost, "compute.device", None, &["auto", "cpu", "wgpu", "cuda"]),
    (KnobGroup::Exploration, "mpie.controller.tau", Some((0.0, 5.0)), &[]),
    (KnobGroup::Exploration, "mpie.controller.gamma_diversity", Some((0.0, 2.0)), &[]),
    (KnobGroup::Exploration, "mpie.controller.eta_cost", Some((0.0, 2.0)), &[]),
    (KnobGroup::Exploration, "mpie.controller.share_top", Some((0.0, 1.0)), &[]),
    (KnobGroup::Exploration, "mpie.controller.share_diverse", Some((0.0, 1.0)), &[]),
    (KnobGroup::Exploration, "mpie.controller.thompson_mode", None, &[]),
    (KnobGroup::Memory, "mpie.store.ema_alpha", Some((0.01, 1.0)), &[]),
    (KnobGroup::Memory, "mpie.store.decay_factor", Some((0.5, 1.0)), &[]),
    (KnobGroup::Memory, "mpie.store.patience_windows", Some((0.0, 100.0)), &[]),
    (KnobGroup::Memory, "mpie.store.max_age_windows", Some((1.0, 1e6)), &[]),
    (KnobGroup::Memory, "mpie.exporter.top_k", Some((1.0, 1e6)), &[]),
    (KnobGroup::Layout, "simulation.k", Some((0.0, 100.0)), &[]),
    (KnobGroup::Layout, "simulation.damping", Some((0.05, 1.0)), &[]),
    (KnobGroup::Layout, "simulation.max_fps", Some((1.0, 240.0)), &[]),
    (KnobGroup::Layout, "simulation.spring_ema", Some((0.01, 1.0)), &[]),
    (KnobGroup::Layout, "simulation.change_gain", Some((0.1, 50.0)), &[]),
];

/// The knobs of a preset by its name.
pub fn preset(name: &str) -> BTreeMap<String, KnobValue> {
    let knobs: &[(&str, KnobValue)] = match name {
        "Quiet" => &[
            ("mpie.evaluator.n_resamples", KnobValue::Whole(16)),
            ("mpie.evaluator.refresh_growth", KnobValue::Real(0.2)),
            ("mpie.encoder.products", KnobValue::Switch(false)),
            ("mpie.controller.budget", KnobValue::Whole(2_000)),
            ("compute.threads", KnobValue::Whole(1)),
        ],
        "Max" => &[
            ("mpie.evaluator.n_resamples", KnobValue::Whole(128)),
            ("mpie.evaluator.refresh_growth", KnobValue::Real(0.0)),
            ("mpie.controller.budget", KnobValue::Whole(1_000_000)),
            ("mpie.encoder.memory_mb", KnobValue::Whole(2_048)),
        ],
        _ => &[],
    };
    knobs.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect()
}
