//! In: rows, sketches, latents. Out: sketches of rows, latents of sketches, best sources of latents, on the device.

use rayon::prelude::*;

use crate::compute::Precision;
use crate::compute::encode::{Encode, Latents, Norm};
use crate::compute::screen::{Hit, Screen};
use crate::compute::sketch::{Projection, Sketch, TensorSketch, by_place, second_seed};
use crate::error::Result;

use super::kernel::{
    COUNT_SKETCH, COUNT_SKETCH_SINGLE, ENCODE, ENCODE_SINGLE, Kernel, SCREEN, SCREEN_SINGLE, SKETCH, SKETCH_SINGLE,
    TENSOR_SKETCH,
};
use super::machine::{Machine, Slot};

/// Workgroups along one side at most, in every programming interface.
const MOST_GROUPS: u32 = 65_535;

/// Buffers kept from call to call.
#[derive(Debug)]
pub struct Buffers<M: Machine> {
    input: Slot<M::Buffer>,
    weights: Slot<M::Buffer>,
    order: Slot<M::Buffer>,
    latents: Slot<M::Buffer>,
    lagged: Slot<M::Buffer>,
    pooled: Slot<M::Buffer>,
    out: Slot<M::Buffer>,
}

impl<M: Machine> Default for Buffers<M> {
    fn default() -> Self {
        Self {
            input: Slot::default(),
            weights: Slot::default(),
            order: Slot::default(),
            latents: Slot::default(),
            lagged: Slot::default(),
            pooled: Slot::default(),
            out: Slot::default(),
        }
    }
}

fn of(precision: Precision, half: &'static Kernel, single: &'static Kernel) -> &'static Kernel {
    if precision == Precision::Single { single } else { half }
}

/// Adds rows to latents.
pub fn sketch<M: Machine>(m: &mut M, b: &mut Buffers<M>, request: &Sketch<'_>, latents: &mut [u32]) -> Result<()> {
    let (vars, lags, dim) = (request.vars as u32, request.lags as u32, request.dim as u32);
    if request.rows() == 0 || latents.is_empty() {
        return Ok(());
    }
    let series = b.input.with(m, bytemuck::cast_slice(request.series))?;
    let on_device = b.latents.with(m, latents)?;
    let rows = request.rows() as u32;
    let parameters = |given: u32| [rows, vars, lags, dim, request.seed, request.first_row, given];
    let groups = [dim.div_ceil(64), vars.div_ceil(64), lags];
    let sketching = of(request.precision, &SKETCH, &SKETCH_SINGLE);
    match request.projection {
        Projection::Signs => {
            let none = b.weights.room(m, 1)?;
            m.launch(sketching, groups, &parameters(0), &[series, none, on_device])?;
        }
        Projection::Weights(weights) => {
            let weights = b.weights.with(m, bytemuck::cast_slice(weights))?;
            m.launch(sketching, groups, &parameters(1), &[series, weights, on_device])?;
        }
        Projection::Count => {
            let (offsets, order) = by_place(request.seed, request.first_row, request.rows(), request.dim);
            let offsets = b.weights.with(m, &offsets)?;
            let order = b.order.with(m, &order)?;
            let groups = [vars.div_ceil(64), dim / 2, lags];
            let counting = of(request.precision, &COUNT_SKETCH, &COUNT_SKETCH_SINGLE);
            m.launch(counting, groups, &[vars, lags, dim], &[series, offsets, order, on_device])?;
        }
    }
    // Not straight into the caller's latents: they stay as they are if this fails.
    let mut sum = vec![0; latents.len()];
    m.read(on_device, &mut sum)?;
    latents.copy_from_slice(&sum);
    Ok(())
}

/// `[rows, dim]`.
pub fn tensor_sketch<M: Machine>(m: &mut M, b: &mut Buffers<M>, request: &TensorSketch<'_>) -> Result<Vec<f32>> {
    let (count, columns, dim) = (request.count(), request.columns, request.dim);
    let mut out = vec![0.0f32; count * dim];
    if count == 0 {
        return Ok(out);
    }
    let (mut offsets, mut order) = by_place(request.seed, 0, columns, dim);
    let second = by_place(second_seed(request.seed), 0, columns, dim);
    offsets.extend(second.0);
    order.extend(second.1);
    let rows = b.input.with(m, bytemuck::cast_slice(request.rows))?;
    let offsets = b.weights.with(m, &offsets)?;
    let order = b.order.with(m, &order)?;
    let sketches = b.out.room(m, out.len())?;
    let groups = [(count as u32).min(MOST_GROUPS), 1, 1];
    m.launch(&TENSOR_SKETCH, groups, &[count as u32, columns as u32, dim as u32], &[rows, offsets, order, sketches])?;
    m.read(sketches, bytemuck::cast_slice_mut(&mut out))?;
    Ok(out)
}

/// Latents of sketches.
pub fn encode<M: Machine>(m: &mut M, b: &mut Buffers<M>, request: &Encode<'_>) -> Result<Latents> {
    let Encode { vars, lags, dim, heads, .. } = *request;
    let words = request.precision.words(vars * dim);
    let mut out = Latents { innovations: vec![0; words], lagged: vec![0; (lags - 1) * words], pooled: vec![0; words] };
    if words == 0 {
        return Ok(out);
    }
    let sketches = b.input.with(m, request.sketches)?;
    let own = b.weights.with(m, bytemuck::cast_slice(request.own))?;
    let innovations = b.latents.room(m, words)?;
    let lagged = b.lagged.room(m, out.lagged.len())?;
    let pooled = b.pooled.room(m, words)?;
    let parameters = [
        vars as u32,
        lags as u32,
        dim as u32,
        heads as u32,
        u32::from(request.norm == Norm::RmsNorm),
        request.clip.to_bits(),
    ];
    let groups = [(vars as u32).min(MOST_GROUPS), 1, 1];
    m.launch(
        of(request.precision, &ENCODE, &ENCODE_SINGLE),
        groups,
        &parameters,
        &[sketches, own, innovations, lagged, pooled],
    )?;
    m.read(innovations, &mut out.innovations)?;
    m.read(lagged, &mut out.lagged)?;
    m.read(pooled, &mut out.pooled)?;
    Ok(out)
}

/// Workgroups that keep a large GPU busy.
const BUSY: u32 = 1024;

/// `[targets, keep]`, best first.
pub fn screen<M: Machine>(m: &mut M, b: &mut Buffers<M>, request: &Screen<'_>) -> Result<Vec<Hit>> {
    let (n, count, keep) = (request.target_count(), request.source_count(), request.keep);
    let mut out = vec![Hit { source: Hit::NONE, score: 0.0 }; n * keep];
    if n == 0 || count == 0 {
        return Ok(out);
    }
    let targets = b.input.with(m, request.targets)?;
    let sources = b.lagged.with(m, request.sources)?;
    let tiles = (n as u32).div_ceil(32);
    // As many slices as keep the device busy, none without a few tiles of work.
    let slices = (BUSY / tiles).clamp(1, (count as u32).div_ceil(512));
    let slice = (count as u32).div_ceil(slices).next_multiple_of(64);
    let slices = (count as u32).div_ceil(slice);
    let mut hits = vec![0u32; slices as usize * n * keep * 2];
    let on_device = b.out.room(m, hits.len())?;
    let parameters = [n as u32, count as u32, request.vars as u32, request.dim as u32, keep as u32, slice];
    m.launch(
        of(request.precision, &SCREEN, &SCREEN_SINGLE),
        [tiles, slices, 1],
        &parameters,
        &[targets, sources, on_device],
    )?;
    m.read(on_device, &mut hits)?;
    out.par_chunks_exact_mut(keep).enumerate().for_each(|(target, out)| {
        let mut all: Vec<Hit> = (0..slices as usize)
            .flat_map(|slice| hits[(slice * n + target) * keep * 2..][..keep * 2].as_chunks::<2>().0)
            .map(|&[source, score]| Hit { source, score: f32::from_bits(score) })
            .filter(|hit| hit.source != Hit::NONE)
            .collect();
        all.sort_by(Hit::order);
        let found = all.len().min(keep);
        out[..found].copy_from_slice(&all[..found]);
    });
    Ok(out)
}
