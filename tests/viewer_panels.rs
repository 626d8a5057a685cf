//! The panels without a window: a harness clicks and types by role and name, and the commands that come out are compared.

mod actions;
mod filter_search;
mod focusing;
mod import;
mod inspect;
mod menus;
mod notes;
mod numbers;
mod reading;
mod remembered;
mod shell;
mod steering;
mod themes;
mod times;

use std::path::PathBuf;
use std::sync::Arc;

use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use scarcity_engine::types::{
    Column, ColumnKind, ColumnRole, DataFormat, Edge, HyperEdge, ImportReport, LinkKey, LinkScore, NodeStats, Progress,
    RunState, Schema, Snapshot, StageTimings, Truth,
};
use scarcity_viewer::model::{Command, HistoryPoint, ImportChoice, ImportSheet, Selection, ViewModel};
use scarcity_viewer::panels::{SceneRect, Workspace, shell_ui};

/// What the window would keep around the panels.
pub struct App {
    pub vm: ViewModel,
    pub workspace: Workspace,
    pub commands: Vec<Command>,
    pub scene: egui::Rect,
    pub scene_clicked: bool,
}

impl App {
    /// Does with the view model what the window does, so that panels see the effect of their commands.
    fn obey(&mut self, command: &Command) {
        match command {
            Command::SetSearch(text) => self.vm.search.clone_from(text),
            Command::SetSettings(settings) => self.vm.settings = settings.clone(),
            Command::SetPaused(paused) => self.vm.paused = *paused,
            Command::SetFrozen(frozen) => self.vm.layout_frozen = *frozen,
            Command::Select(selection) => self.vm.selection = *selection,
            Command::DismissToast(id) => self.vm.toasts.retain(|toast| toast.id != *id),
            Command::CancelImport => self.vm.import = None,
            Command::EditImport(choice) => {
                if let Some(sheet) = &mut self.vm.import {
                    sheet.choice = choice.clone();
                }
            }
            Command::Hover(selection) => self.vm.hovered = *selection,
            Command::SetFocus(focus) => {
                self.vm.focus.clone_from(focus);
                self.vm.refocus();
            }
            Command::SetIsolated(isolated) => self.vm.isolated = *isolated,
            Command::ShowWindow(at) => {
                self.vm.time.at = *at;
                self.vm.choose_snapshot();
            }
            Command::AskWhatIf(question) => self.vm.what_if.question = *question,
            Command::SetLod(lod) => self.vm.lod = *lod,
            Command::SetPolicies(policies) => self.vm.policies.clone_from(policies),
            Command::SetFilter(filter) => {
                self.vm.filter = *filter;
                count_visible(&mut self.vm);
            }
            _ => {}
        }
    }
}

pub fn count_visible(vm: &mut ViewModel) {
    let filter = vm.filter;
    vm.visible_edges =
        vm.snapshot.as_ref().map_or(0, |snapshot| snapshot.edges.iter().filter(|edge| filter.shows(edge)).count());
    vm.drawn_edges = vm.visible_edges;
}

pub fn window_of(vm: ViewModel, width: f32, height: f32) -> Harness<'static, App> {
    let app = App {
        vm,
        workspace: Workspace::default(),
        commands: Vec::new(),
        scene: egui::Rect::NOTHING,
        scene_clicked: false,
    };
    let mut harness = Harness::builder().with_size(egui::vec2(width, height)).with_max_steps(32).build_ui_state(
        |ui, app: &mut App| {
            let mut commands = Vec::new();
            let SceneRect { rect, response, .. } = shell_ui(ui.ctx(), &mut app.workspace, &app.vm, &mut commands);
            app.scene = rect;
            app.scene_clicked |= response.clicked();
            for command in &commands {
                app.obey(command);
            }
            app.commands.extend(commands);
        },
        app,
    );
    harness.run();
    harness
}

pub fn window(vm: ViewModel) -> Harness<'static, App> {
    window_of(vm, 1280.0, 800.0)
}

/// Lets the window settle and hands over the commands since the last call.
pub fn settle(harness: &mut Harness<'_, App>) -> Vec<Command> {
    harness.run();
    std::mem::take(&mut harness.state_mut().commands)
}

pub fn click(harness: &mut Harness<'_, App>, role: Role, name: &str) -> Vec<Command> {
    harness.get_by_role_and_label(role, name).click();
    settle(harness)
}

pub fn click_button(harness: &mut Harness<'_, App>, name: &str) -> Vec<Command> {
    click(harness, Role::Button, name)
}

pub fn press(harness: &mut Harness<'_, App>, key: egui::Key) -> Vec<Command> {
    harness.key_press(key);
    settle(harness)
}

pub fn shows(harness: &Harness<'_, App>, text: &str) -> bool {
    harness.query_all_by_label_contains(text).next().is_some()
}

/// Everything the window says, for messages of failed tests.
pub fn all_text(harness: &Harness<'_, App>) -> String {
    harness.query_all_by(|_| true).filter_map(|node| node.value()).collect::<Vec<_>>().join(" | ")
}

pub fn key(source: u32, target: u32, lag: u32) -> LinkKey {
    LinkKey { source, target, lag }
}

pub fn edge(key: LinkKey, effect: f64, weight: f64) -> Edge {
    let half = 0.07;
    Edge {
        link: LinkScore {
            key,
            score: 8.0,
            effect,
            ci_lo: effect - half,
            ci_hi: effect + half,
            stability: 0.93,
            p_value: 3e-7,
            q_value: 0.013,
            gain: 0.042,
            accepted: true,
            directed: key.lag > 0,
        },
        weight,
        var: 0.001,
        regime: 1,
        hits: 41,
        first_window: 3,
        last_window: 57,
    }
}

/// Six variables, five links (one pair in both directions, one undirected), one hyperedge.
pub fn snapshot() -> Snapshot {
    let names = ["temperature", "pressure", "flow", "valve", "vibration", "thermostat"];
    let mut weak = edge(key(3, 2, 3), 0.05, 0.06);
    weak.link.stability = 0.41;
    let mut together = edge(key(4, 5, 0), 0.3, 0.31);
    together.link.ci_lo = -0.5;
    together.link.ci_hi = 1.1;
    Snapshot {
        window: 57,
        rows: 3776,
        window_rows: 3648..3776,
        max_lag: 3,
        names: names.map(String::from).into(),
        nodes: vec![
            NodeStats { mean: 21.5, sd: 2.25, autoregression_r2: 0.61, missing: 0.034, regime_start_row: 1200 };
            names.len()
        ],
        edges: vec![
            edge(key(0, 1, 2), 0.42, 0.55),
            edge(key(1, 0, 1), -0.11, -0.2),
            edge(key(1, 2, 1), -1.23, -0.7),
            weak,
            together,
        ],
        hyperedges: vec![HyperEdge {
            sources: vec![(0, 1), (3, 2)],
            target: 4,
            gain_joint: 0.31,
            gain_parts: 0.12,
            ci_lo: 0.11,
            ci_hi: 0.27,
            stability: 0.88,
            hits: 12,
            first_window: 9,
            last_window: 56,
        }],
        added: vec![key(0, 1, 2)],
        dropped: vec![],
        regime: 1,
        regime_start_row: 1200,
        inflation: 1.07,
        weak: false,
        levels_wander: false,
        candidates: (90, 90),
        timings: StageTimings::default(),
    }
}

/// A run on a file, under way.
pub fn running() -> ViewModel {
    let history = (0..58)
        .map(|window| HistoryPoint {
            window,
            edges: 2 + (window as u32 * 7 % 5),
            added: u32::from(window % 6 == 0),
            dropped: u32::from(window % 9 == 4),
            regime: u32::from(window >= 18),
            drift: 0.01,
        })
        .collect();
    let mut vm = ViewModel {
        source_name: "plant.csv".into(),
        snapshot: Some(Arc::new(snapshot())),
        progress: Progress {
            state: RunState::Running,
            rows: 3776,
            rows_expected: Some(12_000),
            windows: 58,
            elapsed_s: 4.0,
            rows_per_s: 12_400.0,
            eta_s: Some(130.0),
            ..Progress::default()
        },
        fps: 58.4,
        adapter: "software".into(),
        history,
        ..ViewModel::default()
    };
    count_visible(&mut vm);
    vm
}

/// The demo, as it greets the user.
pub fn demo() -> ViewModel {
    let mut vm = running();
    vm.is_demo = true;
    vm.source_name = "demo".into();
    vm.truth = Some(Arc::new(Truth::default()));
    vm.progress.rows_expected = None;
    vm.progress.eta_s = None;
    vm
}

pub fn selected(selection: Selection) -> ViewModel {
    ViewModel { selection, ..running() }
}

pub fn column(name: &str, kind: ColumnKind, role: ColumnRole) -> Column {
    Column { name: name.into(), kind, role, missing: 0, constant: false }
}

/// Seven columns of which three can be variables.
pub fn report() -> ImportReport {
    let skipped = |why: &str| ColumnRole::Skipped(why.into());
    let mut columns = vec![
        column("time", ColumnKind::Time, ColumnRole::Time),
        column("temperature", ColumnKind::Float, ColumnRole::Variable),
        column("pressure", ColumnKind::Float, ColumnRole::Variable),
        column("valve", ColumnKind::Integer, ColumnRole::Variable),
        column("operator", ColumnKind::Text, skipped("not a number")),
        column("site", ColumnKind::Integer, skipped("constant")),
        column("spare", ColumnKind::Empty, skipped("no values")),
    ];
    columns[2].missing = 34;
    columns[5].constant = true;
    let preview =
        (0..20).map(|row| columns.iter().enumerate().map(|(at, _)| format!("{row}.{at}")).collect()).collect();
    ImportReport {
        files: vec![PathBuf::from("/data/plant.csv")],
        format: DataFormat::Csv,
        separator: Some(';'),
        header: true,
        schema: Schema { version: 1, columns },
        preview,
        inspected_rows: 1000,
        total_bytes: 12_300_000,
        estimated_rows: 1_204_000,
        rows_exact: false,
        warnings: vec!["The column “operator” is text and is left out.".into()],
    }
}

pub fn sheet() -> ImportSheet {
    ImportSheet {
        report: Ok(Arc::new(report())),
        choice: ImportChoice {
            files: vec![PathBuf::from("/data/plant.csv")],
            time_column: Some("time".into()),
            series_column: None,
            columns: ["temperature", "pressure", "valve"].map(String::from).to_vec(),
            max_lag: 3,
            follow: false,
        },
        estimated_bytes: 45_000_000,
        estimated_s: 130.0,
        truth_file: None,
    }
}

pub fn importing(sheet: ImportSheet) -> ViewModel {
    ViewModel { import: Some(sheet), ..demo() }
}
