//! Every operation on every device present against a plain f64 reference, on odd sizes and poisoned memory.

mod devices;
mod fallback;
mod grams;
mod latents;
mod layout_kernels;
mod layouts;
mod reference;
mod scenes;
mod scores;
mod sources;
