//! In: everything that is not a good table. Out: one sentence that names file, row and column.

use super::*;

#[test]
fn missing_file_and_directory() {
    let folder = Folder::new();
    assert_says(&failure(&folder.path("none.csv")), &["there is no such file"]);
    std::fs::create_dir(folder.path("d.csv")).unwrap();
    assert_says(&failure(&folder.path("d.csv")), &["is a directory; name the files in it"]);
    let (options, config) = defaults();
    assert_says(&failure_with(&[], &options, &config), &["no file is given"]);
}

#[test]
fn empty_file_header_only_one_column_and_nothing_numeric() {
    let folder = Folder::new();
    assert_says(&failure(&folder.write("e.csv", "")), &["the file is empty"]);
    assert_says(&failure(&folder.write("w.csv", "\n \n")), &["nothing but white space"]);
    assert_says(&failure(&folder.write("h.csv", "a,b\n")), &["has a header but no rows"]);
    let one = failure(&folder.write("o.csv", "a\n1\n2\n"));
    assert_says(&one, &["only one column (\"a\") can be a variable", "at least two"]);
    let none = failure(&folder.write("t.csv", "a,b\nx,\ny,\n"));
    assert_says(&none, &["no column can be a variable", "\"a\": not numeric", "\"b\": no value in any inspected row"]);
    write_parquet(&folder.path("e.parquet"), &mixed(0));
    assert_says(&failure(&folder.path("e.parquet")), &["has columns but no rows"]);
    write_arrow_file(&folder.path("e.arrow"), &[mixed(0)]);
    assert_says(&failure(&folder.path("e.arrow")), &["has columns but no rows"]);
}

#[test]
fn ragged_rows_name_the_row_and_follow_the_policy() {
    let folder = Folder::new();
    let early = folder.write("e.csv", "a,b\n1,2\n3,4,5\n6,7\n");
    assert_says(&failure(&early), &["row 2", "has 3 cells, the header has 2"]);
    // Far behind the inspected rows.
    let mut text = csv_text(3000, 2);
    text.push_str("1\n");
    text.push_str("5,6\n");
    let late = folder.write("l.csv", text);
    assert_says(&failure(&late), &["row 3001", "has 1 cell, the header has 2"]);
    for (policy, rows, breaks) in [(BadRowPolicy::Reject, 3001, vec![3000]), (BadRowPolicy::Null, 3002, vec![])] {
        let config = StreamConfig { bad_rows: policy, ..StreamConfig::default() };
        let reader = Reader::open(std::slice::from_ref(&late), &ReadOptions::default(), &config).unwrap();
        let counters = reader.counters();
        let samples = drain(reader);
        assert_eq!((samples.rows(), &samples.breaks), (rows, &breaks));
        assert_eq!(samples.row(rows - 1), [5.0, 6.0]);
        assert_eq!(counters.now().bad_rows, 1);
        if policy == BadRowPolicy::Null {
            assert_eq!(samples.row(3000)[0], 1.0);
            assert!(samples.row(3000)[1].is_nan());
        }
    }
}

#[test]
fn a_bad_cell_behind_the_inspected_rows_names_file_row_and_column() {
    let folder = Folder::new();
    let mut text = csv_text(5000, 3);
    text.push_str("1,\u{1b}[31m bad \u{7},3\n");
    let path = folder.write("b.csv", text);
    let message = failure(&path);
    assert_says(&message, &["row 5001", "column \"x1\"", "is not a number"]);
    assert!(message.chars().all(|c| !c.is_control()), "control characters reach the terminal: {message:?}");
    // All 5000 rows before it arrive first.
    let (options, config) = defaults();
    let mut reader = Reader::open(&[path], &options, &config).unwrap();
    let mut rows = 0;
    while let Ok(Some(samples)) = reader.next_batch() {
        rows += samples.rows();
    }
    assert_eq!(rows, 5000);
}

#[test]
fn rejected_rows_keep_row_numbers_and_break_the_run() {
    let folder = Folder::new();
    let mut text = "time,x,y\n".to_owned();
    (0..2000).for_each(|r| text.push_str(&format!("{r},{},{}\n", noise(r), noise(r + 7))));
    text.push_str("2000,bad,1\n2001,1,2\n1999,1,2\n");
    let path = folder.write("r.csv", text);
    let config = StreamConfig { bad_rows: BadRowPolicy::Reject, ..StreamConfig::default() };
    let message = failure_with(&[path], &ReadOptions::default(), &config);
    assert_says(&message, &["row 2003", "time goes backwards"]);
}

#[test]
fn duplicate_column_names() {
    let folder = Folder::new();
    let path = folder.write("d.csv", "a,b,a\n1,2,3\n4,5,6\n");
    assert_says(&failure(&path), &["the column name \"a\" appears twice (columns 1 and 3)"]);
}

#[test]
fn text_that_is_not_utf8() {
    let folder = Folder::new();
    let early = folder.write("e.csv", b"a,b,c\n1,2,3\n4,caf\xe9,6\n");
    assert_says(&failure(&early), &["row 2", "column \"b\"", "is not UTF-8 text"]);
    let mut text = csv_text(3000, 2).into_bytes();
    text.extend(b"1,\xff\n");
    assert_says(&failure(&folder.write("l.csv", text)), &["row 3001", "column \"x1\"", "is not UTF-8 text"]);
    let header = folder.write("h.csv", b"a,caf\xe9\n1,2\n");
    assert_says(&failure(&header), &["the header is not UTF-8 text"]);
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain("a,b\n1,2\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_says(&failure(&folder.write("u.csv", utf16)), &["is UTF-16 text; save it as UTF-8"]);
}

#[test]
fn sparse_and_binary_files_fail_fast() {
    let folder = Folder::new();
    let sparse = |name: &str, start: &str| {
        let mut file = File::create(folder.path(name)).unwrap();
        file.write_all(start.as_bytes()).unwrap();
        file.set_len(8 << 30).unwrap();
        folder.path(name)
    };
    let started = std::time::Instant::now();
    assert_says(&failure(&sparse("z.csv", "")), &["holds a NUL byte at position 0"]);
    // A hole behind good rows: more lines than are inspected, then gigabytes without a line end.
    assert_says(&failure(&sparse("h.csv", &csv_text(30_000, 2))), &["no line end within 16 MiB"]);
    assert!(started.elapsed().as_secs() < 20, "eight gigabytes were read");
    let junk: Vec<u8> = (0..100_000u64).map(|i| (noise(i) * 256.0) as i64 as u8).collect();
    assert_says(&failure(&folder.write("j.csv", junk)), &["holds a NUL byte", "not text"]);
    let long_line = vec![b'7'; 20 << 20];
    assert_says(&failure(&folder.write("l.csv", long_line)), &["16 MiB"]);
}

#[test]
fn packed_and_foreign_files_are_named() {
    let folder = Folder::new();
    assert_says(&failure(&folder.write("a.csv", b"\x1f\x8b\x08\x00rest")), &["gzip-compressed", "gunzip"]);
    assert_says(&failure(&folder.write("a.xlsx", b"PK\x03\x04rest")), &["a spreadsheet", "CSV"]);
}

#[test]
fn truncated_parquet_and_arrow() {
    let folder = Folder::new();
    write_parquet(&folder.path("t.parquet"), &mixed(3000));
    let bytes = std::fs::read(folder.path("t.parquet")).unwrap();
    let cut = folder.write("c.parquet", &bytes[..bytes.len() / 2]);
    assert_says(&failure(&cut), &["is not a whole Parquet file, it may be cut off"]);

    write_arrow_file(&folder.path("t.arrow"), &[mixed(3000)]);
    let bytes = std::fs::read(folder.path("t.arrow")).unwrap();
    let cut = folder.write("c.arrow", &bytes[..bytes.len() / 2]);
    assert_says(&failure(&cut), &["is not whole Arrow data, it may be cut off"]);

    let batch = mixed(3000);
    let bytes = arrow_stream(&[batch.slice(0, 2000), batch.slice(2000, 1000)]);
    let cut = folder.write("c.arrows", &bytes[..bytes.len() * 9 / 10]);
    assert_says(&failure(&cut), &["row 2001", "damaged or cut off"]);
}

#[test]
fn fewer_rows_than_a_window() {
    let folder = Folder::new();
    let path = folder.write("f.csv", csv_text(90, 2));
    assert!(report(&path).warnings.iter().any(|w| w.contains("there are 90 rows, fewer than one window (128 rows)")));
    let (_, config) = defaults();
    let mut builder = WindowBuilder::new(2, &config, 3);
    assert!(builder.push(&read(&path)).is_empty());
    let window = builder.flush().unwrap();
    assert_eq!((window.rows, builder.rows_seen(), builder.windows_built()), (0..90, 90, 1));
    assert!(builder.too_few_rows(Some(path)).is_none());

    let path = folder.write("few.csv", csv_text(31, 2));
    let mut builder = WindowBuilder::new(2, &config, 3);
    builder.push(&read(&path));
    assert!(builder.flush().is_none());
    let message = builder.too_few_rows(Some(path)).unwrap().to_string();
    assert_says(&message, &["few.csv: has 31 rows; at least 32 are needed"]);
    let mut builder = WindowBuilder::new(2, &config, 3);
    builder.push(&Samples { values: vec![0.0; 6], vars: 2, breaks: vec![] });
    assert_says(
        &builder.too_few_rows(None).unwrap().to_string(),
        &["standard input: has 3 rows", "at least 32 are needed"],
    );
}
