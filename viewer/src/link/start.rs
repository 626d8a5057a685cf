//! In: what a person wants to see. Out: the run that shows it, started beside the window.

use std::path::{Path, PathBuf};

use crossbeam_channel::{TryRecvError, bounded};
use scarcity_engine::types::{Progress, RunState};
use scarcity_engine::{Config, Input, ReadOptions};

use super::run::Running;
use super::{LatestFrame, Link, News};
use crate::model::{GovernorView, ImportChoice, Recording, Selection, TimeView, ToastKind, ViewModel};

/// What a run is started with, until it is.
pub(super) struct Wanted {
    config: Config,
    input: Input,
    options: ReadOptions,
    start_at: Vec<(u32, [f32; 3])>,
}

impl Link {
    /// Ends what runs and starts the demo stream.
    pub fn start_demo(&mut self, model: &mut ViewModel) {
        let mut config = self.config.clone();
        config.mpie.max_lag = model.settings.max_lag;
        self.choice = None;
        self.start(model, "Demo", true, config, Input::Demo, ReadOptions::default());
    }

    /// Ends what runs and starts these files with every default.
    pub fn start_files(&mut self, model: &mut ViewModel, files: Vec<PathBuf>) {
        let max_lag = model.settings.max_lag;
        self.start_choice(model, ImportChoice { files, max_lag, ..ImportChoice::default() });
    }

    /// Starts what runs again, with the settings in force.
    pub fn restart(&mut self, model: &mut ViewModel) {
        match self.choice.clone() {
            Some(choice) => self.start_choice(model, choice),
            None => self.start_demo(model),
        }
    }

    /// Ends what runs and starts what the import sheet says.
    pub fn start_choice(&mut self, model: &mut ViewModel, choice: ImportChoice) {
        let mut config = self.config.clone();
        config.mpie.max_lag = choice.max_lag;
        self.choice = Some(choice.clone());
        // A choice with columns comes from the sheet: what it leaves open is meant to be none.
        let decided = !choice.columns.is_empty();
        let options = ReadOptions {
            format: None,
            time_column: decided.then(|| choice.time_column.unwrap_or_default()),
            series_column: decided.then(|| choice.series_column.unwrap_or_default()),
            columns: (!choice.columns.is_empty()).then_some(choice.columns),
            follow: choice.follow,
        };
        let name = source_name(&choice.files);
        self.start(model, &name, false, config, Input::Files(choice.files), options);
    }

    fn start(
        &mut self,
        model: &mut ViewModel,
        name: &str,
        is_demo: bool,
        mut config: Config,
        input: Input,
        options: ReadOptions,
    ) {
        if let Some(old) = self.running.take() {
            if let Some(session) = old.session() {
                session.cancel();
            }
            // Its threads may need a moment to end; the window does not wait for them.
            self.detach("session-end", move || drop(old));
        }
        forget_run(model);
        if let Some(policies) = &self.governing.policies {
            config.governor.policies.clone_from(policies);
        }
        config.governor.dry_run = self.governing.dry_run.unwrap_or(config.governor.dry_run);
        model.source_name = name.to_owned();
        model.is_demo = is_demo;
        let start_at = std::mem::take(&mut self.start_at);
        // Not before the first frame: only then there is a device that can be lent.
        self.wanted = Some(Wanted { config, input, options, start_at });
        self.starting = None;
    }

    pub(super) fn start_wanted(&mut self) {
        let Some(Wanted { config, input, options, start_at }) = self.wanted.take() else { return };
        let (send, receive) = bounded(1);
        self.starting = Some(receive);
        let (lent, apart) = (self.lent.clone(), self.apart.clone());
        // Opening a file reads its beginning, which may be slow on a network folder.
        self.detach("session-start", move || {
            let started = Running::start(config, input, options, start_at, lent.as_ref(), apart.as_ref());
            // Only fails when the window has closed meanwhile.
            let _ = send.send(started.map_err(|e| e.to_string()));
        });
    }

    pub(super) fn poll_start(&mut self, model: &mut ViewModel, frame: &mut LatestFrame, news: &mut News) {
        let Some(starting) = &self.starting else { return };
        let started = match starting.try_recv() {
            Ok(started) => started,
            Err(TryRecvError::Empty) => return,
            Err(TryRecvError::Disconnected) => Err("the run ended before it began".to_owned()),
        };
        self.starting = None;
        frame.0 = None;
        match started {
            Ok(running) => {
                model.truth = running.truth.clone();
                // Planted links beside the data are meant to be seen; the toolbar hides them again.
                model.settings.show_truth |= model.truth.is_some() && !model.is_demo;
                self.running = Some(running);
                self.set_paused(model.paused);
                self.set_frozen(model.layout_frozen);
                self.set_layout_steps(model.lod.layout_steps);
            }
            Err(sentence) => {
                model.progress.state = RunState::Failed;
                news.push((ToastKind::Error, sentence));
            }
        }
    }
}

/// Forgets everything that belongs to a run, and how its graph was looked at.
fn forget_run(model: &mut ViewModel) {
    (model.snapshot, model.newest, model.comparison, model.truth) = (None, None, None, None);
    (model.explanation, model.series, model.preparation) = (None, None, None);
    model.recording = Recording::default();
    model.history.clear();
    model.events.clear();
    model.notes.clear();
    model.time = TimeView { windows_per_s: model.time.windows_per_s, ..TimeView::default() };
    model.selection = Selection::None;
    model.hovered = Selection::None;
    model.chosen.clear();
    model.focus = None;
    model.focused.clear();
    model.isolated = false;
    model.hidden.clear();
    model.pins.clear();
    model.what_if = crate::model::WhatIf::default();
    model.progress = Progress::default();
    model.layout_settled = false;
    model.governor = GovernorView { faults: std::mem::take(&mut model.governor.faults), ..GovernorView::default() };
    model.knobs.iter_mut().for_each(|knob| knob.pending = false);
}

/// Name of the file with the planted truth that lies beside a single file.
pub(super) fn truth_file(files: &[PathBuf]) -> Option<String> {
    let [file] = files else { return None };
    let truth = file.with_extension("truth.json");
    truth.is_file().then(|| truth.file_name().map(|name| name.to_string_lossy().into_owned())).flatten()
}

fn source_name(files: &[PathBuf]) -> String {
    let name = |f: &Path| f.file_name().unwrap_or(f.as_os_str()).to_string_lossy().into_owned();
    match files {
        [] => String::new(),
        [only] => name(only),
        [first, rest @ ..] => format!("{} + {} more", name(first), rest.len()),
    }
}
