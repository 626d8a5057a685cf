//! In: a variable and what is done to it. Out: the what-if panel: the question, the predicted responses with intervals, or
//! the reason why the graph does not tell.

use egui::{ComboBox, DragValue, Label, RichText, ScrollArea, Ui};
use egui_plot::{HLine, Line, PlotPoints, VLine};
use scarcity_engine::types::Snapshot;
use scarcity_engine::whatif::{Answer, Change, Hold};

use super::derived::var_name;
use super::format;
use super::plots::{band, remark, small_plot};
use super::widgets::{main_button, named, section, slide};
use crate::model::{Command, Selection, ViewModel, WhatIfQuestion};
use crate::theme::{Theme, space};

/// Responses plotted.
const PLOTTED: usize = 12;

/// The question a variable is first asked about with: moved by one standard deviation, once.
pub(super) fn first_question(vm: &ViewModel, variable: u32) -> Option<WhatIfQuestion> {
    let snapshot = vm.snapshot.as_ref()?;
    let sd = snapshot.nodes.get(variable as usize).map_or(1.0, |node| node.sd);
    let by = if sd > 0.0 && sd.is_finite() { sd } else { 1.0 };
    let horizon = (4 * snapshot.max_lag).clamp(8, 60);
    Some(WhatIfQuestion { variable, change: Change::Shift(by), hold: Hold::Pulse, horizon })
}

pub(super) fn what_if_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, out: &mut Vec<Command>) {
    let Some(snapshot) = vm.snapshot.as_deref() else {
        ui.label(RichText::new("The graph appears with the first window.").color(theme.text_weak));
        return;
    };
    let Some(question) = vm.what_if.question else {
        start_ui(ui, theme, vm, snapshot, out);
        return;
    };
    let mut wanted = question;
    question_ui(ui, theme, snapshot, &mut wanted);
    if wanted != question {
        out.push(Command::AskWhatIf(Some(wanted)));
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| match &vm.what_if.answer {
        None => {
            ui.add_space(space::M);
            ui.label(RichText::new("Refitting on resampled rows …").color(theme.text_weak));
        }
        Some(Err(reason)) => {
            section(ui, theme, "No prediction");
            ui.add(Label::new(RichText::new(reason).color(theme.warning)).wrap());
        }
        Some(Ok(answer)) => answer_ui(ui, theme, vm, snapshot, answer, out),
    });
}

fn start_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, snapshot: &Snapshot, out: &mut Vec<Command>) {
    let text = "What would follow if a variable were set or shifted? The graph answers for as many rows as you like, with \
                intervals, and says so where it does not tell.";
    ui.add(Label::new(RichText::new(text).color(theme.text_weak)).wrap());
    ui.add_space(space::S);
    let Selection::Node(variable) = vm.selection else {
        ui.label(RichText::new("Select a variable first.").color(theme.text));
        return;
    };
    let text = format!("Act on {}", var_name(snapshot, variable));
    if main_button(ui, theme, &text, true).clicked() {
        out.push(Command::AskWhatIf(first_question(vm, variable)));
    }
}

fn question_ui(ui: &mut Ui, theme: &Theme, snapshot: &Snapshot, question: &mut WhatIfQuestion) {
    let stats = snapshot.nodes.get(question.variable as usize).copied().unwrap_or_default();
    let sd = if stats.sd > 0.0 { stats.sd } else { 1.0 };
    ui.horizontal(|ui| {
        let combo = ComboBox::from_id_salt("what_if_variable")
            .width(ui.available_width() - 8.0)
            .truncate()
            .selected_text(var_name(snapshot, question.variable))
            .show_ui(ui, |ui| {
                for index in 0..snapshot.names.len() as u32 {
                    ui.selectable_value(&mut question.variable, index, var_name(snapshot, index));
                }
            });
        named(combo.response, "Variable to act on");
    });
    ui.horizontal(|ui| {
        let set = matches!(question.change, Change::Set(_));
        if named(ui.selectable_label(!set, "Shift by"), "Shift by").clicked() && set {
            question.change = Change::Shift(sd);
        }
        if named(ui.selectable_label(set, "Set to"), "Set to").clicked() && !set {
            question.change = Change::Set(stats.mean + sd);
        }
        let value = match &mut question.change {
            Change::Set(value) | Change::Shift(value) => value,
        };
        let drag = ui.add(DragValue::new(value).speed(sd * 0.02).custom_formatter(|value, _| format::number(value)));
        named(drag, "Amount").on_hover_text(format!(
            "In data units; its mean is {}, its standard deviation {}",
            format::number(stats.mean),
            format::number(stats.sd)
        ));
    });
    ui.horizontal(|ui| {
        let once = named(ui.selectable_label(question.hold == Hold::Pulse, "once"), "Once");
        if once.on_hover_text("In one row, then left to itself").clicked() {
            question.hold = Hold::Pulse;
        }
        let on = named(ui.selectable_label(question.hold == Hold::Sustained, "from then on"), "From then on");
        if on.on_hover_text("Held in every row").clicked() {
            question.hold = Hold::Sustained;
        }
        ui.label(RichText::new("for").color(theme.text_weak));
        let drag = ui.add(DragValue::new(&mut question.horizon).range(1..=200).speed(0.2).suffix(" rows"));
        named(drag, "Rows to look ahead");
    });
}

fn answer_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, snapshot: &Snapshot, answer: &Answer, out: &mut Vec<Command>) {
    let horizon = answer.question.horizon;
    ui.horizontal(|ui| {
        let playing = vm.what_if.playing;
        let text = if playing { "▮▮" } else { "▶" };
        let name = if playing { "Hold the animation" } else { "Animate in the graph" };
        if named(ui.button(text), name).on_hover_text(name).clicked() {
            out.push(Command::ShowResponse(if playing { Some(vm.what_if.row) } else { None }));
        }
        let mut row = vm.what_if.row;
        ui.spacing_mut().slider_width = (ui.available_width() - 74.0).max(60.0);
        let text = |row: f64| format!("+{row:.0} rows");
        if slide(ui, "Row shown in the graph", &mut row, 0.0..=horizon as f32, false, text) {
            out.push(Command::ShowResponse(Some(row)));
        }
    });
    if answer.reached.len() <= 1 {
        ui.label(RichText::new("Nothing else moves: no link leads away from it.").color(theme.text));
    }
    for variable in answer.reached.iter().take(PLOTTED) {
        response_ui(ui, theme, vm, snapshot, answer, *variable, out);
    }
    if answer.reached.len() > PLOTTED {
        remark(ui, theme, format!("and {} more", answer.reached.len() - PLOTTED));
    }
    section(ui, theme, "Keep in mind");
    for caution in &answer.cautions {
        remark(ui, theme, format!("{caution}."));
    }
    remark(ui, theme, format!("Bands: 95 %, from {} refits on resampled blocks of rows.", answer.replicates));
}

fn response_ui(
    ui: &mut Ui,
    theme: &Theme,
    vm: &ViewModel,
    snapshot: &Snapshot,
    answer: &Answer,
    variable: u32,
    out: &mut Vec<Command>,
) {
    let horizon = answer.question.horizon as usize;
    let points: Vec<[f64; 3]> = (0..=horizon)
        .map(|row| {
            let [_, low, high] = answer.at(variable, row);
            [row as f64, low, high]
        })
        .collect();
    let line: Vec<[f64; 2]> = (0..=horizon).map(|row| [row as f64, answer.at(variable, row)[0]]).collect();
    let most = line.iter().copied().fold([0.0, 0.0], |a: [f64; 2], b| if b[1].abs() > a[1].abs() { b } else { a });
    let name = var_name(snapshot, variable);
    let acted_on = variable == answer.question.variable;
    let color = if acted_on { theme.selection } else { theme.sign(most[1]) };
    ui.add_space(space::XS);
    ui.horizontal(|ui| {
        let title = ui.add(egui::Button::new(RichText::new(&name).color(theme.text_strong)).frame(false));
        if named(title, &format!("Select {name}")).clicked() {
            out.push(Command::Select(Selection::Node(variable)));
        }
        let [value, low, high] = answer.at(variable, most[0] as usize);
        let text = format!("{} after {:.0}", format::with_interval(value, low, high), most[0]);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.add(Label::new(RichText::new(text).small().color(theme.text_weak)).truncate());
        });
    });
    let row = f64::from(vm.what_if.row);
    small_plot(ui, theme, &format!("response_{variable}"), &format!("Response of {name}"), 74.0, |plot| {
        plot.hline(HLine::new("zero", 0.0).color(theme.outline_strong).width(1.0));
        band(plot, "interval", &points, color.gamma_multiply(0.25));
        plot.line(Line::new("response", PlotPoints::from(line)).color(color).width(1.8));
        plot.vline(VLine::new("now", row).color(theme.accent_text).width(1.0));
    });
}
