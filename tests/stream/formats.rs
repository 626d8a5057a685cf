//! In: the same rows in every format, alone and mixed. Out: the same numbers.

use super::*;

#[test]
fn every_format_gives_the_same_rows() {
    let folder = Folder::new();
    let rows = 2500;
    let batch = mixed(rows);
    let halves = [batch.slice(0, 900), batch.slice(900, rows - 900)];
    write_parquet(&folder.path("m.parquet"), &batch);
    write_arrow_file(&folder.path("m.arrow"), &halves);
    folder.write("m.arrows", arrow_stream(&halves));
    folder.write("m.jsonl", json_lines(&batch));
    folder.write("m.csv", csv_of(&batch));
    for (name, format, exact) in [
        ("m.parquet", DataFormat::Parquet, true),
        ("m.arrow", DataFormat::Arrow, false),
        ("m.arrows", DataFormat::Arrow, false),
        ("m.jsonl", DataFormat::Jsonl, false),
        ("m.csv", DataFormat::Csv, false),
    ] {
        let path = folder.path(name);
        let report = report(&path);
        assert_eq!(report.format, format, "{name}");
        assert_eq!(report.schema.variables(), ["x", "n", "on"], "{name}: {:?}", report.schema);
        assert_eq!(*role(&report, "at"), ColumnRole::Time, "{name}");
        assert!(matches!(role(&report, "tag"), ColumnRole::Skipped(_)), "{name}");
        assert_eq!(report.rows_exact, exact, "{name}");
        assert!(!report.preview.is_empty() && report.warnings.len() == 1, "{name}: {:?}", report.warnings);
        if exact {
            assert_eq!(report.estimated_rows, rows as u64);
        }
        let samples = read(&path);
        assert_values(&samples, &mixed_values(rows));
        assert_eq!(samples.breaks, [rows / 2], "{name}");
    }
}

#[test]
fn content_decides_and_a_wrong_extension_is_remarked_on() {
    let folder = Folder::new();
    write_parquet(&folder.path("data.csv"), &mixed(50));
    let report_1 = report(&folder.path("data.csv"));
    assert_eq!(report_1.format, DataFormat::Parquet);
    assert_says(&report_1.warnings[0], &["data.csv is named like CSV but holds Parquet"]);
    assert_eq!(read(&folder.path("data.csv")).rows(), 50);

    let text = folder.write("data.parquet", csv_text(50, 2));
    assert_says(&report(&text).warnings[0], &["named like Parquet but holds CSV"]);
    assert_eq!(read(&text).rows(), 50);
}

#[test]
fn a_given_format_must_fit_the_content() {
    let folder = Folder::new();
    let path = folder.write("a.csv", csv_text(5, 2));
    let options = ReadOptions { format: Some(DataFormat::Parquet), ..ReadOptions::default() };
    assert_says(&failure_with(&[path], &options, &StreamConfig::default()), &["is not Parquet but CSV"]);
}

#[test]
fn json_lines_with_absent_keys_strings_and_other_order() {
    let folder = Folder::new();
    let text =
        "{\"b\": 1, \"a\": 2.5}\n\n{\"a\": null, \"b\": \"4\"}\n{\"a\": 3, \"extra\": [1], \"b\": true}\n{\"b\": 7}\n";
    let path = folder.write("j.jsonl", text);
    let report = report(&path);
    assert_eq!(report.schema.columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["b", "a", "extra"]);
    assert_values(&read(&path), &[1.0, 2.5, 4.0, NAN, 1.0, 3.0, 7.0, NAN]);
}

#[test]
fn bad_json_names_the_row() {
    let folder = Folder::new();
    let path = folder.write("j.jsonl", "{\"a\":1,\"b\":2}\n{\"a\":1,\"b\":\n");
    assert_says(&failure(&path), &["row 2", "is not a JSON object on one line"]);
    let path = folder.write("a.json", "[{\"a\":1,\"b\":2}]");
    assert_says(&failure(&path), &["is one JSON array", "one JSON object per line"]);
}

#[test]
fn files_are_mapped_by_name_whatever_their_format_and_column_order() {
    let folder = Folder::new();
    let a = folder.write("a.csv", "a,b\n1,2\n3,4\n");
    let b = folder.write("b.jsonl", "{\"b\":6,\"a\":5}\n");
    write_parquet(&folder.path("c.parquet"), &batch(&[("b", vec![Some(8.0)]), ("a", vec![Some(7.5)])]));
    let (options, config) = defaults();
    let files = [a, b, folder.path("c.parquet")];
    let report = inspect(&files, &options, &config).unwrap();
    assert_eq!((report.estimated_rows, report.rows_exact, report.schema.version), (4, true, 2));
    let samples = read_with(&files, &options, &config);
    assert_values(&samples, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.5, 8.0]);
    assert!(samples.breaks.is_empty());
}

#[test]
fn files_that_do_not_agree_are_refused_with_the_difference() {
    let folder = Folder::new();
    let a = folder.write("a.csv", "a,b,c\n1,2,3\n3,4,1\n");
    let b = folder.write("b.csv", "a,b,d\n1,2,3\n3,4,1\n");
    let c = folder.write("c.csv", "a,b,c\n1,x,3\n3,y,1\n");
    let (options, config) = defaults();
    let message = failure_with(&[a.clone(), b.clone()], &options, &config);
    assert!(message.starts_with(&b.display().to_string()), "{message}");
    assert_says(&message, &["does not go with", "a.csv", "it lacks \"c\"", "it has \"d\" in addition"]);
    assert_says(&failure_with(&[a, c], &options, &config), &["c.csv", "\"b\" holds text here, numbers before"]);
}

#[test]
fn an_error_names_the_row_of_its_own_file() {
    let folder = Folder::new();
    let a = folder.write("a.csv", csv_text(30, 2));
    let b = folder.write("b.csv", csv_text(30, 2) + "1,x\n");
    let (options, config) = defaults();
    assert_says(
        &failure_with(&[a, b], &options, &config),
        &["b.csv, data row 31, column \"x1\"", "\"x\" is not a number"],
    );
}
