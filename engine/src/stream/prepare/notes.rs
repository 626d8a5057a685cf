//! In: profiles of variables, the import report. Out: a sentence per finding that someone should know.

use super::combinations::Combination;
use super::config::{PrepareConfig, SeasonChoice};
use super::diagnose::{Diagnosis, NEAR_CONSTANT};
use crate::types::{ColumnRole, ImportReport, LevelChange, Note, NoteKind, TrendVerdict, ValueKind, VariableProfile};

/// Names in a sentence at most.
const NAMED: usize = 5;
/// Share of innovations far out from which on tails are heavy; 0.4 % for Student's t with five degrees of freedom,
/// 1.3 % with three.
const HEAVY: f64 = 0.01;

/// How the input was understood: time and series column, what is left out, remarks.
pub fn of_input(report: &ImportReport) -> Vec<Note> {
    let column = |role: ColumnRole| report.schema.columns.iter().find(|c| c.role == role);
    let time = column(ColumnRole::Time).map(|c| format!("\"{}\" is the time column", c.name));
    let series = column(ColumnRole::Series).map(|c| format!("\"{}\" separates series", c.name));
    let remarks = report.warnings.iter().cloned();
    let sentences = time.into_iter().chain(series).chain(remarks);
    sentences.map(|text| Note { kind: NoteKind::Input, variables: Vec::new(), text }).collect()
}

/// What the first rows show, and what is done about it. `period` is that of the season that is removed.
pub fn of_variables(names: &[String], diagnosis: &Diagnosis, period: Option<u32>, config: &PrepareConfig) -> Vec<Note> {
    let talk = Talk { names, variables: &diagnosis.variables };
    let mut notes = Vec::new();
    notes.extend(talk.missing());
    notes.extend(talk.about(
        NoteKind::NearConstant,
        |v| v.commonest_share >= NEAR_CONSTANT,
        |v| format!("{} one value", percent(v.commonest_share)),
        |list| format!("hardly varying: {list}"),
    ));
    notes.extend(talk.duplicates());
    notes.extend(diagnosis.combinations.iter().map(|combination| talk.combination(combination)));
    let plain = |_: &VariableProfile| String::new();
    notes.extend(talk.about(
        NoteKind::Binary,
        |v| v.values == ValueKind::Binary,
        plain,
        |list| format!("two values only: {list}; effects on them are changes of a probability where these are 0 and 1"),
    ));
    notes.extend(talk.about(
        NoteKind::Count,
        |v| v.values == ValueKind::Count,
        plain,
        |list| format!("counts: {list}; effects on them are in counts"),
    ));
    notes.extend(talk.about(
        NoteKind::HeavyTails,
        |v| v.far_out_share > HEAVY,
        |v| format!("{} of its steps far out", percent(v.far_out_share)),
        |list| format!("heavy tails: {list}; single rows may decide a link"),
    ));
    notes.extend(talk.seasons(period, config));
    notes.extend(talk.about(
        NoteKind::UnitRoot,
        |v| v.trend == TrendVerdict::UnitRoot && v.level == LevelChange::Kept,
        plain,
        |list| format!("unit roots in {list}: try --trend auto"),
    ));
    notes.extend(talk.about(
        NoteKind::Trend,
        |v| v.trend == TrendVerdict::TrendStationary && v.level == LevelChange::Kept,
        |v| format!("{:.2e} per row", v.slope),
        |list| format!("straight trends in {list}: try --trend auto"),
    ));
    notes.extend(talk.about(
        NoteKind::Changed,
        |v| v.level == LevelChange::Differenced,
        plain,
        |list| format!("differenced: {list}; effects on and of them are per step from row to row"),
    ));
    notes.extend(talk.about(
        NoteKind::Changed,
        |v| v.level == LevelChange::Detrended,
        |v| format!("{:.2e} per row", v.slope),
        |list| format!("detrended: {list}"),
    ));
    if let Some(period) = period {
        notes.extend(talk.about(
            NoteKind::Changed,
            |v| v.deseasonalised,
            plain,
            |list| format!("season of {period} rows removed from {list}"),
        ));
    } else if let SeasonChoice::Rows(rows) = config.season {
        let text = format!("season of {rows} rows not removed: fewer than two of it are in the first rows");
        notes.push(Note { kind: NoteKind::Season, variables: Vec::new(), text });
    }
    notes
}

/// What became of missing cells: shares of each variable's cells that were `filled`, and of the rows that were `left_out`.
pub fn of_gaps(names: &[String], filled: &[f64], left_out: f64) -> Option<Note> {
    let mut held: Vec<usize> = (0..filled.len()).filter(|&i| filled[i] > 0.0).collect();
    held.sort_by(|&a, &b| filled[b].total_cmp(&filled[a]));
    if left_out > 0.0 {
        let text = format!("rows with a missing cell left out: {} of them; no lag crosses these", percent(left_out));
        return Some(note(NoteKind::Missing, &[], text));
    }
    let list = listed(names, &held, |i| Some(percent(filled[i])));
    let text = format!("missing cells take the last value before them: {list}");
    (!held.is_empty()).then(|| note(NoteKind::Missing, &held, text))
}

/// `a, b (detail), c and 3 more`.
fn listed(names: &[String], variables: &[usize], detail: impl Fn(usize) -> Option<String>) -> String {
    let named: Vec<String> = variables
        .iter()
        .take(NAMED)
        .map(|&i| match detail(i) {
            Some(detail) => format!("{} ({detail})", names[i]),
            None => names[i].clone(),
        })
        .collect();
    let more = variables.len().saturating_sub(NAMED);
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    named.join(", ") + &tail
}

/// Names and what is known of them.
struct Talk<'a> {
    names: &'a [String],
    variables: &'a [VariableProfile],
}

impl Talk<'_> {
    /// One note about all variables that `concerned` picks, with a `detail` behind each name.
    fn about(
        &self,
        kind: NoteKind,
        concerned: impl Fn(&VariableProfile) -> bool,
        detail: impl Fn(&VariableProfile) -> String,
        sentence: impl Fn(String) -> String,
    ) -> Option<Note> {
        let variables: Vec<usize> = (0..self.variables.len()).filter(|&i| concerned(&self.variables[i])).collect();
        let list = self.list(&variables, |v| Some(detail(v)).filter(|d| !d.is_empty()));
        (!variables.is_empty()).then(|| note(kind, &variables, sentence(list)))
    }

    fn list(&self, variables: &[usize], detail: impl Fn(&VariableProfile) -> Option<String>) -> String {
        listed(self.names, variables, |i| detail(&self.variables[i]))
    }

    fn missing(&self) -> Option<Note> {
        let mut holed: Vec<usize> = (0..self.variables.len()).filter(|&i| self.variables[i].missing > 0.0).collect();
        let share = self.variables.iter().map(|v| v.missing).sum::<f64>() / self.variables.len().max(1) as f64;
        holed.sort_by(|&a, &b| self.variables[b].missing.total_cmp(&self.variables[a].missing));
        let list = self.list(&holed, |v| {
            let gap = match v.longest_gap_rows {
                1 => "never two rows in a row".to_owned(),
                rows => format!("up to {rows} rows in a row"),
            };
            Some(format!("{}, {gap}", percent(v.missing)))
        });
        let text = format!("{} of the cells are missing: {list}", percent(share));
        (!holed.is_empty()).then(|| note(NoteKind::Missing, &holed, text))
    }

    /// One note per group of variables that say the same.
    fn duplicates(&self) -> Vec<Note> {
        let copies_of = |first: usize| {
            (0..self.variables.len()).filter(move |&i| self.variables[i].duplicate_of == u32::try_from(first).ok())
        };
        let group = |first: usize| {
            let members: Vec<usize> = std::iter::once(first).chain(copies_of(first)).collect();
            let list = self.list(&members, |_| None);
            (members.len() > 1).then(|| {
                let text = format!("the same but for scale and offset: {list}; all but one say nothing new");
                note(NoteKind::Duplicate, &members, text)
            })
        };
        (0..self.variables.len()).filter_map(group).collect()
    }

    fn combination(&self, combination: &Combination) -> Note {
        let parts = self.list(&combination.parts, |_| None);
        let of = &self.names[combination.of];
        let text = format!(
            "{of} is a combination of {parts}: links of these are a matter of which is taken; leave one out with --columns"
        );
        let members: Vec<usize> = combination.parts.iter().copied().chain([combination.of]).collect();
        note(NoteKind::Combination, &members, text)
    }

    /// One note per period found and left in.
    fn seasons(&self, removed: Option<u32>, config: &PrepareConfig) -> Vec<Note> {
        let left = |v: &VariableProfile| v.season.filter(|_| !v.deseasonalised);
        let mut periods: Vec<u32> = self.variables.iter().filter_map(left).map(|s| s.period_rows).collect();
        periods.sort_unstable();
        periods.dedup();
        let about = |period: u32| {
            let has = |v: &VariableProfile| left(v).is_some_and(|s| s.period_rows == period);
            let mut members: Vec<usize> = (0..self.variables.len()).filter(|&i| has(&self.variables[i])).collect();
            let share = |i: usize| self.variables[i].season.map_or(0.0, |s| s.share);
            members.sort_by(|&a, &b| share(b).total_cmp(&share(a)));
            let list = self.list(&members, |v| v.season.map(|s| format!("{} of its variance", percent(s.share))));
            let advice = match (removed, config.season) {
                (Some(_), _) => "left in, one season is removed".to_owned(),
                _ => format!("try --season {period}"),
            };
            let (some, all) = (members.len(), self.variables.len());
            let text = format!("season of {period} rows in {some} of {all} variables: {list}; {advice}");
            note(NoteKind::Season, &members, text)
        };
        periods.into_iter().map(about).collect()
    }
}

fn note(kind: NoteKind, variables: &[usize], text: String) -> Note {
    Note { kind, variables: variables.iter().filter_map(|&i| u32::try_from(i).ok()).collect(), text }
}

/// Two digits where they count.
fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if (9.95..99.0).contains(&percent) || percent >= 99.95 {
        format!("{percent:.0} %")
    } else {
        format!("{percent:.1} %")
    }
}

#[cfg(test)]
mod tests {
    use super::super::diagnose::diagnose;
    use super::{PrepareConfig, of_variables};
    use crate::types::{NoteKind, Samples, Season, TrendVerdict};

    #[test]
    fn every_finding_has_its_sentence_and_the_rest_none() {
        // Seven columns without anything remarkable, then made remarkable by hand.
        let value = |i: usize| ((i * 7919 + i * i * 31) % 1009) as f64 / 7.0 - 60.0;
        let samples = Samples { values: (0..1400).map(value).collect(), vars: 7, breaks: vec![] };
        let names: Vec<String> = ["a", "b", "c", "d", "e", "f", "g"].map(str::to_owned).into();
        let mut found = diagnose(&samples);
        found.variables.iter_mut().for_each(|v| {
            (v.trend, v.season, v.duplicate_of, v.far_out_share) = (TrendVerdict::Stationary, None, None, 0.0);
        });
        assert_eq!(of_variables(&names, &found, None, &PrepareConfig::default()), []);
        found.variables[1].duplicate_of = Some(0);
        found.variables[3].duplicate_of = Some(0);
        found.variables[2].missing = 0.14;
        found.variables[2].longest_gap_rows = 9;
        for (variable, share) in found.variables.iter_mut().zip([0.4, 0.61, 0.2, 0.3, 0.5, 0.1]) {
            variable.season = Some(Season { period_rows: 24, share, p_value: 0.0 });
        }
        found.variables[6].trend = TrendVerdict::UnitRoot;
        let notes = of_variables(&names, &found, None, &PrepareConfig::default());
        let text = |kind: NoteKind| notes.iter().find(|n| n.kind == kind).unwrap().text.as_str();
        assert_eq!(notes.len(), 4, "{notes:#?}");
        assert_eq!(text(NoteKind::Missing), "2.0 % of the cells are missing: c (14 %, up to 9 rows in a row)");
        assert!(text(NoteKind::Duplicate).contains("a, b, d;"));
        assert!(
            text(NoteKind::Season).starts_with("season of 24 rows in 6 of 7 variables: b (61 % of its variance), e")
        );
        assert!(text(NoteKind::Season).ends_with(" and 1 more; try --season 24"));
        assert_eq!(text(NoteKind::UnitRoot), "unit roots in g: try --trend auto");
        let season = notes.iter().find(|n| n.kind == NoteKind::Season).unwrap();
        assert_eq!(season.variables, [1, 4, 0, 3, 2, 5]);
    }
}
