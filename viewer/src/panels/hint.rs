//! In: what lies under the pointer in the 3D pane. Out: a small card beside the pointer with what it is and how sure.

use egui::{Response, RichText, Tooltip, Ui};
use scarcity_engine::types::Snapshot;

use super::derived::{edge_title, find_edge, is_directed, var_name};
use super::format;
use super::inspector::hyper_title;
use crate::model::{Selection, ViewModel};
use crate::theme::{Theme, text_size};

/// A title and a line of numbers.
struct Hint {
    title: String,
    line: String,
}

pub(super) fn hint_ui(theme: &Theme, vm: &ViewModel, pane: &Response) {
    if !pane.hovered() || pane.dragged() {
        return;
    }
    let Some(hint) = vm.snapshot.as_deref().and_then(|snapshot| hint(snapshot, vm.hovered)) else { return };
    Tooltip::for_widget(pane).at_pointer().gap(14.0).show(|ui: &mut Ui| {
        ui.label(RichText::new(hint.title).color(theme.text_strong));
        ui.label(RichText::new(hint.line).size(text_size::SMALL).color(theme.text_weak));
    });
}

fn hint(snapshot: &Snapshot, hovered: Selection) -> Option<Hint> {
    match hovered {
        Selection::None => None,
        Selection::Edge(key) => {
            let edge = find_edge(snapshot, key)?;
            let link = &edge.link;
            let line = format!(
                "lag {}  ·  {}  ·  stability {}",
                format::lag(key.lag),
                format::with_interval(link.effect, link.ci_lo, link.ci_hi),
                format::percent(link.stability)
            );
            Some(Hint { title: edge_title(snapshot, edge), line })
        }
        Selection::Node(index) if (index as usize) < snapshot.names.len() => {
            let directed = snapshot.edges.iter().filter(|edge| is_directed(edge));
            let (mut drives, mut driven) = (0, 0);
            for edge in directed {
                drives += u64::from(edge.link.key.source == index);
                driven += u64::from(edge.link.key.target == index);
            }
            let line = format!("drives {}, driven by {}", format::count(drives), format::count(driven));
            Some(Hint { title: var_name(snapshot, index), line })
        }
        Selection::Node(_) => None,
        Selection::Hyper(index) => {
            let hyper = snapshot.hyperedges.get(index as usize)?;
            let excess = format::percent(hyper.gain_joint - hyper.gain_parts);
            let line =
                format!("joint gain {excess} beyond the parts  ·  stability {}", format::percent(hyper.stability));
            Some(Hint { title: hyper_title(snapshot, hyper), line })
        }
    }
}
