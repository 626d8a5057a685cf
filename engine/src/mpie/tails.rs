//! In: test statistics. Out: natural logarithms of their tail probabilities, accurate where the probability itself
//! underflows.

use std::f64::consts::{LN_2, PI};

/// `ln P(F > f)` for the F distribution with `d1` and `d2` degrees of freedom.
///
/// Through the regularised incomplete beta function, `I_x(d2/2, d1/2)` at `x = d2 / (d2 + d1 f)`.
pub fn ln_f_sf(f: f64, d1: f64, d2: f64) -> f64 {
    if f.is_nan() || f <= 0.0 {
        return 0.0;
    }
    let x = d2 / (d2 + d1 * f);
    let y = d1 * f / (d2 + d1 * f);
    ln_beta_inc(d2 / 2.0, d1 / 2.0, x, y)
}

/// `ln P(|T| > sqrt(t2))` for Student's t with `dof` degrees of freedom.
pub fn ln_t2_sf(t2: f64, dof: f64) -> f64 {
    ln_f_sf(t2, 1.0, dof)
}

/// `ln I_x(a, b)`, with `y = 1 - x` given apart so that nothing is lost near the ends.
fn ln_beta_inc(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if x <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if y <= 0.0 {
        return 0.0;
    }
    let ln_front = a * ln_of(x, y) + b * ln_of(y, x) + libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b);
    if x < (a + 1.0) / (a + b + 2.0) {
        (ln_front - a.ln() + continued_fraction(a, b, x).ln()).min(0.0)
    } else {
        let upper = (ln_front - b.ln() + continued_fraction(b, a, y).ln()).exp();
        (-upper.min(1.0)).ln_1p()
    }
}

/// `ln x` where `x + y = 1`, exact also for `x` close to 1.
fn ln_of(x: f64, y: f64) -> f64 {
    if x > 0.5 { (-y).ln_1p() } else { x.ln() }
}

/// Continued fraction of the incomplete beta function by Lentz's method.
fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let (qab, qap, qam) = (a + b, a + 1.0, a - 1.0);
    let nonzero = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / nonzero(1.0 - qab * x / qap);
    let mut h = d;
    for m in 1..500 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((qam + 2.0 * m) * (a + 2.0 * m));
        d = 1.0 / nonzero(1.0 + even * d);
        c = nonzero(1.0 + even / c);
        h *= d * c;
        let odd = -(a + m) * (qab + m) * x / ((a + 2.0 * m) * (qap + 2.0 * m));
        d = 1.0 / nonzero(1.0 + odd * d);
        c = nonzero(1.0 + odd / c);
        let step = d * c;
        h *= step;
        if (step - 1.0).abs() < 1e-13 {
            break;
        }
    }
    h
}

/// `ln P(Z > z)` for a standard normal and `z ≥ 0`.
pub fn ln_normal_sf(z: f64) -> f64 {
    if z < 30.0 {
        (0.5 * libm::erfc(z * std::f64::consts::FRAC_1_SQRT_2)).ln()
    } else {
        let w = 1.0 / (z * z);
        -0.5 * z * z - z.ln() - 0.5 * (2.0 * PI).ln() + (w * (-1.0 + w * (3.0 - 15.0 * w))).ln_1p()
    }
}

/// `P(Z < z)` for a standard normal.
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// The `z²` whose two-sided normal tail has natural logarithm `ln_p`: any p-value as a chi-square with one degree of
/// freedom.
pub fn chi2_of_ln_p(ln_p: f64) -> f64 {
    let target = ln_p - LN_2;
    if target >= -LN_2 - 1e-15 {
        return 0.0;
    }
    // Newton on the logarithm of the tail converges from any start on the right side, as it is concave.
    let mut z = (-2.0 * target).sqrt();
    for _ in 0..60 {
        let value = ln_normal_sf(z);
        let density = -0.5 * z * z - 0.5 * (2.0 * PI).ln();
        let step = (value - target) / (density - value).exp();
        z = (z + step).max(0.0);
        if step.abs() < 1e-12 * (1.0 + z) {
            break;
        }
    }
    z * z
}

/// The inverse of [`chi2_of_ln_p`].
pub fn ln_p_of_chi2(chi2: f64) -> f64 {
    (ln_normal_sf(chi2.max(0.0).sqrt()) + LN_2).min(0.0)
}

/// The standard normal quantile of a probability between 0 and 1.
pub fn normal_quantile(p: f64) -> f64 {
    let tail = chi2_of_ln_p((2.0 * p.min(1.0 - p)).ln()).sqrt();
    if p < 0.5 { -tail } else { tail }
}

/// Two-sided 95 % quantile of Student's t (Cornish–Fisher; relative error below 1 % from 3 degrees of freedom on).
pub fn t_quantile_975(dof: f64) -> f64 {
    const Z: f64 = 1.959_963_984_540_054;
    let z2 = Z * Z;
    let dof = dof.max(1.0);
    Z + Z * (z2 + 1.0) / (4.0 * dof)
        + Z * (5.0 * z2 * z2 + 16.0 * z2 + 3.0) / (96.0 * dof * dof)
        + Z * (3.0 * z2.powi(3) + 19.0 * z2 * z2 + 17.0 * z2 - 15.0) / (384.0 * dof.powi(3))
}
