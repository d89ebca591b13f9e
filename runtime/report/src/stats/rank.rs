//! The Mann-Whitney U test: does one sample tend to be larger, whatever the distributions?

use super::Alternative;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

/// Samples up to this size are tested exactly, if no two values are equal.
const EXACT: usize = 8;
/// Beyond this, counts of rankings would not fit the integers.
const EXACT_OTHER: usize = 100_000;

/// What the test says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MannWhitney {
    /// Pairs in which the first sample is larger; equal pairs count half.
    pub u: f64,
    /// Probability of such a `u` or a more extreme one by chance alone.
    pub p: f64,
    /// Whether all rankings were counted; otherwise by the normal approximation, corrected for ties and continuity.
    pub exact: bool,
}

/// Exact where the smaller sample has at most 8 values and no two are equal, else approximate: scipy's `method="auto"`.
pub fn mann_whitney(a: &[f64], b: &[f64], alternative: Alternative) -> Option<MannWhitney> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let u = larger_pairs(a, b);
    let other = (a.len() * b.len()) as f64 - u;
    let ties = ties(a, b);
    let exact = ties == 0.0 && a.len().min(b.len()) <= EXACT && a.len().max(b.len()) <= EXACT_OTHER;
    let tail: Box<dyn Fn(f64) -> f64> = match exact {
        true => Box::new(exact_tail(a.len(), b.len())),
        false => Box::new(normal_tail(a.len() as f64, b.len() as f64, ties)?),
    };
    let p = match alternative {
        Alternative::TwoSided => (2.0 * tail(u.max(other))).min(1.0),
        Alternative::Greater => tail(u),
        Alternative::Less => tail(other),
    };
    Some(MannWhitney { u, p, exact })
}

fn larger_pairs(a: &[f64], b: &[f64]) -> f64 {
    let of = |x: f64| {
        let points = b.iter().map(|y| if x > *y { 1.0 } else { 0.5 * f64::from(x == *y) });
        points.sum::<f64>()
    };
    a.iter().map(|x| of(*x)).sum()
}

/// Σ t³ - t over groups of t equal values.
fn ties(a: &[f64], b: &[f64]) -> f64 {
    let mut all: Vec<f64> = a.iter().chain(b).copied().collect();
    all.sort_by(f64::total_cmp);
    all.chunk_by(|x, y| x == y).map(|group| (group.len() as f64).powi(3) - group.len() as f64).sum()
}

/// Probability of at least `u`, with the numbers of rankings as the Gaussian binomial's coefficients.
fn exact_tail(n: usize, m: usize) -> impl Fn(f64) -> f64 {
    let counts = rankings(n.min(m), n.max(m));
    move |u| {
        let all: i128 = counts.iter().sum();
        let beyond: i128 = counts.iter().skip(u.ceil() as usize).sum();
        beyond as f64 / all as f64
    }
}

/// How many rankings of `n` and `m` values have each U from 0 to `n m`: Π (1 - q^(m+i)) / (1 - q^i) for i = 1…n, a polynomial in q.
fn rankings(n: usize, m: usize) -> Vec<i128> {
    let mut counts = vec![0i128; n * m + 1];
    counts[0] = 1;
    for i in 1..=n {
        for u in (m + i..counts.len()).rev() {
            counts[u] -= counts[u - m - i];
        }
        for u in i..counts.len() {
            counts[u] += counts[u - i];
        }
    }
    counts
}

fn normal_tail(n: f64, m: f64, ties: f64) -> Option<impl Fn(f64) -> f64> {
    let all = n + m;
    let variance = n * m / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
    let normal = Normal::new(0.0, 1.0).ok().filter(|_| variance > 0.0)?;
    Some(move |u| normal.sf((u - n * m / 2.0 - 0.5) / variance.sqrt()))
}
