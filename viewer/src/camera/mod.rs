//! In: drags, wheel turns and wishes to see something. Out: where the eye is, smoothly, and matrices for one pane.

mod pose;
#[cfg(test)]
mod tests;
mod view;

use bevy::math::{Mat4, Vec2, Vec3};
use bevy::prelude::Resource;

use pose::MAX_PITCH;
pub use pose::Pose;
pub use view::{PaneView, Projected, Room};

/// Vertical field of view.
const FOV_Y_RADIANS: f32 = 0.75;
/// Share of the way to the goal that is gone after one second is `1 - exp(-RATE)`.
const RATE_PER_S: f32 = 9.0;
/// Part of the pane kept free around a framed graph, for names.
const MARGIN: f32 = 0.80;

/// The user's eye: where it is and where it is going.
#[derive(Debug, Clone, Default, Resource)]
pub struct OrbitCamera {
    now: Pose,
    goal: Pose,
    /// Whether the user has taken over; until then the camera keeps the graph framed.
    pub user_moved: bool,
    /// The graph is looked at as a flat drawing, from the front.
    flat: bool,
    /// Share of the depth that is lost by now.
    flatness: f32,
}

/// What is left of the depth in a flat drawing: enough to say which of two things lies above.
const FLAT_DEPTH: f32 = 1e-3;

impl OrbitCamera {
    /// Looks at a flat drawing from the front, or at the graph in space again.
    pub fn set_flat(&mut self, flat: bool) {
        if self.flat != flat {
            self.flat = flat;
            self.user_moved = false;
            let usual = Pose::default();
            (self.goal.yaw, self.goal.pitch) = if flat { (0.0, 0.0) } else { (usual.yaw, usual.pitch) };
            self.short_way_round();
        }
    }

    /// Whether the graph is looked at as a flat drawing.
    pub fn is_flat(&self) -> bool {
        self.flat
    }

    fn short_way_round(&mut self) {
        let turn = std::f32::consts::TAU;
        self.now.yaw -= ((self.now.yaw - self.goal.yaw) / turn).round() * turn;
    }

    /// Where the eye is.
    pub fn pose(&self) -> Pose {
        self.now
    }

    /// Where the eye is going.
    pub fn goal(&self) -> Pose {
        self.goal
    }

    /// Goes there.
    pub fn go_to(&mut self, pose: Pose) {
        self.user_moved = true;
        self.goal = pose;
        if self.flat {
            (self.goal.yaw, self.goal.pitch) = (0.0, 0.0);
        }
        self.short_way_round();
    }

    /// Flies forwards, sideways and up, in eye lengths per second.
    pub fn fly(&mut self, wish: Vec3, seconds: f32) {
        self.user_moved = true;
        let step = self.goal.right() * wish.x + self.goal.up() * wish.y - self.goal.back() * wish.z;
        self.goal.target += step * self.goal.distance * seconds;
    }

    /// A place moved by a drag over the pane, at the depth it has.
    pub fn dragged(&self, place: Vec3, drag: Vec2, pane_height: f32) -> Vec3 {
        let back = self.now.back();
        let depth = (self.now.target + back * self.now.distance - place).dot(back).max(1e-3);
        let per_point = 2.0 * depth * (FOV_Y_RADIANS * 0.5).tan() / pane_height.max(1.0);
        place + (self.now.right() * drag.x - self.now.up() * drag.y) * per_point
    }

    /// Turns by a drag of so many points.
    pub fn orbit(&mut self, drag: Vec2) {
        self.user_moved = true;
        self.goal.yaw -= drag.x * 0.008;
        self.goal.pitch = (self.goal.pitch + drag.y * 0.008).clamp(-MAX_PITCH, MAX_PITCH);
    }

    /// Moves sideways so that what is under the pointer stays there.
    pub fn pan(&mut self, drag: Vec2, pane_height: f32) {
        self.user_moved = true;
        let per_point = 2.0 * self.goal.distance * (FOV_Y_RADIANS * 0.5).tan() / pane_height.max(1.0);
        self.goal.target += (self.goal.up() * drag.y - self.goal.right() * drag.x) * per_point;
    }

    /// Comes nearer by `factor` < 1 or goes away, holding what is under the pointer (`at`: -1 … 1, y up).
    pub fn zoom(&mut self, factor: f32, at: Vec2, aspect: f32) {
        self.user_moved = true;
        let before = self.goal.distance;
        self.goal.distance = (before * factor).clamp(0.02, 1e5);
        let half_height = (FOV_Y_RADIANS * 0.5).tan();
        let shift = (before - self.goal.distance) * half_height;
        self.goal.target += self.goal.right() * (at.x * aspect * shift) + self.goal.up() * (at.y * shift);
    }

    /// Looks along an axis: 0 front, 1 right, 2 top.
    pub fn look_from(&mut self, axis: u8) {
        if self.flat {
            return;
        }
        (self.goal.yaw, self.goal.pitch) = match axis {
            0 => (0.0, 0.0),
            1 => (std::f32::consts::FRAC_PI_2, 0.0),
            _ => (0.0, MAX_PITCH),
        };
        self.short_way_round();
    }

    /// Frames these places (`xyz`, radius) from the direction in force, inside the free part of the pane.
    pub fn frame(&mut self, places: &[[f32; 4]], room: Room) {
        if places.is_empty() {
            return;
        }
        let (back, right, up) = (self.goal.back(), self.goal.right(), self.goal.up());
        let whole = Vec2::new(room.aspect, 1.0) * (FOV_Y_RADIANS * 0.5).tan();
        let half = whole * room.share * MARGIN;
        let (mut low, mut high) = (Vec3::INFINITY, Vec3::NEG_INFINITY);
        let depth = if self.flat { FLAT_DEPTH } else { 1.0 };
        let seen = |p: &[f32; 4], about: Vec3| {
            let from = Vec3::new(p[0], p[1], p[2] * depth) - about;
            Vec3::new(from.dot(right), from.dot(up), from.dot(back))
        };
        // What is not shown has no size.
        let places: Vec<&[f32; 4]> = places.iter().filter(|place| place[3] >= 0.0).collect();
        if places.is_empty() {
            return;
        }
        for place in &places {
            let at = seen(place, Vec3::ZERO);
            low = low.min(at - place[3]);
            high = high.max(at + place[3]);
        }
        let middle = (low + high) * 0.5;
        self.goal.target = right * middle.x + up * middle.y + back * middle.z;
        // The nearest eye from which every place is inside the cone of sight.
        let mut distance = 0.0f32;
        for place in &places {
            let at = seen(place, self.goal.target);
            let reach = ((at.x.abs() + place[3]) / half.x).max((at.y.abs() + place[3]) / half.y);
            distance = distance.max(at.z + reach);
        }
        let distance = distance.max((high - low).max_element() * 0.6).max(0.5);
        self.goal.distance = distance;
        let aside = room.middle * whole * distance;
        self.goal.target -= right * aside.x + up * aside.y;
    }

    /// Turns slowly while the user only watches.
    pub fn drift(&mut self, seconds: f32) {
        if self.flat {
            return;
        }
        self.goal.yaw += 0.05 * seconds;
    }

    /// Share of the depth that is shown.
    fn depth(&self) -> f32 {
        1.0 - (1.0 - FLAT_DEPTH) * self.flatness
    }

    /// Moves towards the goal; `seconds` = 0 jumps there.
    pub fn step(&mut self, seconds: f32) {
        let share = if seconds <= 0.0 { 1.0 } else { 1.0 - (-RATE_PER_S * seconds).exp() };
        self.flatness += (f32::from(u8::from(self.flat)) - self.flatness) * share;
        self.now.target = self.now.target.lerp(self.goal.target, share);
        self.now.yaw += (self.goal.yaw - self.now.yaw) * share;
        self.now.pitch += (self.goal.pitch - self.now.pitch) * share;
        // Distances are compared as ratios: zooming feels even at any scale.
        self.now.distance = self.now.distance * (self.goal.distance / self.now.distance).powf(share);
        if !self.is_moving() {
            self.now = self.goal;
            self.flatness = f32::from(u8::from(self.flat));
        }
    }

    /// Whether the eye is still on its way.
    pub fn is_moving(&self) -> bool {
        let (now, goal) = (&self.now, &self.goal);
        (now.target - goal.target).length() > 1e-4 * goal.distance
            || (now.yaw - goal.yaw).abs() > 1e-4
            || (now.pitch - goal.pitch).abs() > 1e-4
            || (now.distance / goal.distance - 1.0).abs() > 1e-4
            || (f32::from(u8::from(self.flat)) - self.flatness).abs() > 1e-4
    }

    /// The pane as this eye sees it.
    pub fn view(&self, size_px: Vec2) -> PaneView {
        let back = self.now.back();
        let eye = self.now.target + back * self.now.distance;
        let near = self.now.distance * 0.005;
        let aspect = size_px.x / size_px.y.max(1.0);
        let view_from_world = Mat4::look_at_rh(eye, self.now.target, self.now.up());
        let clip_from_world = Mat4::perspective_infinite_reverse_rh(FOV_Y_RADIANS, aspect, near) * view_from_world;
        let clip_from_world = clip_from_world * Mat4::from_scale(Vec3::new(1.0, 1.0, self.depth()));
        let focal_px = size_px.y * 0.5 / (FOV_Y_RADIANS * 0.5).tan();
        PaneView { clip_from_world, size_px, focal_px, distance: self.now.distance }
    }
}
