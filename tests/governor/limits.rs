//! In: limits on discovery while windows come. Out: whether it does less, and finds what it should.

use scarcity_engine::compute::{self, ComputeConfig};
use scarcity_engine::governor::{MpieHandle, Subsystem};
use scarcity_engine::mpie::{Limits, MpieConfig, Pipeline};
use scarcity_engine::runtime::knob;
use scarcity_engine::stream::{StreamConfig, WindowBuilder};
use scarcity_engine::types::{Action, LinkKey, Samples};

use crate::common::noise;

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
