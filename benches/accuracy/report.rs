//! In: the measured sets. Out: tables as Markdown, and one row per set as CSV.

use std::collections::BTreeMap;
use std::fmt::Write;

use scarcity_engine::mpie::operators::metrics::{ReliabilityBin, expected_calibration_error, reliability as bins_of};

use super::Row;
use super::measure::Measured;

/// A column: its heading and what it shows.
type Column = (&'static str, fn(&Measured) -> Option<f64>);

const COLUMNS: [Column; 9] = [
    ("AUPRC", |m| m.auprc),
    ("AUROC", |m| m.auroc),
    ("best F1", |m| m.best_f1),
    ("F1", |m| m.f1),
    ("FDR", |m| m.fdr),
    ("lag AUPRC", |m| m.lag_auprc),
    ("lag F1", |m| m.lag_f1),
    ("coverage", |m| m.coverage),
    ("nulls hold 0", |m| m.nulls),
];

/// Bins of the reliability table.
const BINS: usize = 10;

/// Means per family, and over all sets.
pub fn families(rows: &[Row]) -> String {
    let mut groups: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        groups.entry(&row.group).or_default().push(row);
    }
    let mut out = String::from("| family | sets |");
    COLUMNS.iter().for_each(|(heading, _)| line(&mut out, format_args!(" {heading} |")));
    out.push_str(" median s |\n|---|---|");
    out.push_str(&"---|".repeat(COLUMNS.len() + 1));
    out.push('\n');
    for (group, rows) in &groups {
        table_row(&mut out, group, rows);
    }
    table_row(&mut out, "**all sets**", &rows.iter().collect::<Vec<_>>());
    out
}

fn table_row(out: &mut String, label: &str, rows: &[&Row]) {
    line(out, format_args!("| {label} | {} |", rows.len()));
    for (_, pick) in COLUMNS {
        line(out, format_args!(" {} |", cell(mean(rows.iter().filter_map(|row| pick(&row.measured))))));
    }
    let mut seconds: Vec<f64> = rows.iter().map(|row| row.measured.seconds).collect();
    seconds.sort_by(f64::total_cmp);
    line(out, format_args!(" {:.2} |\n", seconds.get(seconds.len() / 2).copied().unwrap_or(0.0)));
}

/// Whether stability is the probability of being right: the share of true links per bin of stability, over all lagged
/// links scored and over those accepted, where lags are known.
pub fn reliability(rows: &[Row]) -> String {
    let links = || rows.iter().flat_map(|row| row.measured.stability.iter());
    let all: Vec<(f64, bool)> = links().map(|&(stability, _, there)| (stability, there)).collect();
    let accepted: Vec<(f64, bool)> =
        links().filter(|link| link.1).map(|&(stability, _, there)| (stability, there)).collect();
    let (all, accepted) = (bins_of(&all, BINS), bins_of(&accepted, BINS));
    let mut out =
        String::from("| stability | links | mean stability | correct | accepted | mean stability | correct |\n");
    out.push_str("|---|---|---|---|---|---|---|\n");
    for (all, accepted) in all.iter().zip(&accepted) {
        let side = |bin: &ReliabilityBin| {
            if bin.count == 0 {
                "0 | – | –".to_owned()
            } else {
                format!("{} | {:.3} | {:.3}", bin.count, bin.predicted, bin.observed)
            }
        };
        line(&mut out, format_args!("| {:.1} … {:.1} | {} | {} |\n", all.lo, all.hi, side(all), side(accepted)));
    }
    let error = |bins: &[ReliabilityBin]| cell(expected_calibration_error(bins));
    line(
        &mut out,
        format_args!(
            "\nExpected calibration error: {} over all links, {} over accepted ones.\n",
            error(&all),
            error(&accepted)
        ),
    );
    out
}

/// One row per set.
pub fn csv(rows: &[Row]) -> String {
    let mut out = String::from("family,name,vars,base_rate");
    for (heading, _) in COLUMNS {
        line(&mut out, format_args!(",{}", heading.to_lowercase().replace(' ', "_")));
    }
    out.push_str(",seconds\n");
    for row in rows {
        line(&mut out, format_args!("{},{},{},{}", row.family, row.name, row.vars, row.base_rate));
        for (_, pick) in COLUMNS {
            let value = pick(&row.measured).map(|v| v.to_string()).unwrap_or_default();
            line(&mut out, format_args!(",{value}"));
        }
        line(&mut out, format_args!(",{}\n", row.measured.seconds));
    }
    out
}

/// Mean of what there is.
pub fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Three decimals, or a dash.
pub fn cell(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |v| format!("{v:.3}"))
}

/// Appends; writing to a string cannot fail.
pub fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}
