//! In: files somebody wants to open. Out: the import sheet about them; nothing waits for the disk.

use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use scarcity_engine::ReadOptions;
use scarcity_engine::stream::{self, StreamConfig};
use scarcity_engine::types::{ColumnRole, ImportReport};

use super::Link;
use super::estimate::estimate;
use super::start::truth_file;
use crate::model::{ImportChoice, ImportSheet, ViewModel};
use crate::settings::known_schema;

/// A look into files that is under way.
#[derive(Debug)]
pub(super) struct Inspection {
    choice: ImportChoice,
    decided: bool,
    report: Receiver<Result<ImportReport, String>>,
}

impl Link {
    /// Looks into files; the sheet opens when the answer is there.
    ///
    /// # Errors
    /// When a file is not there.
    pub fn inspect(&mut self, model: &mut ViewModel, files: Vec<PathBuf>) -> anyhow::Result<()> {
        if let Some(missing) = files.iter().find(|f| !f.exists()) {
            anyhow::bail!("{} is not there; check the path", missing.display());
        }
        let choice = ImportChoice { files, max_lag: model.settings.max_lag, ..ImportChoice::default() };
        self.look_into(choice, false);
        Ok(())
    }

    /// `decided`: the roles are the user's word, so that "none" means none and is not detected again.
    fn look_into(&mut self, choice: ImportChoice, decided: bool) {
        let (send, report) = bounded(1);
        let options = ReadOptions {
            time_column: decided.then(|| choice.time_column.clone().unwrap_or_default()),
            series_column: decided.then(|| choice.series_column.clone().unwrap_or_default()),
            ..ReadOptions::default()
        };
        let files = choice.files.clone();
        self.detach("inspection", move || {
            // Only fails when the sheet was closed meanwhile.
            let _ = send.send(stream::inspect(&files, &options, &StreamConfig::default()).map_err(|e| e.to_string()));
        });
        self.inspecting = Some(Inspection { choice, decided, report });
    }

    /// Nobody waits for the inspection any more.
    pub fn forget_inspection(&mut self) {
        self.inspecting = None;
    }

    /// Takes over a change on the sheet; another time or series column means another look into the files.
    ///
    /// # Errors
    /// Never so far.
    pub fn edit_import(&mut self, model: &mut ViewModel, choice: ImportChoice) -> anyhow::Result<()> {
        let Some(sheet) = model.import.as_mut() else { return Ok(()) };
        let other_roles =
            choice.time_column != sheet.choice.time_column || choice.series_column != sheet.choice.series_column;
        if let Ok(report) = &sheet.report {
            (sheet.estimated_bytes, sheet.estimated_s) = estimate(report, &choice);
        }
        sheet.choice = choice.clone();
        if other_roles {
            self.look_into(choice, true);
        }
        Ok(())
    }

    pub(super) fn poll_inspection(&mut self, model: &mut ViewModel) {
        let Some(inspection) = &self.inspecting else { return };
        let report = match inspection.report.try_recv() {
            Ok(report) => report.map(Arc::new),
            Err(TryRecvError::Empty) => return,
            Err(TryRecvError::Disconnected) => Err("the files could not be looked into".to_owned()),
        };
        let Some(inspection) = self.inspecting.take() else { return };
        let mut choice = inspection.choice;
        let (mut estimated_bytes, mut estimated_s) = (0, 0.0);
        if let Ok(report) = &report {
            let of_role =
                |role: &ColumnRole| report.schema.columns.iter().find(|c| c.role == *role).map(|c| c.name.clone());
            if !inspection.decided {
                let names: Vec<String> = report.schema.columns.iter().map(|column| column.name.clone()).collect();
                let known = known_schema(&model.settings, &names);
                let detected = [of_role(&ColumnRole::Time), of_role(&ColumnRole::Series)];
                if let Some(known) = known {
                    choice = ImportChoice { files: choice.files, ..known.clone() };
                    if [&choice.time_column, &choice.series_column] != [&detected[0], &detected[1]] {
                        // The same files again, with the roles chosen the last time.
                        self.look_into(choice, true);
                        return;
                    }
                }
                [choice.time_column, choice.series_column] = detected;
            }
            let usable = report.schema.variables();
            choice.columns.retain(|name| usable.contains(name));
            if choice.columns.is_empty() {
                choice.columns = usable;
            }
            (estimated_bytes, estimated_s) = estimate(report, &choice);
        }
        let truth_file = truth_file(&choice.files);
        model.import = Some(ImportSheet { report, choice, estimated_bytes, estimated_s, truth_file });
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::settings::remember_schema;

    fn sheet(link: &mut Link, model: &mut ViewModel, file: &std::path::Path) -> ImportSheet {
        link.inspect(model, vec![file.to_owned()]).unwrap();
        let start = Instant::now();
        while model.import.is_none() {
            assert!(start.elapsed() < Duration::from_secs(20), "nobody looks into the file");
            link.poll_inspection(model);
            std::thread::yield_now();
        }
        model.import.take().unwrap()
    }

    #[test]
    fn what_was_chosen_for_such_columns_is_chosen_again() {
        let folder = tempfile::tempdir().unwrap();
        let rows = |shift: u32| {
            (0..60).map(move |row| format!("{row},{},{},{}\n", row * 7 % 11, row * 5 % 13 + shift, row % 2))
        };
        let write = |name: &str, header: &str, shift| {
            let path = folder.path().join(name);
            std::fs::write(&path, std::iter::once(header.to_owned()).chain(rows(shift)).collect::<String>()).unwrap();
            path
        };
        let (first, second) = (write("a.csv", "time,x,y,z\n", 0), write("b.csv", "time,x,y,z\n", 5));
        let other = write("c.csv", "time,x,y,w\n", 0);
        let (mut link, mut model) = (Link::default(), ViewModel::default());
        let detected = sheet(&mut link, &mut model, &first);
        assert_eq!(detected.choice.time_column.as_deref(), Some("time"));
        assert_eq!(detected.choice.columns, ["x", "y", "z"]);
        // No time, another lag, a column less.
        let names = ["time", "x", "y", "z"].map(str::to_owned).to_vec();
        let columns = vec!["x".to_owned(), "z".to_owned()];
        let choice = ImportChoice { time_column: None, columns, max_lag: 7, ..detected.choice };
        remember_schema(&mut model.settings, names, &choice);
        let again = sheet(&mut link, &mut model, &second);
        assert_eq!(again.choice, ImportChoice { files: vec![second], ..choice });
        let unknown = sheet(&mut link, &mut model, &other);
        assert_eq!((unknown.choice.time_column.as_deref(), unknown.choice.max_lag), (Some("time"), 3));
    }
}
