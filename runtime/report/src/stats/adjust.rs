//! Many tests at once.

/// Benjamini and Hochberg's adjusted p values (1995), in the order given: rejecting those up to 0.05 keeps the expected part of false
/// discoveries below 0.05. NaN where `p` is.
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).filter(|i| !p[*i].is_nan()).collect();
    order.sort_by(|a, b| p[*b].total_cmp(&p[*a]));
    let (tests, mut smallest) = (order.len() as f64, 1.0f64);
    let mut adjusted = vec![f64::NAN; p.len()];
    for (after, index) in order.into_iter().enumerate() {
        smallest = smallest.min(p[index] * tests / (tests - after as f64));
        adjusted[index] = smallest;
    }
    adjusted
}
