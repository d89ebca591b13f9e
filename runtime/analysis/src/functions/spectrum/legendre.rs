//! Associated Legendre functions.

/// `P_ℓ^m(x)` without the sign `(-1)^m`, by the recurrence in ℓ.
pub(super) fn legendre(degree: usize, order: usize, x: f64) -> f64 {
    let root = (1.0 - x * x).max(0.0).sqrt();
    let (mut before, mut value) = (0.0, (0..order).map(|k| (2 * k + 1) as f64 * root).product::<f64>());
    for l in order..degree {
        let (l, m) = (l as f64, order as f64);
        (before, value) = (value, ((2.0 * l + 1.0) * x * value - (l + m) * before) / (l - m + 1.0));
    }
    value
}
