//! In: operations of [`super::Compute`]. Out: their results, on all cores.

mod gram;
