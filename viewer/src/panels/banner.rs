//! In: what is not shown, and which moment is. Out: an honest line over the top of the 3D pane, with the way back.

use std::collections::BTreeSet;

use egui::{Align2, Area, Button, Context, Id, Label, Margin, Order, Rect, RichText, Ui, vec2};

use super::format;
use super::notes::{needs_care, verdict};
use super::state::UiState;
use super::widgets::named;
use crate::model::{Command, Filter, Lod, ViewModel};
use crate::theme::{Theme, card_frame, space, text_size};

/// One remark with what undoes it.
struct Remark {
    text: String,
    /// Something to be careful about.
    warns: bool,
    way_back: Way,
}

enum Way {
    None,
    /// A button: what stands on it, its name, and what it does.
    Back(&'static str, &'static str, Vec<Command>),
    /// To the notes.
    Notes,
}

pub(super) fn banner_ui(
    ctx: &Context,
    theme: &Theme,
    vm: &ViewModel,
    state: &mut UiState,
    scene: Rect,
    out: &mut Vec<Command>,
) -> Rect {
    let remarks = remarks(vm, state.notes_read);
    if remarks.is_empty() {
        return Rect::NOTHING;
    }
    Area::new(Id::new("scarcity_banner"))
        .order(Order::Middle)
        .pivot(Align2::CENTER_TOP)
        // Below the toolbar, which may be as wide as a small pane.
        .fixed_pos(scene.center_top() + vec2(0.0, space::M + 42.0))
        .constrain_to(scene)
        .show(ctx, |ui| {
            card_frame(theme).inner_margin(Margin::symmetric(10, 3)).show(ui, |ui| {
                ui.set_max_width((scene.width() - 40.0).max(160.0));
                for remark in remarks {
                    state.wants_notes |= remark_ui(ui, theme, remark, out);
                }
            });
        })
        .response
        .rect
}

/// Returns whether the notes are to be read.
fn remark_ui(ui: &mut Ui, theme: &Theme, remark: Remark, out: &mut Vec<Command>) -> bool {
    let color = if remark.warns { theme.warning } else { theme.text_strong };
    let button = |ui: &mut Ui, word: &str, name: &str| {
        let button = Button::new(RichText::new(word).size(text_size::SMALL).color(theme.accent_text)).small();
        named(ui.add(button), name).clicked()
    };
    let mut reads = false;
    ui.horizontal(|ui| {
        let room = (ui.available_width() - 90.0).max(120.0);
        ui.scope(|ui| {
            ui.set_max_width(room);
            ui.add(Label::new(RichText::new(remark.text).size(text_size::SMALL).color(color)).wrap());
        });
        match remark.way_back {
            Way::None => {}
            Way::Notes => reads = button(ui, "Read", "Read the notes"),
            Way::Back(word, name, commands) => {
                if button(ui, word, name) {
                    out.extend(commands);
                }
            }
        }
    });
    reads
}

/// What is to be said about the data themselves.
fn about_data(vm: &ViewModel, notes_read: usize) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let Some(snapshot) = &vm.snapshot else { return remarks };
    if let Some(verdict) = verdict(snapshot) {
        remarks.push(Remark { text: verdict, warns: true, way_back: Way::Notes });
    }
    let care = vm.notes.iter().filter(|note| needs_care(note.kind)).count();
    if care > 0 && notes_read < vm.notes.len() {
        let text = match care {
            1 => "A note on the data asks for care".to_owned(),
            more => format!("{more} notes on the data ask for care"),
        };
        remarks.push(Remark { text, warns: false, way_back: Way::Notes });
    }
    remarks
}

fn remarks(vm: &ViewModel, notes_read: usize) -> Vec<Remark> {
    let mut remarks = about_data(vm, notes_read);
    let Some(snapshot) = &vm.snapshot else { return remarks };
    let mut add = |text: String, way_back| remarks.push(Remark { text, warns: false, way_back });
    if !vm.chosen.is_empty() {
        let text = format!("{} chosen", format::counted(vm.chosen.len() as u64, "variable"));
        add(text, Way::Back("Clear", "Clear what is chosen", vec![Command::Choose(BTreeSet::new())]));
    }
    if let Some(comparison) = vm.comparison.as_ref().filter(|_| vm.time.comparing) {
        let text = format!(
            "What changed from window {} to window {}",
            format::window(comparison.from),
            format::window(comparison.to)
        );
        add(text, Way::Back("Close", "Close the comparison", vec![Command::SetComparing(false)]));
    } else if vm.time.at.is_some() {
        let newest = vm.newest.as_ref().map_or(snapshot.window, |newest| newest.window);
        let text = format!("The past: window {} of {}", format::window(snapshot.window), format::window(newest));
        add(text, Way::Back("LIVE", "Back to the newest window", vec![Command::ShowWindow(None)]));
    }
    let shown_variables = (0..snapshot.names.len() as u32).filter(|index| vm.shows_variable(*index)).count();
    if vm.leaves_out() {
        let what =
            vm.focus.as_ref().filter(|_| vm.isolated).map(|focus| format!("{}: ", focus.describe(&snapshot.names)));
        let text = format!(
            "{}{} of {}",
            what.unwrap_or_default(),
            format::count(shown_variables as u64),
            format::counted(snapshot.names.len() as u64, "variable")
        );
        let back = vec![Command::SetIsolated(false), Command::UnhideAll];
        add(text, Way::Back("Show all", "Show all variables", back));
    } else if let Some(focus) = &vm.focus {
        let text = format!(
            "Focus: {}, {} of {}",
            focus.describe(&snapshot.names),
            format::count(vm.focused.len() as u64),
            format::counted(snapshot.names.len() as u64, "variable")
        );
        add(text, Way::Back("Clear", "Clear the focus", vec![Command::SetFocus(None)]));
    }
    let all = snapshot.edges.len();
    if vm.filter != Filter::default() && vm.visible_edges < all {
        let text =
            format!("Showing {} of {}", format::count(vm.visible_edges as u64), format::counted(all as u64, "link"));
        add(text, Way::Back("Reset filters", "Show the filtered links", vec![Command::SetFilter(Filter::default())]));
    }
    let pixels = f64::from(vm.lod.resolution).powi(2);
    let coarse = (pixels < 0.98).then(|| format!("with {} of the pixels", format::percent(pixels)));
    if vm.drawn_edges < vm.visible_edges {
        let text = format!(
            "Drawing {} of {}, the most important first{}",
            format::count(vm.drawn_edges as u64),
            format::counted(vm.visible_edges as u64, "link"),
            coarse.map_or(String::new(), |coarse| format!(", {coarse}"))
        );
        add(text, Way::None);
    } else if let Some(coarse) = coarse {
        add(format!("The graph is drawn {coarse}, to keep up"), Way::None);
    }
    if vm.grouped.0 > 0 {
        let text = format!(
            "{} stand for {} too small to be told apart; come nearer to see them",
            format::counted(vm.grouped.0 as u64, "disc"),
            format::counted(vm.grouped.1 as u64, "variable")
        );
        let apart = Lod { clusters: false, ..vm.lod };
        add(text, Way::Back("Dots", "Show dots instead of discs", vec![Command::SetLod(apart)]));
    }
    if let Some((done, all)) = vm.filming {
        add(format!("Writing the film: window {done} of {all}"), Way::None);
    }
    remarks
}
