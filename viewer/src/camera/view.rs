//! In: an eye and a pane. Out: which place of the world is which pixel, and the part of the pane that is free.

use bevy::math::{Mat4, Vec2, Vec4};
use bevy::prelude::Resource;

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
