//! In: the view model. Out: one frame of the whole window: bars, panels in tiles, overlays, and the 3D pane's place.

use egui::{
    Align, Context, CornerRadius, CursorIcon, Frame, LayerId, Layout, Margin, Rect, Response, RichText, Sense, Stroke,
    Ui, UiBuilder, WidgetInfo, WidgetType, vec2,
};
use egui_tiles::{Behavior, SimplificationOptions, TileId, UiResponse};

use super::banner::banner_ui;
use super::changes::changes_ui;
use super::data::data_ui;
use super::events::events_ui;
use super::export::export_ui;
use super::filters::filters_ui;
use super::format;
use super::governor::governor_ui;
use super::help::help_ui;
use super::hint::hint_ui;
use super::hover::hover_ui;
use super::import::import_ui;
use super::inspector::inspector_ui;
use super::knobs::knobs_ui;
use super::legend::legend_ui;
use super::menu::menu_ui;
use super::notes::notes_panel_ui;
use super::palette::palette_ui;
use super::shortcuts::shortcuts;
use super::status_bar::status_bar_ui;
use super::table::table_ui;
use super::timeline::timeline_ui;
use super::toasts::toasts_ui;
use super::toolbar::toolbar_ui;
use super::top_bar::top_bar_ui;
use super::variables::variables_ui;
use super::welcome;
use super::what_if::what_if_ui;
use super::widgets::close_button;
use super::workspace::{Pane, Workspace};
use crate::model::{Command, ViewModel};
use crate::theme::{self, Theme, size, space};

/// Left and right of a panel's content, in points.
const PANE_MARGIN: f32 = 12.0;

/// The place left for the 3D graph. No panel covers it.
pub struct SceneRect {
    /// Where, in egui points; multiply by [`egui::Context::pixels_per_point`] for pixels.
    pub rect: Rect,
    /// Clicks, drags and hovering of the pane. The camera listens to nothing else, so that a click on a panel or a
    /// floating card never turns the graph.
    pub response: Response,
    /// Paints above the 3D graph and below everything that floats over it, clipped to the pane; for names.
    pub painter: egui::Painter,
    /// What floats over the pane; the graph is framed beside it.
    pub cards: Vec<Rect>,
}

/// Draws the whole window except the 3D graph, and says where that belongs.
pub fn shell_ui(ctx: &Context, workspace: &mut Workspace, vm: &ViewModel, out: &mut Vec<Command>) -> SceneRect {
    let theme = Theme::of(vm.settings.theme);
    theme::apply(ctx, &theme, vm.settings.ui_scale);
    theme::set_motion(ctx, vm.settings.reduced_motion);
    shortcuts(ctx, workspace, vm, out);
    workspace.state.derived.refresh(vm);
    workspace.state.follow(vm);

    let mut root = Ui::new(
        ctx.clone(),
        egui::Id::new("scarcity_shell"),
        UiBuilder::new().layer_id(LayerId::background()).max_rect(ctx.content_rect()),
    );
    let bar = Frame::new().fill(theme.bar).inner_margin(Margin::symmetric(space::M as i8, 0));
    egui::Panel::top("scarcity_top_bar")
        .exact_size(size::TOP_BAR)
        .frame(bar)
        .show(&mut root, |ui| top_bar_ui(ui, &theme, workspace, vm, out));
    egui::Panel::bottom("scarcity_status_bar")
        .exact_size(size::STATUS_BAR)
        .frame(bar)
        .show(&mut root, |ui| status_bar_ui(ui, &theme, vm, out));
    let mut scene = tiles_ui(&mut root, &theme, workspace, vm, out);
    scene.cards = overlays_ui(ctx, &theme, workspace, vm, scene.rect, out);
    palette_ui(ctx, &theme, workspace, vm, out);
    menu_ui(&theme, &scene, workspace, vm, out);
    hint_ui(&theme, vm, &scene.response);
    if std::mem::take(&mut workspace.state.wants_notes) {
        workspace.show(Pane::Notes);
    }
    if workspace.is_in_front(Pane::Notes) {
        workspace.state.notes_read = vm.notes.len();
    }
    scene
}

/// What floats: small things in the corners of the 3D pane, then notes, the import sheet, and files held over the window.
fn overlays_ui(
    ctx: &Context,
    theme: &Theme,
    workspace: &mut Workspace,
    vm: &ViewModel,
    scene: Rect,
    out: &mut Vec<Command>,
) -> Vec<Rect> {
    let state = &mut workspace.state;
    let mut cards = Vec::new();
    if scene.is_positive() {
        cards.push(toolbar_ui(ctx, theme, vm, scene, out));
        cards.push(legend_ui(ctx, theme, vm, state, scene));
        cards.push(banner_ui(ctx, theme, vm, state, scene, out));
        if welcome::is_shown(vm, state) {
            cards.push(welcome::welcome_ui(ctx, theme, vm, state, scene, out));
        }
    }
    if let Some(sheet) = &vm.import {
        import_ui(ctx, theme, vm, sheet, state, out);
    }
    cards.extend(toasts_ui(ctx, theme, vm, state, scene, out));
    help_ui(ctx, theme, vm, &mut state.help_open);
    export_ui(ctx, theme, vm, &mut state.export_open, out);
    if let Some(drag) = &vm.drag {
        hover_ui(ctx, theme, drag);
    }
    cards
}

fn tiles_ui(
    root: &mut Ui,
    theme: &Theme,
    workspace: &mut Workspace,
    vm: &ViewModel,
    out: &mut Vec<Command>,
) -> SceneRect {
    let area = root.available_rect_before_wrap();
    let options = SimplificationOptions::default();
    workspace.fit(area.size(), &options);
    let in_tabs = workspace.panes_in_tabs();
    let mut closed = Vec::new();
    let mut tree = std::mem::replace(&mut workspace.tree, egui_tiles::Tree::empty("scarcity_none"));
    let mut tiles = PaneTiles { theme, workspace, vm, out, in_tabs, closed: &mut closed, scene: None };
    tree.ui(&mut tiles, root);
    let scene = tiles.scene.take();
    workspace.tree = tree;
    for pane in closed {
        workspace.set_open(pane, false);
    }
    // The 3D pane may lie behind another tab: then it has no place this frame.
    scene.unwrap_or_else(|| {
        let rect = Rect::from_min_size(area.min, egui::Vec2::ZERO);
        let response = root.interact(rect, root.id().with("scene_hidden"), Sense::hover());
        SceneRect { rect, response, painter: root.painter_at(rect), cards: Vec::new() }
    })
}

struct PaneTiles<'a> {
    theme: &'a Theme,
    workspace: &'a mut Workspace,
    vm: &'a ViewModel,
    out: &'a mut Vec<Command>,
    in_tabs: Vec<Pane>,
    closed: &'a mut Vec<Pane>,
    scene: Option<SceneRect>,
}

impl PaneTiles<'_> {
    fn content(&mut self, ui: &mut Ui, pane: Pane) {
        let (theme, vm, state) = (self.theme, self.vm, &mut self.workspace.state);
        match pane {
            Pane::Scene => {}
            Pane::Data => data_ui(ui, theme, vm, state, self.out),
            Pane::Variables => variables_ui(ui, theme, vm, state, self.out),
            Pane::Filters => filters_ui(ui, theme, vm, state, self.out),
            Pane::Inspector => inspector_ui(ui, theme, vm, state, self.out),
            Pane::Timeline => timeline_ui(ui, theme, vm, self.out),
            Pane::Table => table_ui(ui, theme, vm, state, self.out),
            Pane::Changes => changes_ui(ui, theme, vm, self.out),
            Pane::Events => events_ui(ui, theme, vm, self.out),
            Pane::Notes => notes_panel_ui(ui, theme, vm, self.out),
            Pane::WhatIf => what_if_ui(ui, theme, vm, self.out),
            Pane::Knobs => knobs_ui(ui, theme, vm, state, self.out),
            Pane::Governor => governor_ui(ui, theme, vm, self.out),
        }
    }
}

impl Behavior<Pane> for PaneTiles<'_> {
    fn pane_ui(&mut self, ui: &mut Ui, _tile_id: TileId, pane: &mut Pane) -> UiResponse {
        if *pane == Pane::Scene {
            let rect = ui.max_rect();
            let response = ui.interact(rect, egui::Id::new("scarcity_scene"), Sense::click_and_drag());
            response.widget_info(|| WidgetInfo::labeled(WidgetType::Other, true, scene_text(self.vm)));
            self.scene = Some(SceneRect { rect, response, painter: ui.painter_at(rect), cards: Vec::new() });
            return UiResponse::None;
        }
        ui.painter().rect_filled(ui.max_rect(), CornerRadius::ZERO, self.theme.panel);
        let mut dragged = UiResponse::None;
        if !self.in_tabs.contains(pane) {
            dragged = title_ui(ui, self.theme, *pane, self.closed);
        }
        Frame::new()
            .inner_margin(Margin { left: PANE_MARGIN as i8, right: PANE_MARGIN as i8, top: 0, bottom: space::S as i8 })
            .show(ui, |ui| {
                theme::set_dense(ui);
                if self.in_tabs.contains(pane) {
                    ui.add_space(space::XS);
                }
                self.content(ui, *pane);
            });
        dragged
    }

    fn tab_title_for_pane(&mut self, pane: &Pane) -> egui::WidgetText {
        match (pane, self.vm.notes.len()) {
            (Pane::Notes, count) if count > 0 => format!("{} ({count})", pane.title()).into(),
            _ => pane.title().into(),
        }
    }

    fn top_bar_right_ui(
        &mut self,
        tiles: &egui_tiles::Tiles<Pane>,
        ui: &mut Ui,
        _tile_id: TileId,
        tabs: &egui_tiles::Tabs,
        _scroll_offset: &mut f32,
    ) {
        // Closed panes keep their place; the View menu opens them again.
        if let Some(egui_tiles::Tile::Pane(pane)) = tabs.active.and_then(|id| tiles.get(id)) {
            let close = close_button(ui, self.theme, &format!("Close {}", pane.title()));
            if close.on_hover_text("Close; the View menu opens it again").clicked() {
                self.closed.push(*pane);
            }
        }
    }

    fn tab_bar_color(&self, _visuals: &egui::Visuals) -> egui::Color32 {
        self.theme.outline
    }

    fn tab_bar_height(&self, _style: &egui::Style) -> f32 {
        size::PANE_TITLE
    }

    fn resize_stroke(&self, _style: &egui::Style, state: egui_tiles::ResizeState) -> Stroke {
        match state {
            egui_tiles::ResizeState::Idle => Stroke::new(size::HAIRLINE, self.theme.outline),
            egui_tiles::ResizeState::Hovering => Stroke::new(2.0, self.theme.outline_strong),
            egui_tiles::ResizeState::Dragging => Stroke::new(2.0, self.theme.accent_text),
        }
    }

    fn min_size(&self) -> f32 {
        64.0
    }
}

/// A panel's title line: its name, which drags the panel, and a button that closes it.
fn title_ui(ui: &mut Ui, theme: &Theme, pane: Pane, closed: &mut Vec<Pane>) -> UiResponse {
    let rect = Rect::from_min_size(ui.max_rect().min, vec2(ui.max_rect().width(), size::PANE_TITLE));
    let handle = ui.interact(rect, ui.id().with("title"), Sense::drag()).on_hover_cursor(CursorIcon::Grab);
    ui.scope_builder(UiBuilder::new().max_rect(rect.shrink2(vec2(PANE_MARGIN, 0.0))), |ui| {
        ui.horizontal_centered(|ui| {
            ui.label(RichText::new(pane.title()).heading().color(theme.text_strong));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let close = close_button(ui, theme, &format!("Close {}", pane.title()));
                if close.on_hover_text("Close; the View menu opens it again").clicked() {
                    closed.push(pane);
                }
            });
        });
    });
    ui.advance_cursor_after_rect(rect);
    if handle.drag_started() { UiResponse::DragStarted } else { UiResponse::None }
}

/// What a screen reader says about the 3D pane.
fn scene_text(vm: &ViewModel) -> String {
    let Some(snapshot) = &vm.snapshot else { return "Causal graph in 3D: nothing yet".into() };
    format!(
        "Causal graph in 3D: {}, {}",
        format::counted(snapshot.names.len() as u64, "variable"),
        format::counted(vm.visible_edges as u64, "link")
    )
}
