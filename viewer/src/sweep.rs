//! In: a drag over the 3D pane with Alt held. Out: the variables inside the box, or inside the loop with Ctrl held as well.

use std::collections::BTreeSet;

use egui::{Context, PointerButton, Pos2, Rect, Response, Shape, Stroke};

use crate::camera::PaneView;
use crate::model::{Command, ViewModel};
use crate::scene::Graph;
use crate::theme::Theme;

/// A selection under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Sweep {
    /// Where the pointer has been, in points.
    path: Vec<Pos2>,
    /// A free loop instead of a box.
    lasso: bool,
    /// What is inside is added to what was chosen.
    adds: bool,
}

impl Sweep {
    fn contains(&self, at: Pos2) -> bool {
        if self.lasso {
            return inside(&self.path, at);
        }
        self.rect().contains(at)
    }

    fn rect(&self) -> Rect {
        let ends = self.path.first().zip(self.path.last());
        ends.map_or(Rect::NOTHING, |(from, to)| Rect::from_two_pos(*from, *to))
    }

    /// Its outline.
    pub fn shapes(&self, theme: &Theme) -> Vec<Shape> {
        let stroke = Stroke::new(1.5, theme.selection);
        let line = if self.lasso {
            self.path.iter().chain(self.path.first()).copied().collect()
        } else {
            let r = self.rect();
            vec![r.left_top(), r.right_top(), r.right_bottom(), r.left_bottom(), r.left_top()]
        };
        let mut shapes = Shape::dashed_line(&line, stroke, 5.0, 3.0);
        if !self.lasso {
            shapes.push(Shape::rect_filled(self.rect(), 0.0, theme.selection.gamma_multiply(0.08)));
        }
        shapes
    }
}

/// Even-odd rule.
fn inside(path: &[Pos2], at: Pos2) -> bool {
    let next = path.iter().cycle().skip(1);
    path.iter().zip(next).fold(false, |is, (a, b)| {
        let crosses = (a.y > at.y) != (b.y > at.y);
        let x = || a.x + (at.y - a.y) / (b.y - a.y) * (b.x - a.x);
        if crosses && at.x < x() { !is } else { is }
    })
}

/// Follows the drag; returns whether there is one, so that the camera stays where it is.
pub fn sweep(
    ctx: &Context,
    response: &Response,
    under_way: &mut Option<Sweep>,
    (graph, view): (&Graph, &PaneView),
    model: &ViewModel,
    commands: &mut Vec<Command>,
) -> bool {
    let modifiers = ctx.input(|i| i.modifiers);
    if response.drag_started_by(PointerButton::Primary) && modifiers.alt {
        let origin = ctx.input(|i| i.pointer.press_origin());
        *under_way =
            Some(Sweep { path: origin.into_iter().collect(), lasso: modifiers.command, adds: modifiers.shift });
    }
    let Some(sweep) = under_way else { return false };
    if let Some(at) = response.interact_pointer_pos()
        && sweep.path.last().is_none_or(|last| last.distance(at) > 2.0)
    {
        if sweep.lasso || sweep.path.len() < 2 {
            sweep.path.push(at);
        } else if let Some(last) = sweep.path.last_mut() {
            *last = at;
        }
    }
    if response.dragged() {
        return true;
    }
    if let Some(done) = under_way.take().filter(|sweep| sweep.path.len() > 1) {
        let mut chosen = if done.adds { model.chosen.clone() } else { BTreeSet::new() };
        chosen.extend(variables_inside(&done, response.rect, graph, view, ctx.pixels_per_point()));
        commands.push(Command::Choose(chosen));
    }
    true
}

fn variables_inside(sweep: &Sweep, pane: Rect, graph: &Graph, view: &PaneView, pixels_per_point: f32) -> Vec<u32> {
    let variables = graph.names.as_ref().map_or(0, |names| names.len());
    let seen = graph.places.iter().take(variables).enumerate();
    seen.filter_map(|(at, place)| {
        let seen = view.project(*place, pixels_per_point)?;
        let point = pane.min + egui::vec2(seen.at.x, seen.at.y) / pixels_per_point;
        sweep.contains(point).then_some(at as u32)
    })
    .collect()
}

/// Rings around what is chosen.
pub fn rings(
    pane: Rect,
    graph: &Graph,
    view: &PaneView,
    model: &ViewModel,
    theme: &Theme,
    pixels_per_point: f32,
) -> Vec<Shape> {
    let places = model.chosen.iter().filter_map(|index| graph.places.get(*index as usize));
    places
        .filter_map(|place| view.project(*place, pixels_per_point))
        .map(|seen| {
            let point = pane.min + egui::vec2(seen.at.x, seen.at.y) / pixels_per_point;
            Shape::circle_stroke(point, seen.radius / pixels_per_point + 3.0, Stroke::new(2.0, theme.selection))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_holds_what_it_goes_round() {
        let at = |x: f32, y: f32| egui::pos2(x, y);
        // A horseshoe, open at the top.
        let path = vec![
            at(0.0, 0.0),
            at(0.0, 9.0),
            at(9.0, 9.0),
            at(9.0, 0.0),
            at(6.0, 0.0),
            at(6.0, 6.0),
            at(3.0, 6.0),
            at(3.0, 0.0),
        ];
        let lasso = Sweep { path: path.clone(), lasso: true, adds: false };
        assert!(lasso.contains(at(1.0, 4.0)) && lasso.contains(at(4.0, 8.0)));
        assert!(!lasso.contains(at(4.5, 3.0)) && !lasso.contains(at(20.0, 4.0)));
        let sweep = Sweep { path: vec![at(9.0, 9.0), at(0.0, 0.0)], lasso: false, adds: false };
        assert!(sweep.contains(at(4.5, 3.0)) && !sweep.contains(at(9.5, 3.0)));
    }
}
