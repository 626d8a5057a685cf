//! In: sketches. Out: latents: innovations, lags and their pool, normalised and clipped.

use rayon::prelude::*;

use crate::compute::encode::{Encode, Latents, Norm};

/// Added to mean squares, so that a column of zeros stays one.
const EPSILON: f32 = 1e-12;

pub(super) fn encode(request: &Encode<'_>) -> Latents {
    let Encode { vars, lags, dim, heads, precision, .. } = *request;
    let words = precision.words(dim);
    let mut out = Latents {
        innovations: vec![0; vars * words],
        lagged: vec![0; (lags - 1) * vars * words],
        pooled: vec![0; vars * words],
    };
    let mut made: Vec<[Vec<f32>; 3]> = (0..vars)
        .into_par_iter()
        .map(|var| {
            let sketch = |lag: usize| {
                let at = (lag * vars + var) * words;
                let mut wide = vec![0.0f32; dim];
                precision.widen(&request.sketches[at..at + words], &mut wide);
                wide
            };
            let mut innovation = sketch(0);
            let mut lagged = Vec::with_capacity((lags - 1) * dim);
            for lag in 1..lags {
                let mut own = sketch(lag);
                let a = request.own[var * (lags - 1) + lag - 1];
                innovation.iter_mut().zip(&own).for_each(|(x, s)| *x -= a * s);
                normalise(&mut own, request);
                lagged.extend(own);
            }
            normalise(&mut innovation, request);
            let mut pooled = vec![0.0f32; dim];
            let size = dim / heads;
            for head in 0..heads {
                let part = head * size..(head + 1) * size;
                let scores: Vec<f32> = lagged
                    .chunks_exact(dim)
                    .map(|lag| {
                        let dot: f32 =
                            innovation[part.clone()].iter().zip(&lag[part.clone()]).map(|(x, y)| x * y).sum();
                        // Of unit vectors of `dim` numbers, `size` of them: brought to the scale of a correlation.
                        dot * heads as f32 * (size as f32).sqrt()
                    })
                    .collect();
                let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let total: f32 = scores.iter().map(|s| (s - top).exp()).sum();
                for (lag, score) in lagged.chunks_exact(dim).zip(&scores) {
                    let weight = (score - top).exp() / total;
                    pooled[part.clone()].iter_mut().zip(&lag[part.clone()]).for_each(|(p, x)| *p += weight * x);
                }
            }
            normalise(&mut pooled, request);
            [innovation, lagged, pooled]
        })
        .collect();
    for (var, [innovation, lagged, pooled]) in made.iter_mut().enumerate() {
        precision.narrow(innovation, &mut out.innovations[var * words..(var + 1) * words]);
        precision.narrow(pooled, &mut out.pooled[var * words..(var + 1) * words]);
        for (lag, latent) in lagged.chunks_exact_mut(dim).enumerate() {
            let at = (lag * vars + var) * words;
            precision.narrow(latent, &mut out.lagged[at..at + words]);
        }
    }
    out
}

/// Unit length, clipped.
fn normalise(latent: &mut [f32], request: &Encode<'_>) {
    let n = latent.len() as f32;
    if request.norm == Norm::LayerNorm {
        let mean = latent.iter().sum::<f32>() / n;
        latent.iter_mut().for_each(|x| *x -= mean);
    }
    let scale = 1.0 / (latent.iter().map(|x| x * x).sum::<f32>() / n + EPSILON).sqrt();
    let to_unit = 1.0 / n.sqrt();
    latent.iter_mut().for_each(|x| *x = (*x * scale).clamp(-request.clip, request.clip) * to_unit);
}
