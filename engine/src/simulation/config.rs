//! In: `[simulation]` of the configuration. Out: how the picture of the graph is laid out and how fast.

use serde::{Deserialize, Serialize};

/// Settings of the layout. Repulsion is ForceAtlas2's `mass · mass / distance` and attraction grows with the distance,
/// instead of the specification's `k² / distance` and `distance² / k`: one division per pair, and clusters keep apart
/// in three dimensions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SimulationConfig {
    /// Optimal distance between neighbours, in world units; 0 = what fits the number of nodes into `radius`.
    pub k: f64,
    /// Share of a computed displacement that is taken.
    pub damping: f64,
    /// Length of a step; 1 = the step that would bring a node to rest among still neighbours.
    pub dt: f64,
    /// Radius the graph should fill, in world units.
    pub radius: f64,
    /// Frames per second at most.
    pub max_fps: f64,
    /// Layout steps per frame.
    pub steps_per_frame: u32,
    /// The layout rests when its root mean square displacement per step stays below this share of its radius …
    pub settle_movement: f64,
    /// … for this many steps in a row.
    pub settle_steps: u32,
    /// Weight of the newest strength in a spring's moving average.
    pub spring_ema: f64,
    /// Strength from which on a spring pulls. A new link passes it in its first window.
    pub spring_on: f64,
    /// Strength below which a spring lets go.
    pub spring_off: f64,
    /// Mobility that nodes far from any change keep.
    pub mobility_floor: f64,
    /// Share of the mobility above the floor that is left after each step.
    pub mobility_decay: f64,
    /// In large graphs a group of nodes repels as one where its extent is less than this share of its distance: more is
    /// faster, less is more exact. With 1 forces are off by about 2 %.
    pub theta: f64,
    /// Heat per changed share of all spring strength: 4 means that a change of a quarter sets all nodes moving.
    pub change_gain: f64,
}

impl Default for SimulationConfig {
    fn default() -> Self {
        Self {
            k: 0.0,
            damping: 0.9,
            dt: 1.0,
            radius: 10.0,
            max_fps: 60.0,
            steps_per_frame: 2,
            settle_movement: 0.0005,
            settle_steps: 30,
            spring_ema: 0.4,
            spring_on: 0.1,
            spring_off: 0.05,
            mobility_floor: 0.05,
            mobility_decay: 0.985,
            theta: 1.0,
            change_gain: 4.0,
        }
    }
}

impl SimulationConfig {
    /// Adds a sentence per setting out of range.
    pub fn check(&self, faults: &mut Vec<String>) {
        let mut need = |ok: bool, text: &str| {
            if !ok {
                faults.push(format!("`simulation.{text}"));
            }
        };
        let share = |value: f64| value > 0.0 && value <= 1.0;
        need(self.k >= 0.0 && self.k.is_finite(), "k` must not be negative");
        need(share(self.damping), "damping` must lie in 0 … 1");
        need(share(self.dt), "dt` must lie in 0 … 1");
        need(self.radius > 0.0 && self.radius.is_finite(), "radius` must be positive");
        need(self.max_fps >= 1.0 && self.max_fps <= 1000.0, "max_fps` must lie in 1 … 1000");
        need(self.steps_per_frame >= 1, "steps_per_frame` must be at least 1");
        need(share(self.settle_movement), "settle_movement` must lie in 0 … 1");
        need(self.settle_steps >= 1, "settle_steps` must be at least 1");
        need(share(self.spring_ema), "spring_ema` must lie in 0 … 1");
        need(
            self.spring_off > 0.0 && self.spring_off <= self.spring_on && self.spring_on < 1.0,
            "spring_off` must be positive and not exceed `spring_on`, which must lie below 1",
        );
        need((0.0..=1.0).contains(&self.mobility_floor), "mobility_floor` must lie in 0 … 1");
        need((0.0..1.0).contains(&self.mobility_decay), "mobility_decay` must lie in 0 … 1");
        need(self.theta > 0.0 && self.theta <= 2.0, "theta` must lie in 0 … 2");
        need(self.change_gain > 0.0, "change_gain` must be positive");
    }
}
