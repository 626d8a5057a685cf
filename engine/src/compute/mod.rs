//! In: matrices and graphs. Out: the handful of coarse operations discovery and layout are made of, on the best device.

mod config;
pub mod cpu;
mod devices;

pub use config::{ComputeConfig, DeviceKind};
pub use devices::{DeviceReport, list_devices, open};

use crate::types::Pane;

/// Operations by meaning, not by kernel: each backend uses what is best on its device.
pub trait Compute: Send {
    /// `cpu`, `wgpu` or `cuda`, with the adapter's name.
    fn name(&self) -> String;

    /// Weighted second moments of lagged columns of a pane; see [`LaggedGram`].
    fn lagged_gram(&mut self, input: &LaggedInput<'_>, out: &mut LaggedGram);

    /// One step of the force-directed layout; see [`LayoutStep`].
    fn layout_step(&mut self, step: &mut LayoutStep<'_>);
}

/// A pane with the rows before it that its lags reach into.
#[derive(Debug, Clone, Copy)]
pub struct LaggedInput<'a> {
    /// The pane whose rows are the regressed rows.
    pub pane: &'a Pane,
    /// Values of the `max_lag + 1` rows before the pane, `[max_lag + 1, vars]`, NaN where there are none.
    pub before: &'a [f64],
    /// Largest lag `L`. Columns are lag 0, 1, …, L+1 of every variable: column `lag * vars + var`.
    pub max_lag: usize,
    /// Per variable: what is subtracted before anything is multiplied, `[vars]`.
    pub center: &'a [f64],
    /// Per variable: what centred values are multiplied by, `[vars]`.
    pub scale: &'a [f64],
}

/// Second moments of `[1, columns]` over one pane: index 0 is the constant, so row 0 holds the sums.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LaggedGram {
    /// `1 + vars * (max_lag + 2)`.
    pub dim: usize,
    /// `[dim, dim]`, row-major, symmetric: sums of products over the rows where both columns are present.
    pub sums: Vec<f64>,
    /// `[dim, dim]`: the number of rows in each sum; empty when every sum has `rows`.
    pub counts: Vec<f64>,
    /// Rows used (rows whose lags do not reach across a break).
    pub rows: f64,
}

/// State and forces of one layout step; positions are updated in place.
#[derive(Debug)]
pub struct LayoutStep<'a> {
    /// `[x, y, z, mass]` per node.
    pub nodes: &'a mut [[f32; 4]],
    /// Velocity per node (the last displacement).
    pub velocity: &'a mut [[f32; 3]],
    /// How freely each node moves, 0 = pinned.
    pub mobility: &'a [f32],
    /// Offsets into `neighbours`, `[nodes + 1]`: springs in compressed rows, both directions present.
    pub offsets: &'a [u32],
    /// Neighbour and spring strength.
    pub neighbours: &'a [(u32, f32)],
    /// Repulsion constant.
    pub repulsion: f32,
    /// Pull towards the origin.
    pub gravity: f32,
    /// Global speed of the step, 0 … 1.
    pub alpha: f32,
    /// Out: root mean square displacement.
    pub moved: f32,
}
