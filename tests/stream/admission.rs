//! In: a simulated queue. Out: an occupancy that settles at its target.

use super::*;

/// A queue fed at the admitted rate (or slower, if the source is) and emptied at a service rate; returns the
/// occupancy after each step.
fn simulate(control: &mut AdmissionControl, queue: &mut f64, service: f64, source: f64, seconds: f64) -> Vec<f64> {
    const STEP_S: f64 = 0.05;
    let config = StreamConfig::default();
    let capacity = f64::from(config.queue_windows * config.stride_rows);
    let mut occupancy = Vec::new();
    for _ in 0..(seconds / STEP_S) as usize {
        // Back-pressure: what does not fit does not enter.
        let starved = source < control.rows_per_s();
        let entered = (control.rows_per_s().min(source) * STEP_S).min(capacity - *queue);
        *queue = (*queue + entered - service * STEP_S).max(0.0);
        occupancy.push(*queue / capacity);
        control.update(*queue / capacity, starved, STEP_S);
    }
    occupancy
}

fn swing(occupancy: &[f64]) -> f64 {
    let (lo, hi) = occupancy.iter().fold((1.0f64, 0.0f64), |(lo, hi), &x| (lo.min(x), hi.max(x)));
    hi - lo
}

#[test]
fn admission_settles_at_the_target_after_every_step_of_the_service_rate() {
    let config = StreamConfig::default();
    let mut control = AdmissionControl::new(&config);
    let mut queue = 0.0;
    for service in [2000.0, 400.0, 6000.0, 60.0, 20_000.0] {
        let occupancy = simulate(&mut control, &mut queue, service, f64::INFINITY, 240.0);
        let (settling, settled) = occupancy.split_at(occupancy.len() / 2);
        let mean = settled.iter().sum::<f64>() / settled.len() as f64;
        assert!((mean - config.queue_target).abs() < 0.05, "at {service} rows/s the queue stands at {mean:.2}");
        assert!(swing(settled) < 0.1, "at {service} rows/s the queue swings by {:.2}", swing(settled));
        assert!(swing(settled) <= swing(settling), "oscillation grows at {service} rows/s");
        let rate = control.rows_per_s();
        assert!((rate / service - 1.0).abs() < 0.1, "{rate:.0} rows/s admitted, {service} served");
    }
}

#[test]
fn a_slow_source_does_not_wind_the_admission_up() {
    let mut control = AdmissionControl::new(&StreamConfig::default());
    let mut queue = 0.0;
    simulate(&mut control, &mut queue, 2000.0, f64::INFINITY, 120.0);
    let before = control.rows_per_s();
    simulate(&mut control, &mut queue, 2000.0, 50.0, 600.0);
    assert!(queue < 1.0, "the source is slower than the service");
    assert!(
        control.rows_per_s() < 2.0 * before,
        "{} rows/s allowed after a lull, {before} before",
        control.rows_per_s()
    );
    // The burst after the lull meets a control that still knows the service rate.
    let burst = simulate(&mut control, &mut queue, 2000.0, f64::INFINITY, 60.0);
    assert!(burst.iter().all(|&x| x < 0.95), "the burst filled the queue");
}

#[test]
fn a_stalled_service_closes_the_admission_and_it_opens_again() {
    let mut control = AdmissionControl::new(&StreamConfig::default());
    let mut queue = 0.0;
    simulate(&mut control, &mut queue, 2000.0, f64::INFINITY, 60.0);
    simulate(&mut control, &mut queue, 0.0, f64::INFINITY, 300.0);
    assert!(control.rows_per_s() < 20.0, "{}", control.rows_per_s());
    let back = simulate(&mut control, &mut queue, 2000.0, f64::INFINITY, 120.0);
    assert!((back[back.len() - 1] - 0.5).abs() < 0.1, "nothing wound up during the stall: {}", back[back.len() - 1]);
    // Nonsense in, nothing moves.
    let rate = control.rows_per_s();
    assert_eq!(control.update(f64::NAN, false, 0.1), rate);
    assert_eq!(control.update(0.2, false, 0.0), rate);
    assert!(control.pause_after(100).as_secs_f64() > 0.0);
}
