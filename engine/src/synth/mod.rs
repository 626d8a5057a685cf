//! In: a seed and sizes. Out: a planted system: rows whose causes are known, and the [`Truth`](crate::types::Truth)
//! to compare with.
//!
//! ```
//! use scarcity_engine::synth::{Generator, VarSpec};
//!
//! let mut rows = Generator::new(VarSpec::default().build(7), 7);
//! let mut row = vec![0.0; rows.names().len()];
//! rows.next_row(&mut row);
//! assert!(!rows.truth().edges.is_empty());
//! ```

mod demo;
mod generator;
mod kinds;
mod system;
mod write;

pub use demo::Demo;
pub use generator::Generator;
pub use kinds::{Noise, VarSpec, contemporaneous, hyper, regimes};
pub use system::{Mechanism, System, Term};
pub use write::{write_csv, write_truth};
