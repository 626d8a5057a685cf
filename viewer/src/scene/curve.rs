//! In: two projected nodes and a bend. Out: the curve a link is drawn along, for picking and labels.
//! Twin of `shaders/view/edge.wgsl`: change both.

use bevy::math::Vec2;

/// A quadratic curve in pixels of the pane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Curve {
    /// Middle of the source.
    pub from: Vec2,
    /// Control point.
    pub control: Vec2,
    /// Middle of the target.
    pub to: Vec2,
}

impl Curve {
    /// The curve between two places; `bend` is the control point's distance from the middle as a share of the length.
    pub fn new(from: Vec2, to: Vec2, bend: f32) -> Self {
        // The shader counts y upwards, the pane downwards: the normal is mirrored.
        let along = to - from;
        let across = Vec2::new(along.y, -along.x);
        Self { from, control: (from + to) * 0.5 + across * bend, to }
    }

    /// The place after a share `t` of the way.
    pub fn at(&self, t: f32) -> Vec2 {
        self.from.lerp(self.control, t).lerp(self.control.lerp(self.to, t), t)
    }

    /// Distance in pixels to `point` of the part between the shares `start` and `end`.
    pub fn distance(&self, point: Vec2, start: f32, end: f32) -> f32 {
        const STEPS: usize = 12;
        let mut nearest = f32::INFINITY;
        let mut here = self.at(start);
        for step in 1..=STEPS {
            let next = self.at(start + (end - start) * step as f32 / STEPS as f32);
            let along = next - here;
            let share = ((point - here).dot(along) / along.length_squared().max(1e-6)).clamp(0.0, 1.0);
            nearest = nearest.min((point - here - along * share).length());
            here = next;
        }
        nearest
    }

    /// Whether `point` is within `reach` of the box around the curve: the cheap question before [`Curve::distance`].
    pub fn near(&self, point: Vec2, reach: f32) -> bool {
        let low = self.from.min(self.to).min(self.control) - reach;
        let high = self.from.max(self.to).max(self.control) + reach;
        point.cmpge(low).all() && point.cmple(high).all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions_of_a_pair_bend_apart() {
        let (a, b) = (Vec2::new(10.0, 10.0), Vec2::new(110.0, 10.0));
        let there = Curve::new(a, b, 0.2).at(0.5);
        let back = Curve::new(b, a, 0.2).at(0.5);
        assert!((there.y - 10.0) * (back.y - 10.0) < 0.0, "{there} {back}");
    }

    #[test]
    fn distance_is_zero_on_the_curve() {
        let curve = Curve::new(Vec2::ZERO, Vec2::new(100.0, 40.0), 0.3);
        assert!(curve.distance(curve.at(0.37), 0.0, 1.0) < 0.5);
        assert!(curve.distance(curve.at(0.5) + Vec2::new(0.0, 30.0), 0.0, 1.0) > 10.0);
    }
}
