//! In: columns of all kinds and what a user asks for. Out: roles, reasons and schemas.

use super::*;

#[test]
fn text_constant_and_empty_columns_are_left_out_with_the_reason() {
    let folder = Folder::new();
    let path = folder.write("c.csv", "city,k,gone,a,b\nOslo,3,,1,2\nRome,3,NA,2,1\nBonn,3,,3,5\n");
    let report = report(&path);
    assert_eq!(report.schema.variables(), ["a", "b"]);
    assert_eq!(*role(&report, "city"), ColumnRole::Skipped("not numeric (\"Oslo\" in row 1)".to_owned()));
    assert_eq!(*role(&report, "k"), ColumnRole::Skipped("constant: always 3".to_owned()));
    assert_eq!(*role(&report, "gone"), ColumnRole::Skipped("no value in any inspected row".to_owned()));
    assert_eq!(kind(&report, "gone"), ColumnKind::Empty);
    let warning = report.warnings.iter().find(|w| w.starts_with("left out")).unwrap();
    assert_says(warning, &["\"city\" (not numeric", "\"k\" (constant", "\"gone\" (no value"]);
}

#[test]
fn a_column_that_is_constant_only_so_far_stays() {
    let folder = Folder::new();
    let mut text = "k,a,b\n".to_owned();
    (0..50).for_each(|row| text.push_str(&format!("{},{},{}\n", if row < 30 { 1 } else { 2 }, row * row % 7, row % 5)));
    let path = folder.write("k.csv", text);
    let config = StreamConfig { infer_rows: 20, ..StreamConfig::default() };
    let report = inspect(&[path], &ReadOptions::default(), &config).unwrap();
    assert_eq!(*role(&report, "k"), ColumnRole::Variable);
    assert!(report.schema.columns[0].constant);
    assert!(report.warnings.iter().any(|w| w.contains("\"k\" is 1 in all inspected rows")), "{:?}", report.warnings);
    assert!(!report.rows_exact);
    assert!((40..=60).contains(&report.estimated_rows), "{}", report.estimated_rows);
}

#[test]
fn chosen_columns() {
    let folder = Folder::new();
    let path = folder.write("c.csv", "city,a,b,c\nOslo,1,2,3\nRome,4,1,6\n");
    let (_, config) = defaults();
    let choose = |names: &[&str]| ReadOptions {
        columns: Some(names.iter().map(|n| (*n).to_owned()).collect()),
        ..ReadOptions::default()
    };
    assert_values(&read_with(std::slice::from_ref(&path), &choose(&["c", "a"]), &config), &[1.0, 3.0, 4.0, 6.0]);
    let unknown = failure_with(std::slice::from_ref(&path), &choose(&["a", "z"]), &config);
    assert_says(&unknown, &["there is no column \"z\"", "\"city\", \"a\", \"b\", \"c\""]);
    let text = failure_with(std::slice::from_ref(&path), &choose(&["a", "city"]), &config);
    assert_says(&text, &["column \"city\" cannot be a variable", "\"Oslo\" in row 1"]);
    assert_says(&failure_with(&[path], &choose(&["a"]), &config), &["only one column (\"a\")", "at least two"]);
}

#[test]
fn a_numeric_column_with_rare_text_is_a_variable_with_bad_cells() {
    let folder = Folder::new();
    let mut text = csv_text(40, 2);
    text.push_str("oops,1\n");
    let path = folder.write("r.csv", text);
    let report = report(&path);
    assert_eq!(report.schema.variables(), ["x0", "x1"]);
    assert!(report.warnings.iter().any(|w| w.contains("\"oops\" in row 41")), "{:?}", report.warnings);
    assert_says(&failure(&path), &["row 41", "column \"x0\"", "\"oops\" is not a number"]);
}

#[test]
fn schema_is_inferred_validated_and_widened() {
    let profile = |name: &str, cells: &[&str]| {
        let mut profile = ColumnProfile::new(name, false);
        cells.iter().for_each(|cell| profile.push_text(cell));
        profile
    };
    let first = [profile("a", &["1", "2"]), profile("b", &["", ""])];
    let mut manager = SchemaManager::infer(&first);
    assert_eq!(manager.schema().version, 1);
    assert_eq!(manager.schema().columns[0].kind, ColumnKind::Integer);

    let wider = SchemaManager::infer(&[profile("b", &["1.5", ""]), profile("a", &["2.5", "3"])]);
    assert!(manager.merge(wider.schema()).unwrap());
    assert_eq!(manager.schema().version, 2);
    assert_eq!(manager.schema().columns[0].kind, ColumnKind::Float);
    assert_eq!(manager.schema().columns[1].kind, ColumnKind::Float);
    assert_eq!(manager.schema().columns[1].role, ColumnRole::Variable);
    assert_eq!(manager.schema().columns[1].missing, 3);

    let narrower = SchemaManager::infer(&first);
    assert!(!manager.merge(narrower.schema()).unwrap(), "types never narrow");
    assert_eq!(manager.schema().version, 2);

    let other = SchemaManager::infer(&[profile("a", &["x"]), profile("c", &["1"])]);
    let differences = manager.validate(other.schema()).unwrap_err();
    assert_eq!(differences, ["it lacks \"b\"", "it has \"c\" in addition", "\"a\" holds text here, numbers before"]);
    let before = manager.clone();
    assert!(manager.merge(other.schema()).is_err());
    assert_eq!(manager, before, "a failed merge changes nothing");
}
