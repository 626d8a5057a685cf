//! In: nothing. Out: the table of kernels: each one's two sources, its workgroup and its bindings.

use crate::compute::Precision;

/// How a kernel uses a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Only read.
    Read,
    /// Read and written.
    Write,
}

/// One kernel in both languages: `shaders/FILE.wgsl` and `shaders/FILE.cu`, entry point `entry` in both, the same
/// bindings in the same order. Binding 0 holds the parameters, at most 64 bytes; the buffers follow.
#[derive(Debug)]
pub struct Kernel {
    /// Entry point, unique among kernels of one precision.
    pub entry: &'static str,
    /// WGSL without its prelude.
    pub wgsl: &'static str,
    /// CUDA without its prelude.
    pub cuda: &'static str,
    /// Threads of a workgroup along x; the other sides are 1.
    pub threads: u32,
    /// Buffers after the parameters.
    pub buffers: &'static [Access],
    /// Pieces it has in common with other kernels.
    pub shared: &'static [Shared],
    /// How it keeps what the shaders call halves.
    pub precision: Precision,
}

/// A piece of several kernels: `shaders/shared/FILE.wgsl` and `shaders/shared/FILE.cuh`.
#[derive(Debug)]
pub struct Shared {
    wgsl: &'static str,
    cuda: &'static str,
}

/// Bytes of parameters a kernel may have.
pub const PARAMETER_BYTES: usize = 64;

macro_rules! shared {
    ($file:literal) => {
        Shared {
            wgsl: include_str!(concat!("../../../../shaders/shared/", $file, ".wgsl")),
            cuda: include_str!(concat!("../../../../shaders/shared/", $file, ".cuh")),
        }
    };
}

macro_rules! kernel {
    ($entry:literal in $file:literal, $threads:literal, $buffers:expr $(, with $shared:literal)*) => {
        kernel!($entry in $file, $threads, $buffers, $($shared)*; Precision::Half)
    };
    ($entry:literal in $file:literal, $threads:literal, $buffers:expr, $($shared:literal)*; $precision:expr) => {
        Kernel {
            entry: $entry,
            wgsl: include_str!(concat!("../../../../shaders/", $file, ".wgsl")),
            cuda: include_str!(concat!("../../../../shaders/", $file, ".cu")),
            threads: $threads,
            buffers: $buffers,
            shared: &[$(shared!($shared)),*],
            precision: $precision,
        }
    };
}

use Access::{Read, Write};

/// Weighted second moments of lagged columns.
pub static GRAM: Kernel = kernel!("gram" in "gram", 256, &[Read, Read, Write]);

/// Sketches of lagged columns with signs or given weights.
pub static SKETCH: Kernel = kernel!("sketch" in "sketch", 256, &[Read, Read, Write]);
/// Count sketches of lagged columns.
pub static COUNT_SKETCH: Kernel = kernel!("count_sketch" in "count_sketch", 64, &[Read, Read, Read, Write]);
/// The same of latents in single precision, here as below.
pub static SKETCH_SINGLE: Kernel = kernel!("sketch" in "sketch", 256, &[Read, Read, Write],; Precision::Single);
/// Count sketches in single precision.
pub static COUNT_SKETCH_SINGLE: Kernel =
    kernel!("count_sketch" in "count_sketch", 64, &[Read, Read, Read, Write],; Precision::Single);
/// Sketches of the products of each row's columns.
pub static TENSOR_SKETCH: Kernel = kernel!("tensor_sketch" in "tensor_sketch", 256, &[Read, Read, Read, Write]);
/// Latents of sketches.
pub static ENCODE: Kernel = kernel!("encode" in "encode", 256, &[Read, Read, Write, Write, Write]);
/// Latents in single precision.
pub static ENCODE_SINGLE: Kernel =
    kernel!("encode" in "encode", 256, &[Read, Read, Write, Write, Write],; Precision::Single);
/// Best sources of latents.
pub static SCREEN: Kernel = kernel!("screen" in "screen", 256, &[Read, Read, Write]);
/// Best sources of latents in single precision.
pub static SCREEN_SINGLE: Kernel = kernel!("screen" in "screen", 256, &[Read, Read, Write],; Precision::Single);
/// Partial R² of candidates in bootstrap replicates.
pub static SCORE: Kernel = kernel!("score" in "score", 64, &[Read, Read, Read, Write]);

/// Multiplies and adds as fast as the device can: what other kernels are measured against.
pub static PEAK: Kernel = kernel!("peak" in "peak", 256, &[Write]);

/// Every kernel of discovery, for tests and for compiling ahead.
pub static KERNELS: &[&Kernel] = &[
    &GRAM,
    &SKETCH,
    &SKETCH_SINGLE,
    &COUNT_SKETCH,
    &COUNT_SKETCH_SINGLE,
    &TENSOR_SKETCH,
    &ENCODE,
    &ENCODE_SINGLE,
    &SCREEN,
    &SCREEN_SINGLE,
    &SCORE,
    &PEAK,
];

/// Repulsion of all pairs.
pub static REPEL: Kernel = kernel!("repel" in "repel", 256, &[Read, Write]);
/// The box around all nodes, in parts.
pub static BOUNDS: Kernel = kernel!("bounds" in "bounds", 256, &[Read, Write]);
/// Places on the Hilbert curve.
pub static HILBERT: Kernel = kernel!("hilbert" in "hilbert", 256, &[Read, Read, Write, Write]);
/// How often each digit occurs.
pub static SORT_COUNT: Kernel = kernel!("sort_count" in "sort_count", 256, &[Read, Write]);
/// Sums of all counts before each.
pub static SORT_SCAN: Kernel = kernel!("sort_scan" in "sort_scan", 256, &[Write]);
/// Keys and values in the order of a digit.
pub static SORT_SCATTER: Kernel = kernel!("sort_scatter" in "sort_scatter", 256, &[Read, Read, Read, Write, Write]);
/// The lowest level of the tree.
pub static LEAVES: Kernel = kernel!("leaves" in "leaves", 256, &[Read, Read, Write]);
/// A level of the tree from the one below.
pub static POOL: Kernel = kernel!("pool" in "pool", 256, &[Write, Write, Write]);
/// Repulsion through the tree.
pub static TRAVERSE: Kernel = kernel!("traverse" in "traverse", 256, &[Read, Read, Read, Read, Write]);
/// The pull of springs.
pub static SPRINGS: Kernel = kernel!("springs" in "springs", 256, &[Read, Read, Read, Write]);
/// Forces and local speeds.
pub static GATHER: Kernel = kernel!("gather" in "gather", 256, &[Read, Read, Read, Read, Read, Write, Write]);
/// The global speed.
pub static PACE: Kernel = kernel!("pace" in "pace", 256, &[Read, Write]);
/// A step of motion.
pub static INTEGRATE: Kernel = kernel!("integrate" in "integrate", 256, &[Write, Read, Read, Write, Write]);
/// Mobility around a change.
pub static SPREAD: Kernel = kernel!("spread" in "spread", 256, &[Read, Read, Read, Write, Write]);
/// First positions of new nodes.
pub static SEED: Kernel = kernel!("seed" in "seed", 256, &[Read, Read, Read, Write]);

/// How each node is drawn.
pub static CULL_NODES: Kernel =
    kernel!("cull_nodes" in "cull_nodes", 256, &[Read, Read, Read, Write, Write], with "seen");
/// Which edges are drawn.
pub static CULL_EDGES: Kernel = kernel!("cull_edges" in "cull_edges", 256, &[Read, Read, Read, Write, Write]);
/// Arguments of indirect draws.
pub static INDIRECT: Kernel = kernel!("indirect" in "indirect", 64, &[Read, Write]);
/// The node under the cursor, in parts.
pub static PICK_NODES: Kernel =
    kernel!("pick_nodes" in "pick_nodes", 256, &[Read, Read, Read, Write], with "seen", with "least");
/// The edge under the cursor, in parts.
pub static PICK_EDGES: Kernel =
    kernel!("pick_edges" in "pick_edges", 256, &[Read, Read, Read, Write], with "seen", with "least");
/// The best of the parts.
pub static PICK_BEST: Kernel = kernel!("pick_best" in "pick_best", 256, &[Read, Write], with "least");
/// Candidates for labels.
pub static LABELS: Kernel = kernel!("labels" in "labels", 256, &[Read, Read, Read, Write], with "seen");

/// Every kernel of the layout and its picture.
pub static LAYOUT_KERNELS: &[&Kernel] = &[
    &REPEL,
    &BOUNDS,
    &HILBERT,
    &SORT_COUNT,
    &SORT_SCAN,
    &SORT_SCATTER,
    &LEAVES,
    &POOL,
    &TRAVERSE,
    &SPRINGS,
    &GATHER,
    &PACE,
    &INTEGRATE,
    &SPREAD,
    &SEED,
    &CULL_NODES,
    &CULL_EDGES,
    &INDIRECT,
    &PICK_NODES,
    &PICK_EDGES,
    &PICK_BEST,
    &LABELS,
];

const HALF_F16: &str = include_str!("../../../../shaders/shared/half_f16.wgsl");
const HALF_PACKED: &str = include_str!("../../../../shaders/shared/half_packed.wgsl");
const HALF_SINGLE: &str = include_str!("../../../../shaders/shared/half_single.wgsl");
const HALF_CUDA: &str = include_str!("../../../../shaders/shared/half.cuh");
const HALF_SINGLE_CUDA: &str = include_str!("../../../../shaders/shared/half_single.cuh");
const GROUP_SUBGROUPS: &str = include_str!("../../../../shaders/shared/group_subgroups.wgsl");
const GROUP_TREE: &str = include_str!("../../../../shaders/shared/group_tree.wgsl");
const PRELUDE_CUDA: &str = include_str!("../../../../shaders/shared/prelude.cuh");

/// What an adapter offers beyond the base of WebGPU.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extras {
    /// Half precision in shaders.
    pub half: bool,
    /// Subgroup operations.
    pub subgroups: bool,
}

impl Extras {
    /// Every combination.
    pub const ALL: [Self; 4] = [
        Self { half: false, subgroups: false },
        Self { half: false, subgroups: true },
        Self { half: true, subgroups: false },
        Self { half: true, subgroups: true },
    ];
}

impl Kernel {
    /// What tells it from all others: several may share an entry point.
    pub fn key(&self) -> (&'static str, bool) {
        (self.entry, self.precision == Precision::Single)
    }

    /// The complete WGSL module for an adapter with the given extras.
    pub fn wgsl_module(&self, extras: Extras) -> String {
        // `enable f16;` has to stand before everything else.
        let half = match self.precision {
            Precision::Single => HALF_SINGLE,
            Precision::Half if extras.half => HALF_F16,
            Precision::Half => HALF_PACKED,
        };
        let group = if extras.subgroups { GROUP_SUBGROUPS } else { GROUP_TREE };
        let shared = self.shared.iter().map(|piece| piece.wgsl);
        [half, group].into_iter().chain(shared).chain([self.wgsl]).collect::<Vec<_>>().join("\n")
    }

    /// The complete CUDA module.
    pub fn cuda_module(&self) -> String {
        let shared = self.shared.iter().map(|piece| piece.cuda);
        let half = if self.precision == Precision::Single { HALF_SINGLE_CUDA } else { HALF_CUDA };
        [PRELUDE_CUDA, half].into_iter().chain(shared).chain([self.cuda]).collect::<Vec<_>>().join("\n")
    }
}
