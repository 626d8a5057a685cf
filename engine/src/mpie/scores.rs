//! In: a quantile sketch. Out: a map from values to scores with the tails of a normal variable, monotone and robust to any
//! scale and tail: standard scores where tails are light, normal scores of the ranks where they are not.

use super::correlation::CONSTANT_SHARE;
use super::quantiles::QuantileSketch;
use super::tails::normal_quantile;

/// Points of the map at most.
const KNOTS: usize = 512;
/// Normal scores are held within ± this before their Hermite polynomials are taken.
pub const CLIP: f64 = 3.0;

/// Fourth standardised moment from which on ranks are taken. A normal variable's is 3, with a standard deviation of
/// `√(24 / rows)`: 0.2 at 500 rows. Of fewer rows some heavy tails pass, which ±4 then bounds.
const HEAVY: f64 = 3.5;
/// Standard scores are held within ± this, as normal scores of many rows are by themselves.
const FARTHEST: f64 = 4.0;

/// Piecewise linear map through (value, score).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScoreMap {
    values: Vec<f64>,
    scores: Vec<f64>,
}

impl ScoreMap {
    /// The map of what a sketch has seen. Tied values share the score of their middle rank.
    pub fn new(sketch: &QuantileSketch) -> Self {
        let weighted = sketch.weighted();
        if let Some(plain) = Self::plain(&weighted) {
            return plain;
        }
        let total: f64 = weighted.iter().map(|(_, w)| w).sum();
        let step = (weighted.len() as f64 / KNOTS as f64).max(1.0);
        let mut out = Self::default();
        let (mut below, mut next) = (0.0, 0.0);
        let last = weighted.len().saturating_sub(1);
        for (at, &(value, weight)) in weighted.iter().enumerate() {
            // Tails bend most: the first and last few values are all kept.
            if at as f64 >= next || at < 16 || at + 16 > last {
                out.values.push(value);
                out.scores.push(normal_quantile((below + 0.5 * weight) / total));
                next = next.max(at as f64) + step;
            }
            below += weight;
        }
        out
    }

    /// Standard scores, where tails are no heavier than normal ones: ranks would only bend what is straight.
    fn plain(weighted: &[(f64, f64)]) -> Option<Self> {
        let total: f64 = weighted.iter().map(|(_, w)| w).sum();
        let moment = |centre: f64, power: i32| {
            weighted.iter().map(|&(value, w)| w * (value - centre).powi(power)).sum::<f64>() / total
        };
        let mean = moment(0.0, 1);
        let variance = moment(mean, 2);
        let kurtosis = moment(mean, 4) / (variance * variance);
        let varies = variance > CONSTANT_SHARE * mean * mean;
        let light = varies && kurtosis < HEAVY;
        light.then(|| {
            let sd = variance.sqrt();
            let values = vec![mean - FARTHEST * sd, mean + FARTHEST * sd];
            Self { values, scores: vec![-FARTHEST, FARTHEST] }
        })
    }

    /// Score of a value; NaN stays NaN, values beyond the ends of the map get the score of the nearest.
    pub fn score(&self, value: f64) -> f64 {
        let Some((&lowest, &highest)) = self.values.first().zip(self.values.last()) else { return value };
        if value.is_nan() {
            return value;
        }
        if value <= lowest {
            return self.scores[0];
        }
        if value >= highest {
            return self.scores[self.scores.len() - 1];
        }
        let after = self.values.partition_point(|&v| v <= value);
        let (x0, x1) = (self.values[after - 1], self.values[after]);
        let (y0, y1) = (self.scores[after - 1], self.scores[after]);
        y0 + (y1 - y0) * (value - x0) / (x1 - x0)
    }
}

/// Second and third Hermite polynomial of a normal score: what a smooth nonlinear effect has beyond its linear part.
pub fn hermite(score: f64) -> [f64; 2] {
    let c = score.clamp(-CLIP, CLIP);
    [c * c - 1.0, c * (c * c - 3.0)]
}

#[cfg(test)]
mod tests {
    use super::{QuantileSketch, ScoreMap, hermite};

    #[test]
    fn scores_are_normal_whatever_the_scale() {
        let mut sketch = QuantileSketch::default();
        (0..20_000).for_each(|i| sketch.insert((f64::from((i * 7_919) % 20_000) / 3_000.0).exp()));
        let map = ScoreMap::new(&sketch);
        let scores: Vec<f64> = (0..20_000).map(|i| map.score((f64::from(i) / 3_000.0).exp())).collect();
        let mean = scores.iter().sum::<f64>() / 20_000.0;
        let variance = scores.iter().map(|s| s * s).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.01 && (variance - 1.0).abs() < 0.03, "{mean} {variance}");
        assert!(scores.windows(2).all(|w| w[0] <= w[1]));
    }

    #[test]
    fn light_tails_stay_straight_and_strangers_stay_within_bounds() {
        let mut sketch = QuantileSketch::default();
        (0..1_000).for_each(|i| sketch.insert(f64::from(i)));
        let map = ScoreMap::new(&sketch);
        let sd = (1e6f64 - 1.0).sqrt() / 12f64.sqrt();
        for value in [0.0, 250.0, 999.0] {
            assert!((map.score(value) - (value - 499.5) / sd).abs() < 1e-9);
        }
        assert_eq!(map.score(1e9), 4.0);
    }

    #[test]
    fn a_constant_has_one_score() {
        let mut sketch = QuantileSketch::default();
        (0..3).for_each(|_| sketch.insert(0.1));
        let map = ScoreMap::new(&sketch);
        assert_eq!(map.score(0.1), map.score(0.1 + 1e-16));
        assert_eq!(map.score(0.1), 0.0);
    }

    #[test]
    fn ties_share_a_score_and_strangers_get_the_nearest() {
        let mut sketch = QuantileSketch::default();
        (0..10).for_each(|i| sketch.insert(if i == 4 { 1.0 } else { 0.0 }));
        let map = ScoreMap::new(&sketch);
        assert!((map.score(0.0) + 0.1257).abs() < 1e-3); // quantile of 9/20
        assert_eq!(map.score(9.0), map.score(1.0));
        assert!(map.score(f64::NAN).is_nan());
        assert_eq!(hermite(0.0), [-1.0, 0.0]);
    }
}
