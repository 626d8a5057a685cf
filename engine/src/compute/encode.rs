//! In: sketches of a variable's lags. Out: what latents are made of with: innovations, normalised lags, their pool.

use serde::{Deserialize, Serialize};

use super::Precision;

/// How a latent is brought to unit length.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Norm {
    /// Mean taken off, divided by the standard deviation over the latent's numbers.
    #[default]
    LayerNorm,
    /// Divided by the root of the mean square.
    RmsNorm,
}

/// Makes latents of sketches, variable by variable:
///
/// ```text
/// innovation = norm(s₀ − Σ_l a_l s_l)            what the variable's own past does not say
/// lagged_l   = norm(s_l)                         l = 1 … lags − 1
/// pooled     = norm(Σ_l softmax_l(√d <innovation, lagged_l>) lagged_l)   head by head of d numbers
/// ```
///
/// `norm` divides by `√dim` too, so that inner products of latents estimate correlations, and clips what is more than
/// `clip` times the root mean square.
#[derive(Debug, Clone, Copy)]
pub struct Encode<'a> {
    /// `[lags · vars, dim]` sketches; see [`super::sketch::Sketch`].
    pub sketches: &'a [u32],
    /// Number of variables.
    pub vars: usize,
    /// Lags in the sketches, lag 0 included; at least 2.
    pub lags: usize,
    /// Numbers in a latent.
    pub dim: usize,
    /// `[vars, lags - 1]`: coefficients of each variable's regression on its own past.
    pub own: &'a [f32],
    /// How latents are normalised.
    pub norm: Norm,
    /// Heads of the pooling; a divisor of `dim`, at most 16.
    pub heads: usize,
    /// Largest number of a latent, in root mean squares.
    pub clip: f32,
    /// How sketches and latents are kept.
    pub precision: Precision,
}

/// Latents, kept as their sketches are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Latents {
    /// `[vars, dim]`.
    pub innovations: Vec<u32>,
    /// `[(lags − 1) · vars, dim]`: lag 1 of every variable, lag 2 of every variable, …
    pub lagged: Vec<u32>,
    /// `[vars, dim]`.
    pub pooled: Vec<u32>,
}
