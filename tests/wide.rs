//! Streams of more variables than fit one Gram matrix: screening proposes, regressions confirm.

use std::sync::Arc;

use scarcity_engine::compute::cpu::CpuCompute;
use scarcity_engine::mpie::{Limits, MpieConfig, Pipeline, Wide, is_wide};
use scarcity_engine::types::{Moments, Pane, Window};

use crate::common::noise;

const PANE: usize = 64;

/// Every fourth variable follows the next two, at lags 2 and 1; the rest only themselves. Missing cells and breaks on
/// request.
fn windows(vars: usize, panes: usize, gaps: bool) -> Vec<Window> {
    following(vars, panes, gaps, |two_ago, last, v| 0.5 * two_ago[v + 1] - 0.4 * last[v + 2])
}

/// Every fourth variable does what `cause` says, from the rows two and one before.
fn following(vars: usize, panes: usize, gaps: bool, cause: impl Fn(&[f64], &[f64], usize) -> f64) -> Vec<Window> {
    let mut rows: Vec<Vec<f64>> = vec![vec![0.0; vars]; 2];
    for t in 0..panes * PANE {
        let row = (0..vars)
            .map(|v| {
                let fresh = 3.0 * noise((t * vars + v) as u64) + 0.3 * rows[t + 1][v];
                let caused = if v % 4 == 0 && v + 2 < vars { cause(&rows[t], &rows[t + 1], v) } else { 0.0 };
                fresh + caused
            })
            .collect();
        rows.push(row);
    }
    (0..panes)
        .map(|index| {
            let first = index * PANE;
            let mut values: Vec<f64> = rows[first + 2..first + 2 + PANE].concat();
            if gaps {
                (0..values.len())
                    .filter(|at| noise((7 * at + index) as u64) > 0.48)
                    .for_each(|at| values[at] = f64::NAN);
            }
            // With gaps, the stream also breaks off once.
            let broken = if gaps { panes * PANE / 2 + 10 } else { 0 };
            let run = (first..first + PANE).map(|t| if t < broken { t } else { t - broken } as u32).collect();
            let pane = Pane { index: index as u64, first_row: first as u64, values, vars, run, missing: 0 };
            Window {
                index: index as u64,
                rows: first as u64..(first + PANE) as u64,
                panes: vec![Arc::new(pane)],
                new_panes: 1,
                moments: Moments {
                    n: vec![64.0; vars],
                    mean: vec![0.0; vars],
                    m2: vec![48.0; vars],
                    ..Moments::default()
                },
                breaks: 0,
            }
        })
        .collect()
}

fn planted(vars: usize) -> Vec<(u32, u32, u32)> {
    (0..vars)
        .step_by(4)
        .filter(|v| v + 2 < vars)
        .flat_map(|v| [(v as u32 + 1, v as u32, 2), (v as u32 + 2, v as u32, 1)])
        .collect()
}

#[test]
fn exact_is_used_where_it_fits() {
    let config = MpieConfig::default();
    assert!(!is_wide(&config, 20) && !is_wide(&config, 289));
    assert!(is_wide(&config, 290) && is_wide(&config, 10_000));
}

#[test]
fn a_wide_stream_goes_through_the_whole_pipeline() {
    let vars = 400;
    let names: Arc<[String]> = (0..vars).map(|v| format!("x{v}")).collect();
    for (method, gaps) in [("polynomial", false), ("count", true)] {
        let mut config = MpieConfig::default();
        method.clone_into(&mut config.encoder.sketch_method);
        // Judged once it is known, once again at the end.
        config.evaluator.refresh_growth = 0.9;
        let mut device = CpuCompute::new(2).unwrap();
        let mut pipeline = Pipeline::new(&config, names.clone(), 1);
        let windows = windows(vars, 64, gaps);
        let (last, rest) = windows.split_last().unwrap();
        rest.iter().for_each(|window| drop(pipeline.step(window, &mut device, false)));
        let step = pipeline.step(last, &mut device, true);
        let found: Vec<_> = step.snapshot.edges.iter().map(|e| e.link.key).collect();
        let planted = planted(vars);
        let right = found.iter().filter(|k| planted.contains(&(k.source, k.target, k.lag))).count();
        assert!(right as f64 > 0.9 * planted.len() as f64, "{method}: {right} of {} found", planted.len());
        assert!(found.len() - right <= planted.len() / 10, "{method}: {} false links", found.len() - right);
        for edge in step
            .snapshot
            .edges
            .iter()
            .filter(|e| planted.contains(&(e.link.key.source, e.link.key.target, e.link.key.lag)))
        {
            let truth = if edge.link.key.lag == 2 { 0.5 } else { -0.4 };
            assert!((edge.link.effect - truth).abs() < 0.15, "{:?}", edge.link);
        }
    }
}

#[test]
fn the_number_of_threads_does_not_change_what_is_found() {
    let windows = windows(300, 20, false);
    let mut found = [1, 2].map(|threads| {
        let mut device = CpuCompute::new(threads).unwrap();
        let mut wide = Wide::new(&MpieConfig::default(), 300, 5);
        windows.iter().for_each(|window| wide.take_in(window, &mut device));
        wide.judge(&mut device).0.links
    });
    assert!(!found[0].is_empty());
    let other = std::mem::take(&mut found[1]);
    assert_eq!(found[0], other);
}

#[test]
fn a_short_wide_stream_is_judged_too() {
    let windows = windows(300, 3, false);
    let mut device = CpuCompute::new(1).unwrap();
    let mut wide = Wide::new(&MpieConfig::default(), 300, 5);
    windows.iter().for_each(|window| wide.take_in(window, &mut device));
    assert!(!wide.due());
    let (verdicts, asked) = wide.judge(&mut device);
    assert_eq!((verdicts.nodes.len(), asked), (300, 300 * 20));
    assert!(verdicts.links.iter().filter(|l| l.accepted).all(|l| l.effect.is_finite()));
}

#[test]
fn products_of_two_variables_are_found_though_neither_alone_shows() {
    let vars = 300;
    // Standard deviations are 0.9: about a quarter of the target's variance.
    let windows = following(vars, 64, false, |two_ago, last, v| 0.7 * two_ago[v + 1] * last[v + 2]);
    for use_fp16 in [true, false] {
        let mut config = MpieConfig::default();
        config.encoder.use_fp16 = use_fp16;
        let mut device = CpuCompute::new(2).unwrap();
        let mut wide = Wide::new(&config, vars, 1);
        windows.iter().for_each(|window| wide.take_in(window, &mut device));
        let found = wide.judge(&mut device).0.hyperedges;
        let planted: Vec<u32> = (0..vars as u32).step_by(4).filter(|v| v + 2 < vars as u32).collect();
        let right =
            found.iter().filter(|h| planted.contains(&h.target) && h.sources == [(h.target + 1, 2), (h.target + 2, 1)]);
        let right = right.count();
        assert!(right as f64 > 0.95 * planted.len() as f64, "{right} of {} products", planted.len());
        assert!(found.len() - right <= 1, "{} false products", found.len() - right);
        for h in &found {
            assert!(h.gain_joint > 0.1 && h.gain_joint < 0.5 && h.gain_parts < 0.05, "{h:?}");
            assert!(h.ci_lo > 0.0 && h.ci_hi < 0.6 && h.stability > 0.9, "{h:?}");
        }
        // Where the governor allows one lag only, no factor lies further back.
        wide.set_limits(Limits { max_lag: 1, ..Limits::default() });
        let limited = wide.judge(&mut device).0.hyperedges;
        assert!(limited.iter().flat_map(|h| &h.sources).all(|(_, lag)| *lag == 1), "{limited:?}");
    }
}

#[test]
fn noise_has_no_products() {
    let windows = following(300, 32, false, |_, _, _| 0.0);
    let mut device = CpuCompute::new(2).unwrap();
    let mut wide = Wide::new(&MpieConfig::default(), 300, 5);
    windows.iter().for_each(|window| wide.take_in(window, &mut device));
    assert!(wide.judge(&mut device).0.hyperedges.is_empty());
}

#[test]
fn single_precision_is_kept_when_asked_for() {
    let windows = windows(300, 64, false);
    let screened = [true, false].map(|use_fp16| {
        let mut config = MpieConfig::default();
        config.encoder.use_fp16 = use_fp16;
        let mut device = CpuCompute::new(1).unwrap();
        let mut wide = Wide::new(&config, 300, 5);
        windows.iter().for_each(|window| wide.take_in(window, &mut device));
        (0..300).map(|target| wide.screened(target, 50)).collect::<Vec<_>>()
    });
    for (found, what) in screened.iter().zip(["half", "single"]) {
        let all = planted(300);
        let right = all
            .iter()
            .filter(|&&(source, target, lag)| found[target as usize][..20].contains(&(source as usize, lag as usize)));
        let right = right.count();
        assert!(right as f64 > 0.95 * all.len() as f64, "{what}: {right} of {} among the best 20", all.len());
    }
    assert_ne!(screened[0], screened[1], "half precision rounds");
}
