//! The exact binomial test.

use statrs::distribution::{Binomial, Discrete};

/// Two counts whose probabilities differ by less than this part are equally likely.
const EQUAL: f64 = 1e-7;

/// Two-sided p of `k` successes in `n` tries that succeed with `probability`: the probability of all counts that are not more likely.
/// Yoon et al. test signs of curvatures with it. `None` for no tries, more successes than tries, or no probability.
pub fn binomial(k: u64, n: u64, probability: f64) -> Option<f64> {
    let distribution = Binomial::new(probability, n).ok().filter(|_| k <= n && n > 0)?;
    let seen = distribution.pmf(k) * (1.0 + EQUAL);
    let p: f64 = (0..=n).map(|count| distribution.pmf(count)).filter(|chance| *chance <= seen).sum();
    Some(p.min(1.0))
}
