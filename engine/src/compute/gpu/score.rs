//! In: second moments of blocks, weights of replicates, questions. Out: their answers, from the device.

use crate::compute::score::{Score, Scored};
use crate::error::Result;

use super::kernel::SCORE;
use super::machine::{Machine, Slot};

/// Buffers kept from call to call.
#[derive(Debug)]
pub struct Buffers<M: Machine> {
    moments: Slot<M::Buffer>,
    weights: Slot<M::Buffer>,
    questions: Slot<M::Buffer>,
    scored: Slot<M::Buffer>,
}

impl<M: Machine> Default for Buffers<M> {
    fn default() -> Self {
        Self { moments: Slot::default(), weights: Slot::default(), questions: Slot::default(), scored: Slot::default() }
    }
}

/// Workgroups along x.
const ACROSS: u32 = 32_768;

/// One answer per question.
pub fn score<M: Machine>(m: &mut M, b: &mut Buffers<M>, request: &Score<'_>) -> Result<Vec<Scored>> {
    let mut out = vec![Scored::default(); request.count()];
    if out.is_empty() {
        return Ok(out);
    }
    let moments = b.moments.with(m, bytemuck::cast_slice(request.moments))?;
    let weights = b.weights.with(m, bytemuck::cast_slice(request.weights))?;
    let questions = b.questions.with(m, request.questions)?;
    let scored = b.scored.room(m, 4 * out.len())?;
    let parameters = [
        request.columns as u32,
        request.blocks as u32,
        request.replicates() as u32,
        request.base as u32,
        request.width() as u32,
        out.len() as u32,
        request.per_group() as u32,
        request.floor.to_bits(),
        Score::TOLERANCE.to_bits(),
    ];
    // Two questions to a workgroup.
    let groups = (out.len() as u32).div_ceil(2);
    let shape = [groups.min(ACROSS), groups.div_ceil(ACROSS), 1];
    m.launch(&SCORE, shape, &parameters, &[moments, weights, questions, scored])?;
    m.read(scored, bytemuck::cast_slice_mut(&mut out))?;
    Ok(out)
}
