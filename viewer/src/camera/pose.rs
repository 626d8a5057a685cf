//! In: a place, two angles and a distance. Out: where an eye is, and which way it looks.

use bevy::math::Vec3;

/// Steeper than this, "up" would flip.
pub(super) const MAX_PITCH: f32 = 1.54;

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
    pub(super) fn back(&self) -> Vec3 {
        let (sin_yaw, cos_yaw) = self.yaw.sin_cos();
        let (sin_pitch, cos_pitch) = self.pitch.sin_cos();
        Vec3::new(sin_yaw * cos_pitch, sin_pitch, cos_yaw * cos_pitch)
    }

    pub(super) fn right(&self) -> Vec3 {
        let (sin_yaw, cos_yaw) = self.yaw.sin_cos();
        Vec3::new(cos_yaw, 0.0, -sin_yaw)
    }

    pub(super) fn up(&self) -> Vec3 {
        self.back().cross(self.right())
    }
}
