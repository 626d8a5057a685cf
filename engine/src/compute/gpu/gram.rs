//! In: lagged rows, or a series with weights. Out: second moments, summed on the device.

use crate::compute::{LaggedGram, LaggedRows, WeightedGram, packed_len};
use crate::error::Result;

use super::kernel::GRAM;
use super::machine::{Machine, Product, Slot};

/// Columns from which on the vendor's matrix product beats the kernel that makes lags on the fly.
const LARGE: usize = 256;

/// Buffers kept from call to call.
#[derive(Debug)]
pub struct Buffers<M: Machine> {
    series: Slot<M::Buffer>,
    weights: Slot<M::Buffer>,
    moments: Slot<M::Buffer>,
}

impl<M: Machine> Default for Buffers<M> {
    fn default() -> Self {
        Self { series: Slot::default(), weights: Slot::default(), moments: Slot::default() }
    }
}

/// `[blocks, columns, columns]`.
pub fn weighted<M: Machine>(m: &mut M, buffers: &mut Buffers<M>, request: &WeightedGram<'_>) -> Result<Vec<f32>> {
    let (rows, columns, blocks) = (request.rows(), request.columns(), request.blocks());
    let mut out = vec![0.0f32; blocks * columns * columns];
    if rows == 0 || out.is_empty() {
        return Ok(out);
    }
    let series = buffers.series.with(m, bytemuck::cast_slice(request.series))?;
    let weights = buffers.weights.with(m, bytemuck::cast_slice(request.weights))?;
    let moments = buffers.moments.room(m, out.len())?;
    let tiles = columns.div_ceil(64) as u32;
    let parameters = [
        rows as u32,
        request.vars as u32,
        request.lags as u32,
        u32::from(request.constant),
        columns as u32,
        request.block_rows as u32,
        0,
    ];
    m.launch(&GRAM, [tiles, tiles, blocks as u32], &parameters, &[series, weights, moments])?;
    m.read(moments, bytemuck::cast_slice_mut(&mut out))?;
    Ok(out)
}

/// The same for rows that are laid out already, with gaps. Sums come back to data units in double precision: each
/// column is measured from its own mean, so that a level far from zero costs no digits.
pub fn lagged<M: Machine>(m: &mut M, buffers: &mut Buffers<M>, rows: &LaggedRows) -> Result<LaggedGram> {
    let dim = rows.dim;
    let count = rows.values.len() / dim.max(1);
    if count == 0 {
        return Ok(LaggedGram { dim, sums: vec![0.0; packed_len(dim)], ..LaggedGram::default() });
    }
    let gaps = rows.values.iter().any(|v| v.is_nan());
    let pivot = means(&rows.values, dim);
    // With gaps, a column of ones where the cell is there stands beside every column of values.
    let width = if gaps { 2 * dim } else { dim };
    let mut series = vec![0.0f32; count * width];
    for (row, out) in rows.values.chunks_exact(dim).zip(series.chunks_exact_mut(width)) {
        for (at, (&value, &pivot)) in row.iter().zip(&pivot).enumerate() {
            out[at] = if value.is_nan() { 0.0 } else { (value - pivot) as f32 };
            if gaps {
                out[dim + at] = f32::from(u8::from(!value.is_nan()));
            }
        }
    }
    let sums = plain(m, buffers, &series, width)?;
    let sum = |i: usize, j: usize| f64::from(sums[i * width + j]);
    let mut out = LaggedGram { dim, rows: count as f64, ..LaggedGram::default() };
    out.sums.reserve(packed_len(dim));
    for i in 0..dim {
        for j in i..dim {
            // Over the rows where both are there: sums of each, and their number.
            let (of_i, of_j, both) = if gaps {
                (sum(i, dim + j), sum(j, dim + i), sum(dim + i, dim + j))
            } else {
                (sum(0, i), sum(0, j), count as f64)
            };
            let value = sum(i, j) + pivot[i] * of_j + pivot[j] * of_i + pivot[i] * pivot[j] * both;
            out.sums.push(value);
            if gaps {
                out.counts.push(both);
            }
        }
    }
    Ok(out)
}

/// `[width, width]` sums of products of rows as they are.
fn plain<M: Machine>(m: &mut M, buffers: &mut Buffers<M>, series: &[f32], width: usize) -> Result<Vec<f32>> {
    let count = series.len() / width;
    let mut sums = vec![0.0f32; width * width];
    let on_device = buffers.series.with(m, bytemuck::cast_slice(series))?;
    let moments = buffers.moments.room(m, sums.len())?;
    let product = Product {
        size: [width, width, count],
        a: (on_device, 0, width),
        b: (on_device, 0, width),
        c: (moments, 0, width),
        accumulate: false,
    };
    if width < LARGE || !m.product(product)? {
        let weights = buffers.weights.with(m, bytemuck::cast_slice(&vec![1.0f32; count]))?;
        let tiles = width.div_ceil(64) as u32;
        m.launch(
            &GRAM,
            [tiles, tiles, 1],
            &[count as u32, width as u32, 1, 0, width as u32, count as u32, 0],
            &[on_device, weights, moments],
        )?;
    }
    m.read(moments, bytemuck::cast_slice_mut(&mut sums))?;
    Ok(sums)
}

/// Mean of every column; 0 for the constant, whose products with the others are their sums.
fn means(values: &[f64], dim: usize) -> Vec<f64> {
    let mut sums = vec![0.0; dim];
    let mut counts = vec![0.0; dim];
    for row in values.chunks_exact(dim) {
        for (at, value) in row.iter().enumerate().filter(|(_, v)| !v.is_nan()) {
            sums[at] += value;
            counts[at] += 1.0;
        }
    }
    let mut means: Vec<f64> = sums.iter().zip(&counts).map(|(s, n): (&f64, &f64)| s / n.max(1.0)).collect();
    means[0] = 0.0;
    means
}
