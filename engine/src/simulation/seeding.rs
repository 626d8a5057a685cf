//! In: who a node is. Out: where it starts, the same on every run.

use crate::types::HyperEdge;

/// Identity of a node that survives a change of order: a variable by name, a junction by what it joins.
pub(super) type NodeId = u64;

/// Identity of a variable.
pub(super) fn variable(name: &str) -> NodeId {
    fnv(name.bytes())
}

/// Identity of a hyperedge's junction.
pub(super) fn junction(edge: &HyperEdge) -> NodeId {
    let sources = edge.sources.iter().flat_map(|(source, lag)| [*source, *lag]);
    // The marker keeps junctions apart from variables whose names happen to spell the same bytes.
    fnv(std::iter::once(u32::MAX).chain([edge.target]).chain(sources).flat_map(u32::to_le_bytes))
}

fn fnv(bytes: impl Iterator<Item = u8>) -> NodeId {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A point of the unit ball, from the identity alone.
pub(super) fn in_ball(id: NodeId) -> [f32; 3] {
    let seed = lowbias32((id ^ (id >> 32)) as u32);
    let unit = |salt: u32| lowbias32(seed ^ salt) as f32 / u32::MAX as f32;
    let height = 2.0 * unit(0x9e37_79b9) - 1.0;
    let turn = std::f32::consts::TAU * unit(0x7f4a_7c15);
    let flat = (1.0 - height * height).max(0.0).sqrt();
    // `libm` gives the same bits on every machine, the system's own sine need not.
    let radius = libm::cbrtf(unit(0x85eb_ca6b));
    [radius * flat * libm::cosf(turn), radius * flat * libm::sinf(turn), radius * height]
}

/// Direction `index` of `count` directions that cover the sphere evenly (a Fibonacci spiral).
pub(super) fn on_sphere(index: usize, count: usize) -> [f32; 3] {
    const GOLDEN_ANGLE: f32 = 2.399_963;
    let height = 1.0 - 2.0 * (index as f32 + 0.5) / count.max(1) as f32;
    let flat = (1.0 - height * height).max(0.0).sqrt();
    let turn = GOLDEN_ANGLE * index as f32;
    [flat * libm::cosf(turn), flat * libm::sinf(turn), height]
}

/// Wellons' low-bias 32-bit mixer.
fn lowbias32(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x7feb_352d);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}
