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
                choice.time_column = of_role(&ColumnRole::Time);
                choice.series_column = of_role(&ColumnRole::Series);
            }
            if choice.columns.is_empty() {
                choice.columns = report.schema.variables();
            }
            (estimated_bytes, estimated_s) = estimate(report, &choice);
        }
        let truth_file = truth_file(&choice.files);
        model.import = Some(ImportSheet { report, choice, estimated_bytes, estimated_s, truth_file });
    }
}
