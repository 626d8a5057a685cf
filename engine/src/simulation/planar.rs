//! In: the wish for a flat picture, or for one in space. Out: positions brought into the plane step by step and held there,
//! or let out of it.
//!
//! A plane needs no forces of its own: where every node lies in it, nothing pulls any of them out.

use super::layout::Layout;
use super::scale::Calibration;
use super::seeding;
use crate::compute::layout::LayoutDevice;
use crate::error::Result;

/// Share of the height that is left after a step.
const SINK: f32 = 0.85;
/// Share of the extent below which a height is none.
const FLAT: f32 = 0.01;
/// Height that nodes get when they are let out of the plane, as a share of the radius.
const RISE: f32 = 0.25;

impl Layout {
    /// Lays the graph out in the plane `z = 0`, or in space again. Either way it forms anew from where its nodes are.
    pub fn set_planar(&mut self, planar: bool) {
        if self.planar == planar {
            return;
        }
        self.planar = planar;
        self.sinking = planar;
        if self.nodes.is_empty() {
            return;
        }
        if !planar {
            for ((node, id), pinned) in self.nodes.iter_mut().zip(&self.ids).zip(&self.pinned) {
                if !pinned {
                    node[2] = RISE * self.scale.core * seeding::in_ball(*id)[2];
                }
            }
        }
        self.formed = false;
        self.calibration = Calibration::default();
        self.rescale();
        self.mobility.fill(1.0);
        self.wake(1.0);
        self.renew();
    }

    /// Whether the graph is laid out in the plane.
    pub fn is_planar(&self) -> bool {
        self.planar
    }

    /// Brings nodes nearer to the plane, until all lie in it.
    pub(super) fn sink(&mut self, device: &mut dyn LayoutDevice) -> Result<()> {
        if !self.sinking {
            return Ok(());
        }
        self.fetch(device)?;
        let flat = FLAT * self.extent;
        for node in &mut self.nodes {
            node[2] = if node[2].abs() > flat { SINK * node[2] } else { 0.0 };
        }
        self.sinking = self.nodes.iter().any(|node| node[2] != 0.0);
        self.renew();
        Ok(())
    }
}
