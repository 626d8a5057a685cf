//! In: how long a frame takes. Out: how much of the graph is drawn and how finely: one controller, with the user's hand
//! above it.

use serde::{Deserialize, Serialize};

/// Level of detail.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lod {
    /// Whether the controller sets what follows.
    pub auto: bool,
    /// Milliseconds a frame may take.
    pub target_ms: f32,
    /// Links drawn at most, the most important first.
    pub max_edges: u32,
    /// Names drawn at most.
    pub max_labels: u32,
    /// Pixels drawn per pixel of the window along each side, 0.4 … 1.
    pub resolution: f32,
    /// Layout steps per frame.
    pub layout_steps: u32,
    /// Variables too small to be told apart are drawn as one disc per group.
    pub clusters: bool,
}

impl Default for Lod {
    fn default() -> Self {
        Self {
            auto: true,
            target_ms: 33.0,
            max_edges: 1_000_000,
            max_labels: 200,
            resolution: 1.0,
            layout_steps: 2,
            clusters: true,
        }
    }
}

/// What the parts of a frame cost, in milliseconds, smoothed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LodCost {
    /// Laying out and drawing the panels.
    pub panels_ms: f32,
    /// Placing the names.
    pub labels_ms: f32,
    /// Names drawn.
    pub labels: u32,
}

impl LodCost {
    /// With what the newest frame took.
    #[must_use]
    pub fn after(self, panels_ms: f32, labels_ms: f32, labels: u32) -> Self {
        let smooth = |before: f32, now: f32| if before == 0.0 { now } else { before + 0.1 * (now - before) };
        Self { panels_ms: smooth(self.panels_ms, panels_ms), labels_ms: smooth(self.labels_ms, labels_ms), labels }
    }

    /// What is left of a frame for drawing the graph.
    pub fn graph_ms(&self, frame_ms: f32) -> f32 {
        (frame_ms - self.panels_ms - self.labels_ms).max(0.0)
    }
}

impl Lod {
    /// Fewest links the controller leaves.
    const LEAST_EDGES: u32 = 2_000;
    /// Links a renderer on the processor begins with: it draws each vertex by itself, and the first frame of a large graph
    /// would take seconds.
    pub const SOFTWARE_EDGES: u32 = 20_000;
    /// Coarsest picture the controller makes.
    const LEAST_RESOLUTION: f32 = 0.5;

    /// The next level after a frame of `frame_ms` with `edges` links that could be drawn. What hurts least goes first:
    /// layout steps, then the least important links, then resolution, then names; they come back in reverse order, more
    /// slowly than they went.
    #[must_use]
    pub fn after(self, frame_ms: f32, edges: u32) -> Self {
        if !self.auto || !frame_ms.is_finite() || frame_ms <= 0.0 {
            return self;
        }
        let load = frame_ms / self.target_ms.max(1.0);
        let mut next = self;
        if load > 1.15 {
            if self.layout_steps > 1 {
                next.layout_steps -= 1;
            } else if self.max_edges.min(edges) > Self::LEAST_EDGES {
                let fewer = self.max_edges.min(edges) as f32 * (1.0 / load).clamp(0.2, 0.95);
                next.max_edges = (fewer as u32).max(Self::LEAST_EDGES);
            } else if self.resolution > Self::LEAST_RESOLUTION {
                next.resolution = (self.resolution - 0.1).max(Self::LEAST_RESOLUTION);
            } else {
                next.max_labels = (self.max_labels * 3 / 4).max(30);
            }
        } else if load < 0.9 {
            let whole = Self::default();
            if self.max_labels < whole.max_labels {
                next.max_labels = (self.max_labels + 20).min(whole.max_labels);
            } else if self.resolution < whole.resolution {
                next.resolution = (self.resolution + 0.1).min(whole.resolution);
            } else if self.max_edges < edges {
                next.max_edges = (self.max_edges as f32 * 1.1) as u32 + 1;
            } else {
                next.max_edges = whole.max_edges;
                next.layout_steps = (self.layout_steps + 1).min(whole.layout_steps);
            }
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Milliseconds of a made-up machine.
    fn cost(lod: &Lod, edges: u32) -> f32 {
        2.0 * lod.layout_steps as f32 + 1e-3 * lod.max_edges.min(edges) as f32 * lod.resolution * lod.resolution
    }

    #[test]
    fn it_settles_within_its_target_without_swinging() {
        let mut lod = Lod::default();
        for _ in 0..200 {
            lod = lod.after(cost(&lod, 200_000), 200_000);
        }
        let mut seen = Vec::new();
        for _ in 0..50 {
            lod = lod.after(cost(&lod, 200_000), 200_000);
            seen.push(cost(&lod, 200_000) / lod.target_ms);
        }
        assert!(seen.iter().all(|load| (0.6..1.2).contains(load)), "{seen:?}");
    }

    #[test]
    fn what_went_comes_back_when_there_is_room() {
        let mut lod = Lod { max_edges: 2_000, resolution: 0.5, layout_steps: 1, max_labels: 30, ..Lod::default() };
        for _ in 0..200 {
            lod = lod.after(5.0, 10_000);
        }
        assert_eq!(lod, Lod::default());
    }

    #[test]
    fn the_users_hand_is_above_the_controller() {
        let by_hand = Lod { auto: false, ..Lod::default() };
        assert_eq!(by_hand.after(500.0, 1_000_000), by_hand);
    }
}
