//! In: time and series columns. Out: breaks exactly where rows do not follow each other.

use super::*;

fn hourly(rows: impl IntoIterator<Item = u32>) -> String {
    let mut text = "when,x,y\n".to_owned();
    for h in rows {
        let (x, y) = (noise(u64::from(h)), noise(u64::from(h) + 999));
        text.push_str(&format!("2024-03-{:02} {:02}:00:00,{x},{y}\n", 1 + h / 24, h % 24));
    }
    text
}

#[test]
fn gaps_in_time_are_breaks() {
    let folder = Folder::new();
    let path = folder.write("t.csv", hourly((0..20).chain(23..40)));
    let report = report(&path);
    assert_eq!(*role(&report, "when"), ColumnRole::Time);
    assert_eq!(report.schema.variables(), ["x", "y"]);
    let (options, config) = defaults();
    let reader = Reader::open(&[path], &options, &config).unwrap();
    let counters = reader.counters();
    assert_eq!(drain(reader).breaks, [20]);
    assert_eq!((counters.now().gaps, counters.now().rows), (1, 37));
}

#[test]
fn a_gap_is_seen_between_rows_of_different_batches_and_files() {
    let folder = Folder::new();
    let a = folder.write("a.csv", hourly(0..20));
    let b = folder.write("b.csv", hourly(20..30));
    let c = folder.write("c.csv", hourly(40..50));
    let (options, config) = defaults();
    assert_eq!(read_with(&[a, b, c], &options, &config).breaks, [30], "files continue each other; the gap breaks");
}

#[test]
fn time_columns_are_recognised() {
    let folder = Folder::new();
    let cases = [
        ("time,x,y\n0.5,1,2\n1.0,2,1\n1.5,3,5\n", "time", true),
        ("T,x,y\n1,1,2\n2,2,1\n3,3,5\n", "T", true),
        ("time (s),x,y\n1,1,2\n2,2,1\n3,3,5\n", "time (s)", true),
        ("t,x,y\n3,1,2\n1,2,1\n2,3,5\n", "t", false),
        ("x,Date,y\n1,2024/05/01,2\n2,2024/05/02,1\n", "Date", true),
        ("x,Date,y\n1,01.05.2024 10:00:00,2\n2,01.05.2024 11:00:00,1\n", "Date", true),
        ("x,month,y\n1,2024-05,2\n2,2024-06,1\n", "month", true),
        ("x,at,y\n1,1500-05-01T00:00:00Z,2\n2,1500-05-01T00:00:01Z,1\n", "at", true),
    ];
    for (index, (text, name, is_time)) in cases.into_iter().enumerate() {
        let report = report(&folder.write(&format!("{index}.csv"), text));
        let expected = if is_time { ColumnRole::Time } else { ColumnRole::Variable };
        assert_eq!(*role(&report, name), expected, "{text}");
    }
}

#[test]
fn a_time_column_can_be_named() {
    let folder = Folder::new();
    let path = folder.write("n.csv", "clock,x,y\n1,1,2\n2,2,1\n3,3,5\n9,4,4\n10,5,5\n");
    let (_, config) = defaults();
    let with = |name: &str| ReadOptions { time_column: Some(name.to_owned()), ..ReadOptions::default() };
    assert_eq!(read_with(std::slice::from_ref(&path), &with("clock"), &config).breaks, [3]);
    assert_says(&failure_with(std::slice::from_ref(&path), &with("watch"), &config), &["there is no column \"watch\""]);
    let text = folder.write("w.csv", "w,x,y\nmon,1,2\ntue,2,1\n");
    let message = failure_with(&[text], &with("w"), &config);
    assert_says(&message, &["\"w\" cannot be the time column", "\"mon\" in row 1"]);
}

#[test]
fn unsorted_time_is_an_error_and_equal_times_are_counted() {
    let folder = Folder::new();
    let path = folder.write("u.csv", hourly((0..30).chain([12]).chain(31..40)));
    assert_says(&failure(&path), &["row 31", "column \"when\"", "time goes backwards"]);
    assert!(report(&path).warnings.iter().any(|w| w.contains("time goes backwards in row 31")));
    // The rows before the fault are handed out first.
    let (options, config) = defaults();
    let mut reader = Reader::open(&[path], &options, &config).unwrap();
    assert_eq!(reader.next_batch().unwrap().unwrap().rows(), 30);
    assert!(reader.next_batch().is_err());

    let path = folder.write("e.csv", hourly((0..10).chain([9, 9]).chain(10..20)));
    let reader = Reader::open(&[path], &options, &config).unwrap();
    let counters = reader.counters();
    assert_eq!(drain(reader).rows(), 22);
    assert_eq!((counters.now().duplicate_times, counters.now().gaps), (2, 0));
}

#[test]
fn a_missing_time_breaks_the_run() {
    let folder = Folder::new();
    let path = folder.write("m.csv", "time,x,y\n1,1,2\n2,2,1\n3,3,5\n,4,4\n5,5,5\n6,6,1\n");
    let options = ReadOptions { time_column: Some("time".to_owned()), ..ReadOptions::default() };
    assert_eq!(read_with(&[path], &options, &StreamConfig::default()).breaks, [3, 4]);
}

#[test]
fn series_changes_break_and_time_may_start_again() {
    let folder = Folder::new();
    let text = "_series,time,x,y\na,1,1,2\na,2,2,1\nb,1,3,5\nb,2,4,4\nb,3,5,5\na,1,5,1\n";
    let path = folder.write("s.csv", text);
    let report = report(&path);
    assert_eq!(*role(&report, "_series"), ColumnRole::Series);
    assert_eq!(*role(&report, "time"), ColumnRole::Time);
    assert_eq!(report.schema.variables(), ["x", "y"]);
    assert_eq!(read(&path).breaks, [2, 5]);

    let path = folder.write("n.csv", "run,x,y\n1,1,2\n1.0,2,1\n2,3,5\n");
    let options = ReadOptions { series_column: Some("run".to_owned()), ..ReadOptions::default() };
    assert_eq!(read_with(std::slice::from_ref(&path), &options, &StreamConfig::default()).breaks, [2]);
    let unknown = ReadOptions { series_column: Some("trial".to_owned()), ..ReadOptions::default() };
    assert_says(&failure_with(&[path], &unknown, &StreamConfig::default()), &["there is no column \"trial\""]);
}

#[test]
fn a_series_goes_on_in_the_next_file() {
    let folder = Folder::new();
    let a = folder.write("a.csv", "_series,x,y\n1,1,2\n1,2,1\n");
    let b = folder.write("b.csv", "_series,x,y\n1,3,5\n2,4,4\n");
    let (options, config) = defaults();
    assert_eq!(read_with(&[a, b], &options, &config).breaks, [3]);
}

#[test]
fn frequent_gaps_are_remarked_on() {
    let folder = Folder::new();
    let path = folder.write("w.csv", hourly((0..60).filter(|h| h % 4 != 3)));
    assert!(report(&path).warnings.iter().any(|w| w.contains("stream.gap_factor")));
}

#[test]
fn uneven_steps_are_remarked_and_gaps_are_not_uneven() {
    let folder = Folder::new();
    let table = |time: &dyn Fn(u32) -> f64| {
        (0..60).fold("t,x,y\n".to_owned(), |text, row| {
            let (x, y) = (noise(u64::from(row)), noise(u64::from(row) + 99));
            text + &format!("{},{x},{y}\n", time(row))
        })
    };
    let remarked = |name: &str, text: String| {
        report(&folder.write(name, text)).warnings.iter().any(|w| w.contains("not one span of time"))
    };
    // Every third step is 40 % longer, still no gap.
    assert!(remarked("uneven.csv", table(&|row| f64::from(row) + 0.4 * f64::from(row / 3))));
    assert!(!remarked("even.csv", table(&|row| 0.1 * f64::from(row))));
    assert!(!remarked("gaps.csv", table(&|row| f64::from(row + 9 * (row / 6)))));
    // Months differ by a tenth.
    assert!(!remarked("months.csv", table(&|row| 30.0 * f64::from(row) + f64::from(row / 2))));
}
