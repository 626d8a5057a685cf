//! In: the whole graph. Out: what the inspector says when nothing is selected: counts, how far the data can be trusted, and
//! the strongest links.

use egui::{CornerRadius, Label, Rect, RichText, Sense, Ui, WidgetInfo, WidgetType, pos2, vec2};
use scarcity_engine::types::{STRAINED_INFLATION, Snapshot};

use super::super::derived::edge_title;
use super::super::format;
use super::super::notes::{notes_ui, verdict};
use super::super::state::UiState;
use super::super::widgets::{fact, section};
use super::{edge_row_ui, heaviest, hyper::hyper_row_ui};
use crate::model::{Command, ViewModel};
use crate::theme::{Theme, size};

/// Links and hyperedges listed.
const LISTED: usize = 100;
/// Inflation above which only strong links can still be trusted.
const DOUBTFUL: f64 = 2.0;

/// What a factor of inflation means for the reader.
pub fn inflation_sentence(inflation: f64) -> &'static str {
    if !inflation.is_finite() || inflation <= 0.0 {
        "Not enough windows yet to judge the data."
    } else if inflation < STRAINED_INFLATION {
        "The tests behave as they should on these data."
    } else if inflation < DOUBTFUL {
        "The data strain the tests a little; treat weak links with care."
    } else {
        "The data strain the tests: trends, outliers or a hidden common cause. Trust only strong, stable links."
    }
}

pub(super) fn summary_ui(
    ui: &mut Ui,
    theme: &Theme,
    vm: &ViewModel,
    snapshot: &Snapshot,
    state: &UiState,
    out: &mut Vec<Command>,
) {
    fact(ui, theme, "Variables", &format::count(snapshot.names.len() as u64), "");
    fact(ui, theme, "Links", &format::count(snapshot.edges.len() as u64), "Links in the graph now, shown or filtered.");
    fact(
        ui,
        theme,
        "Hyperedges",
        &format::count(snapshot.hyperedges.len() as u64),
        "Several sources that together \
        explain more of a target than the sum of their parts.",
    );
    let since = format!("{} since row {}", snapshot.regime, format::count(snapshot.regime_start_row));
    fact(ui, theme, "Regime", &since, "A regime is a stretch of rows in which the mechanisms stay the same.");
    let rows = format!("{} – {}", format::count(snapshot.window_rows.start), format::count(snapshot.window_rows.end));
    fact(ui, theme, "Window", &format::window(snapshot.window), &format!("Rows {rows}."));
    let (asked, exist) = snapshot.candidates;
    let asked_of = format!("{} of {}", format::short(asked as f64), format::short(exist as f64));
    fact(ui, theme, "Candidates tested", &asked_of, "Possible causes asked about in the latest window, of all.");

    section(ui, theme, "Data quality");
    gauge_ui(ui, theme, snapshot.inflation);
    let color = match snapshot.inflation {
        inflation if inflation >= DOUBTFUL => theme.warning,
        _ => theme.text,
    };
    let sentence = match verdict(snapshot).filter(|_| snapshot.weak) {
        Some(verdict) => format!("{verdict}."),
        None => inflation_sentence(snapshot.inflation).to_owned(),
    };
    ui.add(Label::new(RichText::new(sentence).color(color)).wrap());

    notes_ui(ui, theme, &vm.notes, "Notes on the data");

    let shown = state.derived.strongest.len();
    section(ui, theme, &format!("Strongest links ({})", format::count(shown as u64)));
    if shown == 0 {
        let text =
            if snapshot.edges.is_empty() { "No link has been accepted so far." } else { "The filters hide all." };
        ui.label(RichText::new(text).color(theme.text_weak));
    }
    let most = heaviest(snapshot);
    for index in state.derived.strongest.iter().take(LISTED) {
        if let Some(edge) = snapshot.edges.get(*index) {
            edge_row_ui(ui, theme, snapshot, edge, &edge_title(snapshot, edge), most, out);
        }
    }
    if shown > LISTED {
        let more = format!("and {} more", format::count((shown - LISTED) as u64));
        ui.label(RichText::new(more).small().color(theme.text_weak));
    }
    if !snapshot.hyperedges.is_empty() {
        section(ui, theme, &format!("Hyperedges ({})", format::count(snapshot.hyperedges.len() as u64)));
        for index in 0..snapshot.hyperedges.len().min(LISTED) {
            hyper_row_ui(ui, theme, snapshot, index as u32, out);
        }
    }
}

/// A scale from calibrated to strained with a mark where these data stand.
fn gauge_ui(ui: &mut Ui, theme: &Theme, inflation: f64) {
    const END: f64 = 3.0;
    let text = format!("inflation {}", format::number(inflation));
    fact(
        ui,
        theme,
        "Inflation",
        &format::number(inflation),
        "By what factor the tests' statistics exceed what chance \
        alone would give; 1 is perfect.",
    );
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 12.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &text));
    let x = |at: f64| rect.left() + ((at.clamp(1.0, END) - 1.0) / (END - 1.0)) as f32 * rect.width();
    let zones = [
        (1.0, STRAINED_INFLATION, theme.success),
        (STRAINED_INFLATION, DOUBTFUL, theme.warning),
        (DOUBTFUL, END, theme.error),
    ];
    for (from, to, color) in zones {
        let zone = Rect::from_min_max(pos2(x(from), rect.top() + 4.0), pos2(x(to) - 2.0, rect.top() + 4.0 + size::BAR));
        let color =
            if (from..to).contains(&inflation.clamp(1.0, END - 1e-9)) { color } else { color.gamma_multiply(0.3) };
        ui.painter().rect_filled(zone, CornerRadius::same(2), color);
    }
    if inflation.is_finite() {
        let mark = Rect::from_center_size(pos2(x(inflation), rect.top() + 6.5), vec2(3.0, 13.0));
        ui.painter().rect_filled(mark, CornerRadius::same(1), theme.text_strong);
    }
}
