//! In: rows in chunks of any size. Out: the same panes, windows and moments.

use super::*;

fn two_pass(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, values.iter().map(|x| (x - mean) * (x - mean)).sum())
}

#[test]
fn merged_moments_match_two_passes_far_from_zero() {
    let small: Vec<f64> = (0..1000).map(noise).collect();
    let (mean, m2) = two_pass(&small);
    let offset = 1e9;
    let values: Vec<f64> = small.iter().map(|x| x + offset).collect();
    let mut merged = Moments::default();
    values.chunks(64).for_each(|chunk| merged.merge(&Moments::of(chunk, 1)));
    assert_eq!(merged.n, [1000.0]);
    // An f64 near 1e9 resolves 1.2e-7; 1000 of them average that out, squares keep it relative to a spread of 0.3.
    assert!((merged.mean[0] - offset - mean).abs() < 2e-7, "{}", merged.mean[0] - offset - mean);
    assert!((merged.m2[0] / m2 - 1.0).abs() < 1e-6, "{}", merged.m2[0] / m2 - 1.0);
    assert_eq!(merged.min[0], values.iter().copied().fold(f64::INFINITY, f64::min));
    assert_eq!(merged.max[0], values.iter().copied().fold(f64::NEG_INFINITY, f64::max));
    assert!((merged.variance(0) - m2 / 999.0).abs() < 1e-6);
}

#[test]
fn moments_leave_missing_cells_out() {
    let mut moments = Moments::of(&[1.0, NAN, 3.0, NAN], 2);
    assert_eq!((moments.n[0], moments.mean[0], moments.n[1]), (2.0, 2.0, 0.0));
    moments.merge(&Moments::of(&[NAN, 5.0], 2));
    assert_eq!((moments.n[0], moments.n[1], moments.mean[1]), (2.0, 1.0, 5.0));
    assert!(moments.variance(1).is_nan());
}

fn config_of(window_rows: u32, stride_rows: u32) -> StreamConfig {
    StreamConfig { window_rows, stride_rows, ..StreamConfig::default() }
}

/// Feeds rows in chunks of the given sizes (repeated) and collects all windows.
fn windows(all: &Samples, config: &StreamConfig, chunks: &[usize]) -> Vec<Window> {
    let mut builder = WindowBuilder::new(all.vars, config, 3);
    let (mut windows, mut at) = (Vec::new(), 0);
    for size in chunks.iter().cycle() {
        if at >= all.rows() {
            break;
        }
        let end = (at + size).min(all.rows());
        let samples = Samples {
            values: all.values[at * all.vars..end * all.vars].to_vec(),
            vars: all.vars,
            breaks: all.breaks.iter().filter(|&&b| (at..end).contains(&b)).map(|b| b - at).collect(),
        };
        windows.extend(builder.push(&samples));
        at = end;
    }
    windows.extend(builder.flush());
    assert_eq!(builder.rows_seen(), all.rows() as u64);
    assert_eq!(builder.windows_built(), windows.len() as u64);
    windows
}

fn random_samples(rows: usize, vars: usize, breaks: Vec<usize>) -> Samples {
    let cell = |i: usize| if i % 23 == 7 { NAN } else { noise(i as u64) };
    Samples { values: (0..rows * vars).map(cell).collect(), vars, breaks }
}

/// Equal bit by bit, NaN included.
fn same(a: &[Window], b: &[Window]) -> bool {
    let bits = |w: &Window| {
        let panes: Vec<_> = w
            .panes
            .iter()
            .map(|p| {
                let values: Vec<u64> = p.values.iter().map(|x| x.to_bits()).collect();
                (p.index, p.first_row, values, p.run.clone(), p.missing)
            })
            .collect();
        let m = &w.moments;
        let moments: Vec<u64> =
            [&m.n, &m.mean, &m.m2, &m.min, &m.max].into_iter().flatten().map(|x| x.to_bits()).collect();
        (w.index, w.rows.clone(), panes, w.new_panes, moments, w.breaks)
    };
    a.iter().map(bits).eq(b.iter().map(bits))
}

#[test]
fn the_default_window_is_two_panes_and_slides_by_one() {
    let all = random_samples(300, 2, vec![100]);
    let windows = windows(&all, &StreamConfig::default(), &[300]);
    let rows: Vec<_> = windows.iter().map(|w| w.rows.clone()).collect();
    assert_eq!(rows, [0..128, 64..192, 128..256, 192..300]);
    assert_eq!(windows.iter().map(|w| w.new_panes).collect::<Vec<_>>(), [2, 1, 1, 1]);
    assert_eq!(windows.iter().map(|w| w.breaks).collect::<Vec<_>>(), [1, 1, 0, 0]);
    assert_eq!(windows[3].panes[1].rows(), 44);
    assert!(Arc::ptr_eq(&windows[0].panes[1], &windows[1].panes[0]), "panes are shared, not copied");
    let pane = &windows[1].panes[0];
    assert_eq!((pane.run[0], pane.run[35], pane.run[36], pane.run[63]), (64, 99, 0, 27));
}

#[test]
fn a_stream_that_ends_with_a_window_has_no_tail() {
    let all = random_samples(256, 2, vec![]);
    assert_eq!(windows(&all, &StreamConfig::default(), &[7]).len(), 3);
}

#[test]
fn panes_divide_window_and_stride() {
    for (window, stride, pane) in
        [(128, 64, 64), (128, 128, 64), (100, 30, 10), (1000, 1000, 50), (96, 7, 1), (64, 64, 64)]
    {
        assert_eq!(WindowBuilder::new(1, &config_of(window, stride), 3).pane_rows(), pane, "{window}/{stride}");
    }
}

#[test]
fn window_moments_are_those_of_its_rows() {
    let all = random_samples(400, 3, vec![]);
    for window in windows(&all, &config_of(96, 36), &[50]) {
        let (from, to) = (window.rows.start as usize, window.rows.end as usize);
        for var in 0..3 {
            let cells: Vec<f64> = (from..to).map(|r| all.row(r)[var]).filter(|x| !x.is_nan()).collect();
            let (mean, m2) = two_pass(&cells);
            assert_eq!(window.moments.n[var], cells.len() as f64);
            assert!((window.moments.mean[var] - mean).abs() < 1e-14);
            assert!((window.moments.m2[var] - m2).abs() < 1e-12);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn windows_do_not_depend_on_the_chunks(
        rows in 0usize..700,
        window in 8u32..140,
        stride_share in 0.0f64..1.0,
        breaks in proptest::collection::btree_set(0usize..700, 0..8),
        chunks in proptest::collection::vec(1usize..200, 1..12),
    ) {
        let stride = 1 + (f64::from(window - 1) * stride_share) as u32;
        let config = config_of(window, stride);
        let breaks: Vec<usize> = breaks.into_iter().filter(|&b| b < rows).collect();
        let all = random_samples(rows, 2, breaks.clone());
        let whole = windows(&all, &config, &[rows.max(1)]);
        prop_assert!(same(&whole, &windows(&all, &config, &chunks)));

        // Every pane is new exactly once, in order, and together they are the stream.
        let mut panes = Vec::new();
        for (index, w) in whole.iter().enumerate() {
            prop_assert_eq!(w.index, index as u64);
            prop_assert!(w.new_panes <= w.panes.len());
            prop_assert_eq!(w.panes.iter().map(|p| p.rows() as u64).sum::<u64>(), w.rows.end - w.rows.start);
            prop_assert!(w.rows.end - w.rows.start <= u64::from(window));
            panes.extend(w.panes[w.panes.len() - w.new_panes..].iter().cloned());
        }
        // A stream shorter than a window is one short window, if it has anything to say.
        if rows < (window as usize).min(32) {
            prop_assert!(whole.is_empty());
            return Ok(());
        }
        prop_assert_eq!(panes.iter().map(|p| p.rows()).sum::<usize>(), rows);
        let (mut row, mut run) = (0usize, 0u32);
        for (index, pane) in panes.iter().enumerate() {
            prop_assert_eq!((pane.index, pane.first_row), (index as u64, row as u64));
            for (at, &found) in pane.run.iter().enumerate() {
                run = if breaks.contains(&row) { 0 } else { run };
                prop_assert_eq!(found, run);
                let cells = pane.values[at * 2..at * 2 + 2].iter().map(|x| x.to_bits());
                prop_assert!(cells.eq(all.row(row).iter().map(|x| x.to_bits())));
                run += 1;
                row += 1;
            }
        }
    }
}
