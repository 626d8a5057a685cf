//! In: statistics. Out: their tails, against tables.

use scarcity_engine::mpie::tails::{chi2_of_ln_p, ln_f_sf, ln_p_of_chi2, ln_t2_sf, t_quantile_975};

/// Against the incomplete beta function at 60 digits.
#[test]
fn tails_agree_with_tables() {
    for (f, d1, d2, expected) in REFERENCE_F {
        let value = ln_f_sf(f, d1, d2);
        assert!((value - expected).abs() < 1e-9 * (1.0 + expected.abs()), "F({f}; {d1}, {d2}): {value} vs {expected}");
    }
    assert!((ln_t2_sf(4.0, 30.0) - ln_f_sf(4.0, 1.0, 30.0)).abs() < 1e-15);
    for ln_p in [-1e-3, -0.7, -3.0, -40.0, -400.0, -5_000.0] {
        assert!((ln_p_of_chi2(chi2_of_ln_p(ln_p)) - ln_p).abs() < 1e-8 * (1.0 - ln_p), "{ln_p}");
    }
    for (dof, expected) in [(3.0, 3.182_446), (10.0, 2.228_139), (100.0, 1.983_972)] {
        assert!((t_quantile_975(dof) / expected - 1.0).abs() < 0.012, "{dof}: {}", t_quantile_975(dof));
    }
}

const REFERENCE_F: [(f64, f64, f64, f64); 12] = [
    (1e-06, 1.0, 50.0, -0.0007942205341461116),
    (0.5, 1.0, 10.0, -0.7018902815545023),
    (4.0, 1.0, 30.0, -2.9072628024457496),
    (4.0, 3.0, 500.0, -4.8483003270427245),
    (30.0, 1.0, 1000.0, -16.72213681557092),
    (400.0, 3.0, 100.0, -126.20242910671412),
    (2500.0, 1.0, 2000.0, -814.6630896687468),
    (10000.0, 2.0, 5000.0, -4023.594781085251),
    (1.02, 3.0, 8.0, -0.836250137607661),
    (0.01, 5.0, 400.0, -2.947764036273606e-05),
    (100.0, 1.0, 3.0, -6.152385197633555),
    (60.0, 1.0, 100000.0, -32.279692926026975),
];
