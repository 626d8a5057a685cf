//! Numbers as people read them.

use std::path::{Path, PathBuf};

use scarcity_viewer::model::HistoryPoint;
use scarcity_viewer::panels::{format, regime_bands};

#[test]
fn three_significant_digits() {
    for (value, text) in [
        (0.0, "0"),
        (-0.0, "0"),
        (0.42, "0.42"),
        (0.4238, "0.424"),
        (12.345, "12.3"),
        (999.4, "999"),
        (999.6, "1,000"),
        (1234.0, "1,230"),
        (1_234_567.0, "1,230,000"),
        (-0.1849, "−0.185"),
        (0.000_45, "0.00045"),
        (0.000_045, "4.5e−5"),
        (2.5e12, "2.5e12"),
        (f64::NAN, "–"),
        (f64::INFINITY, "∞"),
        (f64::NEG_INFINITY, "−∞"),
    ] {
        assert_eq!(format::number(value), text, "{value}");
    }
}

#[test]
fn counts_have_separators_and_nouns() {
    assert_eq!(format::count(1_204_000), "1,204,000");
    assert_eq!(format::count(999), "999");
    assert_eq!(format::counted(1, "link"), "1 link");
    assert_eq!(format::counted(0, "link"), "0 links");
    assert_eq!(format::counted(1200, "link"), "1,200 links");
    assert_eq!(format::counted(2, "entry"), "2 entries");
}

#[test]
fn rates_are_short() {
    assert_eq!(format::rows_per_s(12_400.0), "12.4k rows/s");
    assert_eq!(format::rows_per_s(950.0), "950 rows/s");
    assert_eq!(format::rows_per_s(999_960.0), "1M rows/s");
    assert_eq!(format::short(3_210_000.0), "3.21M");
}

#[test]
fn durations_are_plain() {
    for (seconds, text) in [
        (0.3, "under 1 s"),
        (12.4, "12 s"),
        (59.7, "1 min"),
        (130.0, "2 min 10 s"),
        (3600.0, "1 h"),
        (11_100.0, "3 h 5 min"),
        (90_000.0, "1 d 1 h"),
        (f64::NAN, "–"),
        (f64::INFINITY, "–"),
    ] {
        assert_eq!(format::duration(seconds), text, "{seconds}");
    }
}

#[test]
fn sizes_and_shares() {
    assert_eq!(format::bytes(812), "812 B");
    assert_eq!(format::bytes(12_300_000), "12.3 MB");
    assert_eq!(format::bytes(999_999), "1 MB");
    assert_eq!(format::percent(0.37), "37 %");
    assert_eq!(format::percent(0.034), "3.4 %");
    assert_eq!(format::percent(1.0), "100 %");
    assert_eq!(format::percent(0.9999), "99.9 %", "never rounded up to certainty");
    assert_eq!(format::percent(0.0), "0 %");
    assert_eq!(format::percent(0.0001), "under 0.1 %");
}

#[test]
fn statistics_and_lags() {
    assert_eq!(format::with_interval(0.42, 0.35, 0.49), "0.42 [0.35, 0.49]");
    assert_eq!(format::with_interval(-0.11, -0.18, -0.04), "−0.11 [−0.18, −0.04]");
    assert_eq!(format::weight(-0.4), "−0.40");
    assert_eq!(format::weight(0.5181), "0.52");
    assert_eq!(format::weight(0.0043), "0.0043");
    assert_eq!(format::weight(1234.0), "1,230");
    assert_eq!(format::p_value(3e-7), "< 0.0001");
    assert_eq!(format::p_value(0.0132), "0.013");
    assert_eq!(format::lag(0), "same row");
    assert_eq!(format::lag(1), "1 row");
    assert_eq!(format::lag(3), "3 rows");
}

#[test]
fn files_are_named_shortly() {
    let none: [PathBuf; 0] = [];
    assert_eq!(format::file_names(&none), "no file");
    assert_eq!(format::file_names(&[Path::new("/a/x.csv")]), "x.csv");
    assert_eq!(format::file_names(&["a.csv", "b.csv", "c.csv"]), "a.csv and 2 more");
}

#[test]
fn regimes_become_bands() {
    let point = |window, regime| HistoryPoint { window, regime, ..HistoryPoint::default() };
    let history = [point(0, 0), point(1, 0), point(2, 1), point(4, 1), point(5, 0)];
    assert_eq!(regime_bands(&history), [(0, 0, 1), (1, 2, 4), (0, 5, 5)]);
    assert!(regime_bands(&[]).is_empty());
}
