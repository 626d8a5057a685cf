//! In: how many nodes and how strong springs. Out: force constants with which the picture fills its radius.

use super::config::SimulationConfig;

/// Constants of the force law.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Scale {
    pub repulsion: f32,
    pub gravity: f32,
    /// Distance two neighbours should have, in world units.
    pub neighbour: f32,
    /// Whether that distance was asked for; then it is kept even if the radius is not filled.
    pub exact: bool,
    /// Radius the connected part should fill, in world units.
    pub core: f32,
}

/// What the constants are derived from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    /// Nodes with springs.
    pub connected: usize,
    /// Whether there are others, which need room around.
    pub loners: bool,
    /// Whether they share a disc instead of a ball.
    pub planar: bool,
    /// Mass of the nodes with springs.
    pub mass: f32,
    /// Sum of the springs' strengths.
    pub strength: f32,
}

impl Scale {
    /// At rest, forces and positions satisfy `Σ w d² + gravity Σ m r² = repulsion (Σ m)² / 2` (multiply each force by
    /// its position and sum). With the mean edge length and the mean square radius put in, this gives repulsion;
    /// gravity is then what balances it at the rim.
    pub fn new(config: &SimulationConfig, load: Load) -> Self {
        let full = config.radius as f32 * if load.loners { 0.75 } else { 1.0 };
        let count = load.connected.max(2) as f32;
        // Two or three nodes do not fill the ball: they stand as close as half a dozen would.
        let core = full * libm::cbrtf(count.min(6.0) / 6.0);
        // A ball's share per node, as the edge of a cube, or a disc's, as that of a square; neighbours sit somewhat closer
        // than strangers.
        let share = if load.planar {
            core * (std::f32::consts::PI / count).sqrt()
        } else {
            core * libm::cbrtf(4.0 / 3.0 * std::f32::consts::PI / count)
        };
        let neighbour = if config.k > 0.0 { config.k as f32 } else { 0.8 * share };
        let mass = load.mass.max(2.0);
        let strength = load.strength.max(0.15 * count);
        let repulsion = 5.0 * strength * neighbour * neighbour / (mass * mass);
        Self { repulsion, gravity: repulsion * mass / (core * core), neighbour, exact: config.k > 0.0, core }
    }

    /// Whether the constants have drifted so far apart that the picture should follow. Small drifts are left alone:
    /// they would move every node a little with every window.
    pub fn is_far_from(&self, other: &Self) -> bool {
        let far = |a: f32, b: f32| (a - b).abs() > 0.2 * a.max(b);
        far(self.repulsion, other.repulsion) || far(self.gravity, other.gravity) || far(self.core, other.core)
    }
}

/// Factors on the constants, found while the first layout forms: how far links reach across the graph, and into how
/// many parts it falls, cannot be told from numbers of nodes and links.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Calibration {
    pub repulsion: f32,
    pub gravity: f32,
}

impl Default for Calibration {
    fn default() -> Self {
        Self { repulsion: 1.0, gravity: 1.0 }
    }
}

impl Calibration {
    /// Compares radius and mean edge length with what they should be; true when a factor was corrected. Repulsion
    /// stretches edges, gravity sets the radius of what repulsion drives apart; gravity scales with repulsion, so
    /// neither can drive the other away without bound.
    pub fn correct(&mut self, scale: &Scale, rim: f32, edge: f32) -> bool {
        if rim <= 0.0 || edge <= 0.0 {
            return false;
        }
        let before = *self;
        // Above 1: too small. The rim of an even ball is a little beyond where its outer nodes lie.
        let (radius, length) = (0.85 * scale.core / rim, scale.neighbour / edge);
        let stretch = if scale.exact { length } else { radius.max(length) };
        if !(0.85..=1.15).contains(&stretch) {
            self.repulsion = (self.repulsion * (stretch * stretch).clamp(0.4, 2.5)).clamp(0.05, 50.0);
        }
        if !(0.85..=1.15).contains(&radius) {
            self.gravity = (self.gravity / (radius * radius).clamp(0.4, 2.5)).clamp(0.2, 50.0);
        }
        *self != before
    }
}
