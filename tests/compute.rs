//! Every operation on every device present against a plain f64 reference, on odd sizes and poisoned memory.

mod devices;
mod fallback;
mod forces;
mod grams;
mod graphs;
mod latents;
mod layout_kernels;
mod layout_loss;
mod layouts;
mod live_rules;
mod reference;
mod scenes;
mod scores;
mod sources;
