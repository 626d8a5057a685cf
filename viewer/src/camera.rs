//! In: drags, wheel turns and wishes to see something. Out: where the eye is, smoothly, and matrices for one pane.

use bevy::math::{Mat4, Vec2, Vec3, Vec4};
use bevy::prelude::Resource;

/// Vertical field of view.
const FOV_Y_RADIANS: f32 = 0.75;
/// Steeper than this, "up" would flip.
const MAX_PITCH: f32 = 1.54;
/// Share of the way to the goal that is gone after one second is `1 - exp(-RATE)`.
const RATE_PER_S: f32 = 9.0;
/// Part of the pane kept free around a framed graph, for names.
const MARGIN: f32 = 0.80;

/// An eye that looks at a point from a direction and a distance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pose {
    /// The point looked at.
    pub target: Vec3,
    /// Direction around the vertical axis, radians; 0 = from the front.
    pub yaw: f32,
    /// Direction above the horizon, radians.
    pub pitch: f32,
    /// Distance to the target.
    pub distance: f32,
}

impl Default for Pose {
    fn default() -> Self {
        Self { target: Vec3::ZERO, yaw: 0.55, pitch: 0.38, distance: 6.0 }
    }
}

impl Pose {
    /// Target, yaw, pitch, distance.
    pub fn to_array(self) -> [f32; 6] {
        let [x, y, z] = self.target.to_array();
        [x, y, z, self.yaw, self.pitch, self.distance]
    }

    /// The reverse of [`Pose::to_array`].
    pub fn from_array([x, y, z, yaw, pitch, distance]: [f32; 6]) -> Self {
        Self {
            target: Vec3::new(x, y, z),
            yaw,
            pitch: pitch.clamp(-MAX_PITCH, MAX_PITCH),
            distance: distance.max(0.02),
        }
    }

    /// Unit vector from the target to the eye.
    fn back(&self) -> Vec3 {
        let (sin_yaw, cos_yaw) = self.yaw.sin_cos();
        let (sin_pitch, cos_pitch) = self.pitch.sin_cos();
        Vec3::new(sin_yaw * cos_pitch, sin_pitch, cos_yaw * cos_pitch)
    }

    fn right(&self) -> Vec3 {
        let (sin_yaw, cos_yaw) = self.yaw.sin_cos();
        Vec3::new(cos_yaw, 0.0, -sin_yaw)
    }

    fn up(&self) -> Vec3 {
        self.back().cross(self.right())
    }
}

/// The part of a pane that nothing floats over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Room {
    /// Width of the pane over its height.
    pub aspect: f32,
    /// Middle of the free part: -1 … 1, y up.
    pub middle: Vec2,
    /// Size of the free part as a share of the pane.
    pub share: Vec2,
}

impl Room {
    /// A pane that is free as a whole.
    pub fn whole(aspect: f32) -> Self {
        Self { aspect, middle: Vec2::ZERO, share: Vec2::ONE }
    }
}

/// The user's eye: where it is and where it is going.
#[derive(Debug, Clone, Default, Resource)]
pub struct OrbitCamera {
    now: Pose,
    goal: Pose,
    /// Whether the user has taken over; until then the camera keeps the graph framed.
    pub user_moved: bool,
    /// The graph is looked at as a flat drawing, from the front.
    flat: bool,
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

    /// Moves towards the goal; `seconds` = 0 jumps there.
    pub fn step(&mut self, seconds: f32) {
        let share = if seconds <= 0.0 { 1.0 } else { 1.0 - (-RATE_PER_S * seconds).exp() };
        self.now.target = self.now.target.lerp(self.goal.target, share);
        self.now.yaw += (self.goal.yaw - self.now.yaw) * share;
        self.now.pitch += (self.goal.pitch - self.now.pitch) * share;
        // Distances are compared as ratios: zooming feels even at any scale.
        self.now.distance = self.now.distance * (self.goal.distance / self.now.distance).powf(share);
        if !self.is_moving() {
            self.now = self.goal;
        }
    }

    /// Whether the eye is still on its way.
    pub fn is_moving(&self) -> bool {
        let (now, goal) = (&self.now, &self.goal);
        (now.target - goal.target).length() > 1e-4 * goal.distance
            || (now.yaw - goal.yaw).abs() > 1e-4
            || (now.pitch - goal.pitch).abs() > 1e-4
            || (now.distance / goal.distance - 1.0).abs() > 1e-4
    }

    /// The pane as this eye sees it.
    pub fn view(&self, size_px: Vec2) -> PaneView {
        let back = self.now.back();
        let eye = self.now.target + back * self.now.distance;
        let near = self.now.distance * 0.005;
        let aspect = size_px.x / size_px.y.max(1.0);
        let view_from_world = Mat4::look_at_rh(eye, self.now.target, self.now.up());
        let clip_from_world = Mat4::perspective_infinite_reverse_rh(FOV_Y_RADIANS, aspect, near) * view_from_world;
        let depth = if self.flat { FLAT_DEPTH } else { 1.0 };
        let clip_from_world = clip_from_world * Mat4::from_scale(Vec3::new(1.0, 1.0, depth));
        let focal_px = size_px.y * 0.5 / (FOV_Y_RADIANS * 0.5).tan();
        PaneView { clip_from_world, size_px, focal_px, distance: self.now.distance }
    }
}

/// How a pane shows the world: what the shaders do, for the processor.
#[derive(Debug, Clone, Copy, PartialEq, Resource)]
pub struct PaneView {
    /// World to clip space, reverse depth.
    pub clip_from_world: Mat4,
    /// Size of the pane in pixels.
    pub size_px: Vec2,
    /// Pixels that one world unit spans at distance 1.
    pub focal_px: f32,
    /// Distance between eye and target.
    pub distance: f32,
}

impl PaneView {
    /// A place `[x, y, z, radius]` as pixels from the pane's top left corner with its depth and radius in pixels;
    /// `None` behind the eye.
    pub fn project(&self, place: [f32; 4], pixels_per_point: f32) -> Option<Projected> {
        let clip = self.clip_from_world * Vec4::new(place[0], place[1], place[2], 1.0);
        if clip.w < 1e-3 || place[3] < 0.0 {
            return None;
        }
        let ndc = Vec2::new(clip.x, clip.y) / clip.w;
        Some(Projected {
            at: Vec2::new(ndc.x * 0.5 + 0.5, 0.5 - ndc.y * 0.5) * self.size_px,
            depth: clip.w,
            radius: (place[3] * self.focal_px / clip.w).max(2.5 * pixels_per_point),
        })
    }
}

/// A place on the pane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Projected {
    /// Pixels from the top left corner.
    pub at: Vec2,
    /// Distance from the eye.
    pub depth: f32,
    /// Radius in pixels.
    pub radius: f32,
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    const PANE: Vec2 = Vec2::new(640.0, 400.0);

    #[test]
    fn framed_places_are_inside_the_pane() {
        let places: Vec<[f32; 4]> =
            (0..40).map(|i| [(i as f32).sin() * 30.0, i as f32 - 20.0, (i as f32 * 0.7).cos() * 9.0, 0.5]).collect();
        let aspect = PANE.x / PANE.y;
        let beside_a_card = Room { aspect, middle: Vec2::new(-0.25, 0.1), share: Vec2::new(0.75, 0.9) };
        for room in [Room::whole(aspect), beside_a_card] {
            let mut camera = OrbitCamera::default();
            camera.frame(&places, room);
            camera.step(0.0);
            let view = camera.view(PANE);
            let corner = (room.middle * Vec2::new(1.0, -1.0) - room.share + 1.0) * 0.5 * PANE;
            let end = corner + room.share * PANE;
            for place in &places {
                let seen = view.project(*place, 1.0).unwrap();
                assert!((seen.at - seen.radius).cmpge(corner).all(), "{room:?}: {seen:?}");
                assert!((seen.at + seen.radius).cmple(end).all(), "{room:?}: {seen:?}");
            }
        }
    }

    #[test]
    fn motion_does_not_depend_on_the_frame_rate() {
        let wish = |steps: u32| {
            let mut camera = OrbitCamera::default();
            camera.orbit(Vec2::new(100.0, 20.0));
            camera.zoom(0.5, Vec2::ZERO, 1.6);
            (0..steps).for_each(|_| camera.step(0.2 / steps as f32));
            camera.pose()
        };
        let (coarse, fine) = (wish(2), wish(50));
        assert!((coarse.yaw - fine.yaw).abs() < 1e-3, "{coarse:?} {fine:?}");
        assert!((coarse.distance - fine.distance).abs() < 1e-3, "{coarse:?} {fine:?}");
    }

    #[test]
    fn zoom_holds_what_is_under_the_pointer() {
        let mut camera = OrbitCamera::default();
        camera.step(0.0);
        // A point of the plane through the target, seen right of and above the middle.
        let pose = camera.pose();
        let point = pose.target + pose.right() * 1.2 + pose.up() * 0.7;
        let place = [point.x, point.y, point.z, 0.0];
        let before = camera.view(PANE).project(place, 1.0).unwrap().at;
        let at = Vec2::new(before.x / PANE.x * 2.0 - 1.0, 1.0 - before.y / PANE.y * 2.0);
        camera.zoom(0.4, at, PANE.x / PANE.y);
        camera.step(0.0);
        let after = camera.view(PANE).project(place, 1.0).unwrap().at;
        assert!((before - after).length() < 0.5, "{before} {after}");
    }

    #[test]
    fn a_flat_drawing_keeps_its_front_and_shows_everything() {
        let places: Vec<[f32; 4]> =
            (0..40).map(|i| [(i as f32).sin() * 9.0, i as f32 - 20.0, (i as f32 * 0.7).cos() * 30.0, 0.5]).collect();
        let mut camera = OrbitCamera::default();
        camera.set_flat(true);
        camera.look_from(2);
        camera.drift(3.0);
        camera.frame(&places, Room::whole(PANE.x / PANE.y));
        camera.step(0.0);
        assert_eq!((camera.pose().yaw, camera.pose().pitch), (0.0, 0.0));
        let view = camera.view(PANE);
        let seen: Vec<Projected> = places.iter().map(|place| view.project(*place, 1.0).unwrap()).collect();
        assert!(seen.iter().all(|seen| seen.at.cmpge(Vec2::ZERO).all() && seen.at.cmple(PANE).all()), "{seen:?}");
        // As large at the back as at the front.
        let (least, most) = seen.iter().fold((f32::MAX, 0.0f32), |(a, b), s| (a.min(s.radius), b.max(s.radius)));
        assert!(most / least < 1.01, "{least} … {most}");
    }

    #[test]
    fn orbit_never_turns_over_the_top() {
        let mut camera = OrbitCamera::default();
        camera.orbit(Vec2::new(0.0, 1e6));
        camera.step(0.0);
        assert!(camera.pose().up().y > 0.0);
    }
}
