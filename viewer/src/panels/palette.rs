//! In: what is typed. Out: the command palette: every action, export, panel and variable, found by a few of its letters.

use egui::{Align2, Area, Context, Id, Key, Margin, Modifiers, Order, RichText, ScrollArea, TextEdit, vec2};

use super::actions::{ACTIONS, keys_of, perform};
use super::widgets::{Row, named, text_field};
use super::workspace::{Pane, Workspace};
use crate::model::{Command, ExportFormat, Selection, ViewModel};
use crate::theme::{Theme, card_frame, size, text_size};

/// The palette while it is open.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Palette {
    text: String,
    cursor: usize,
    /// Whether the field has had the keyboard.
    opened: bool,
}

/// Lines shown at once.
const LINES: usize = 12;
const WIDTH: f32 = 460.0;

#[derive(Debug, Clone, PartialEq)]
enum Deed {
    Action(&'static str),
    Pane(Pane),
    Command(Command),
    GoTo(u32),
}

struct Entry {
    title: String,
    remark: String,
    deed: Deed,
}

/// How well `text` fits `title`: its letters in order, better at the beginnings of words and next to each other; lower
/// is better, `None` where it does not fit.
pub fn fit(title: &str, text: &str) -> Option<u32> {
    let title = title.to_lowercase();
    if let Some(at) = title.find(&text.trim().to_lowercase()) {
        let begins = !title[..at].ends_with(char::is_alphanumeric);
        return Some(if begins { 0 } else { 16 } + (title.len() as u32).min(60));
    }
    let title: Vec<char> = title.chars().collect();
    // Anything written in one piece fits better than scattered letters.
    let mut cost = 4;
    let mut at = 0;
    for wanted in text.to_lowercase().chars().filter(|c| !c.is_whitespace()) {
        let found = (at..title.len()).find(|&i| title[i] == wanted)?;
        let begins = found == 0 || !title[found - 1].is_alphanumeric();
        cost += if found == at || begins { 0 } else { 2 + (found - at).min(20) as u32 };
        at = found + 1;
    }
    Some(cost * 16 + (title.len() as u32).min(60))
}

pub(super) fn palette_ui(
    ctx: &Context,
    theme: &Theme,
    workspace: &mut Workspace,
    vm: &ViewModel,
    out: &mut Vec<Command>,
) {
    let Some(mut palette) = workspace.state.palette.take() else { return };
    let pressed = |key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    if pressed(Key::ArrowDown) {
        palette.cursor += 1;
    }
    if pressed(Key::ArrowUp) {
        palette.cursor = palette.cursor.saturating_sub(1);
    }
    if pressed(Key::Escape) {
        return;
    }
    // Taken before the field sees it, and obeyed once the field has taken what was typed before it.
    let entered = pressed(Key::Enter);
    let mut entries = Vec::new();
    let mut chosen = None;
    let window = ctx.content_rect();
    let area = Area::new(Id::new("scarcity_palette"))
        .order(Order::Foreground)
        .pivot(Align2::CENTER_TOP)
        .fixed_pos(window.center_top() + vec2(0.0, (window.height() * 0.12).max(40.0)))
        .show(ctx, |ui| {
            card_frame(theme).inner_margin(Margin::same(10)).show(ui, |ui| {
                ui.set_width(WIDTH.min(window.width() - 60.0));
                let field = TextEdit::singleline(&mut palette.text).hint_text("Type a command or a variable");
                let width = ui.available_width() - 14.0;
                let field = named(text_field(ui, theme, field, width), "Command palette");
                if !palette.opened {
                    palette.opened = true;
                    field.request_focus();
                }
                if field.changed() {
                    palette.cursor = 0;
                }
                entries = found(vm, &palette.text);
                palette.cursor = palette.cursor.min(entries.len().saturating_sub(1));
                chosen = entered.then_some(palette.cursor);
                ScrollArea::vertical().max_height(LINES as f32 * (size::LIST_ROW + 3.0)).show(ui, |ui| {
                    for (at, entry) in entries.iter().enumerate() {
                        let row = Row {
                            text: RichText::new(&entry.title).into(),
                            value: RichText::new(&entry.remark).size(text_size::SMALL).color(theme.text_weak).into(),
                            name: &entry.title,
                            remark: "".into(),
                            mark: None,
                            selected: at == palette.cursor,
                        };
                        let response = row.show(ui, theme);
                        if at == palette.cursor {
                            response.scroll_to_me(None);
                        }
                        if response.clicked() {
                            chosen = Some(at);
                        }
                    }
                    if entries.is_empty() {
                        ui.label(RichText::new("Nothing of that name.").color(theme.text_weak));
                    }
                });
            });
        });
    if let Some(entry) = chosen.and_then(|at| entries.into_iter().nth(at)) {
        obey(entry.deed, workspace, vm, out);
        return;
    }
    let elsewhere = ctx.input(|input| input.pointer.any_pressed()) && !area.response.contains_pointer();
    if !elsewhere {
        workspace.state.palette = Some(palette);
    }
}

fn obey(deed: Deed, workspace: &mut Workspace, vm: &ViewModel, out: &mut Vec<Command>) {
    match deed {
        Deed::Action(id) => perform(id, workspace, vm, out),
        Deed::Pane(pane) => workspace.show(pane),
        Deed::Command(command) => out.push(command),
        Deed::GoTo(index) => out.extend([Command::Select(Selection::Node(index)), Command::FocusSelection]),
    }
}

/// Everything that fits, best first; a bounded number.
fn found(vm: &ViewModel, text: &str) -> Vec<Entry> {
    let mut all: Vec<(u32, Entry)> = Vec::new();
    let mut offer = |title: String, remark: &str, handicap: u32, deed: Deed| {
        if let Some(cost) = fit(&title, text) {
            all.push((cost + handicap, Entry { title, remark: remark.to_owned(), deed }));
        }
    };
    for action in ACTIONS.iter().filter(|action| action.id != "palette") {
        offer(action.title.into(), keys_of(action, &vm.settings.bindings), 0, Deed::Action(action.id));
    }
    for format in ExportFormat::ALL {
        let title = format!("Export: {}", format.title());
        offer(title, format.extension(), 40, Deed::Command(Command::Export(format, None)));
    }
    for pane in Pane::ALL.into_iter().filter(|pane| *pane != Pane::Scene) {
        offer(format!("Panel: {}", pane.title()), "", 30, Deed::Pane(pane));
    }
    if let Some(snapshot) = vm.snapshot.as_ref().filter(|_| !text.trim().is_empty()) {
        for (index, name) in snapshot.names.iter().enumerate() {
            offer(name.clone(), "variable", 0, Deed::GoTo(index as u32));
        }
    }
    if !text.trim().is_empty() {
        all.sort_by_key(|(cost, _)| *cost);
    }
    all.into_iter().take(200).map(|(_, entry)| entry).collect()
}
