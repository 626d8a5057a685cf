//! In: separated text in all its dialects. Out: the numbers its author meant.

use super::*;

#[test]
fn separators_are_detected() {
    let folder = Folder::new();
    for (name, separator) in [("c.csv", ','), ("s.csv", ';'), ("t.tsv", '\t'), ("p.txt", '|')] {
        let text = csv_text(5, 3).replace(',', &separator.to_string());
        let path = folder.write(name, text);
        let report = report(&path);
        assert_eq!(report.separator, Some(separator));
        assert_eq!(report.format, DataFormat::Csv);
        assert_eq!(report.schema.variables(), ["x0", "x1", "x2"]);
        assert!(report.header && report.rows_exact);
        assert_eq!((report.inspected_rows, report.estimated_rows), (5, 5));
        assert_eq!(report.preview.len(), 5);
        assert_eq!(read(&path).rows(), 5);
    }
}

#[test]
fn a_text_column_full_of_other_separators_does_not_fool_the_detection() {
    let folder = Folder::new();
    let path = folder.write("a.csv", "x,note,y\n1,a;b;c,2\n3,d;e;f,4\n5,g;h;i,6\n");
    let report = report(&path);
    assert_eq!(report.separator, Some(','));
    assert_eq!(report.schema.variables(), ["x", "y"]);
}

#[test]
fn headers_are_told_from_rows() {
    let folder = Folder::new();
    let no_header = folder.write("n.csv", "1,2\n3,4\n5,6\n");
    let report_1 = report(&no_header);
    assert!(!report_1.header);
    assert_eq!(report_1.schema.variables(), ["column_1", "column_2"]);
    assert_values(&read(&no_header), &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);

    let numbered = folder.write("m.csv", "0,1\n1.5,2.5\n3.5,4.5\n");
    assert!(report(&numbered).header);
    assert_values(&read(&numbered), &[1.5, 2.5, 3.5, 4.5]);

    let channels = folder.write("o.csv", "time,1,2\n0,1.5,2.5\n1,3.5,4.5\n");
    assert_eq!(report(&channels).schema.variables(), ["1", "2"]);
}

#[test]
fn quotes_line_ends_in_quotes_and_byte_order_mark() {
    let folder = Folder::new();
    let text = "\u{feff}\"a\",\"b, with comma\",note\r\n\"1\",2,\"two\nlines, \"\"quoted\"\"\"\r\n3,\"4.5\",x\r\n";
    let path = folder.write("q.csv", text);
    assert_eq!(report(&path).schema.variables(), ["a", "b, with comma"]);
    assert_values(&read(&path), &[1.0, 2.0, 3.0, 4.5]);
}

#[test]
fn missing_and_infinite_cells_are_nan() {
    let folder = Folder::new();
    let path = folder
        .write("m.csv", "a,b\n1,2\n,3\nNA,4\nNaN,5\nnull,6\ninf,7\n-inf,8\n-Infinity,9\n?,10\n 11 , 12\n1e400,13\n");
    let report = report(&path);
    assert_eq!(report.schema.columns[0].missing, 9);
    assert_eq!(report.schema.columns[0].kind, ColumnKind::Integer);
    let mut expected = vec![1.0, 2.0];
    (3..=10).for_each(|x| expected.extend([NAN, f64::from(x)]));
    expected.extend([11.0, 12.0, NAN, 13.0]);
    assert_values(&read(&path), &expected);
}

#[test]
fn booleans_are_one_and_zero() {
    let folder = Folder::new();
    let path = folder.write("b.csv", "on,x\ntrue,1.5\nFalse,2.5\nTRUE,3.5\n,4.5\n");
    assert_eq!(kind(&report(&path), "on"), ColumnKind::Boolean);
    assert_values(&read(&path), &[1.0, 1.5, 0.0, 2.5, 1.0, 3.5, NAN, 4.5]);
}

#[test]
fn decimal_commas_are_read() {
    let folder = Folder::new();
    let path = folder.write("d.csv", "a;b\n1,5;2\n-3,25;4,125\n");
    let report = report(&path);
    assert_eq!(report.separator, Some(';'));
    assert!(report.warnings.iter().any(|w| w.contains("decimal commas")), "{:?}", report.warnings);
    assert_values(&read(&path), &[1.5, 2.0, -3.25, 4.125]);
}

#[test]
fn empty_lines_and_a_missing_last_line_end_do_not_matter() {
    let folder = Folder::new();
    let path = folder.write("e.csv", "a,b\n\n1,2\n   \n3,4\r\n\n5,6");
    assert_values(&read(&path), &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
}

#[test]
fn fast_and_record_by_record_parsing_agree() {
    // One quoted cell in the middle of thousands sends its block the slow way; that must change nothing but itself.
    let folder = Folder::new();
    let text = csv_text(6000, 3);
    let plain = read(&folder.write("p.csv", &text));
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines[5001] = "\"NA\",1,2".to_owned();
    let odd = read(&folder.write("o.csv", lines.join("\n")));
    assert_eq!(plain.rows(), 6000);
    assert_eq!(odd.rows(), 6000);
    assert!(odd.row(5000)[0].is_nan());
    assert_eq!(&odd.row(5000)[1..], [1.0, 2.0]);
    for row in (0..6000).filter(|&row| row != 5000) {
        assert_eq!(plain.row(row), odd.row(row), "row {row}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_way_to_write_a_number_is_read_to_the_last_bit(
        numbers in proptest::collection::vec((any::<f64>(), any::<i64>(), 0usize..40, 0usize..25), 30..60),
    ) {
        let mut text = "a,b,c,d\n".to_owned();
        let mut expected = Vec::new();
        for (x, n, decimals, places) in numbers {
            let x = if x.is_finite() { x } else { 0.5 };
            let small = n as f64 / 10f64.powi(places as i32);
            for cell in [format!("{x}"), format!("{x:e}"), n.to_string(), format!("{small:.decimals$}")] {
                expected.push(cell.parse::<f64>().unwrap());
                text.push_str(&cell);
                text.push(',');
            }
            text.pop();
            text.push('\n');
        }
        let (options, config) = defaults();
        let found = drain(Reader::from_read(std::io::Cursor::new(text.into_bytes()), &options, &config).unwrap());
        prop_assert!(found.values.iter().map(|x| x.to_bits()).eq(expected.iter().map(|x| x.to_bits())));
    }
}
