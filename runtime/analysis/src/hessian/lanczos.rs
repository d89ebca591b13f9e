//! Stochastic Lanczos quadrature: the spectrum from a few products (Golub and Welsch 1969; Ghorbani et al. 2019).

use super::{Failure, Hessian, Progress, Spectrum, dot, signs, tell};
use nalgebra::{DMatrix, SymmetricEigen};

/// An off-diagonal entry below this part of the largest entry: the vectors so far span all that the start reaches.
const EXHAUSTED: f64 = 1e-10;

/// One run of `steps` products (fewer where the space is exhausted) from a random vector of signs: the eigenvalues of the tridiagonal
/// matrix, weighted by the squared first components of its eigenvectors. Each new vector is made orthogonal to all before it, twice.
///
/// Takes steps × parameters × 8 bytes. PyHessian's settings are 100 steps and one run. The outermost nodes converge first; their
/// `errors` are the residuals `|β s|`.
pub fn lanczos(
    hessian: &mut dyn Hessian,
    coins: &mut dyn FnMut() -> bool,
    steps: usize,
    progress: &mut Progress,
) -> Result<Spectrum, Failure> {
    let size = hessian.size();
    let most = steps.min(size);
    let (mut diagonal, mut beside) = (Vec::new(), Vec::new());
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(most);
    let mut next = scaled(signs(coins, size), (size as f64).sqrt());
    for done in 1..=most {
        let mut w = hessian.times(&next)?;
        diagonal.push(dot(&w, &next));
        basis.push(next);
        orthogonal(&mut w, &basis);
        orthogonal(&mut w, &basis);
        let beta = dot(&w, &w).sqrt();
        beside.push(beta);
        tell(progress, done, most)?;
        let largest = diagonal.iter().chain(&beside).fold(0.0, |most: f64, x| most.max(x.abs()));
        if beta <= EXHAUSTED * largest {
            break;
        }
        next = scaled(w, beta);
    }
    Ok(quadrature(&diagonal, &beside))
}

fn scaled(mut v: Vec<f64>, length: f64) -> Vec<f64> {
    v.iter_mut().for_each(|x| *x /= length);
    v
}

/// Takes from `w` its part along each vector of the basis.
fn orthogonal(w: &mut [f64], basis: &[Vec<f64>]) {
    for vector in basis {
        let part = dot(w, vector);
        w.iter_mut().zip(vector).for_each(|(w, x)| *w -= part * x);
    }
}

/// `beside[i]` is between `i` and `i + 1`; the last one leads out of the matrix and bounds the errors.
fn quadrature(diagonal: &[f64], beside: &[f64]) -> Spectrum {
    let n = diagonal.len();
    let entry = |row: usize, column: usize| match row.abs_diff(column) {
        0 => diagonal[row],
        1 => beside[row.min(column)],
        _ => 0.0,
    };
    let eigen = SymmetricEigen::new(DMatrix::from_fn(n, n, entry));
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| eigen.eigenvalues[*a].total_cmp(&eigen.eigenvalues[*b]));
    let leads_out = beside.last().copied().unwrap_or(0.0);
    Spectrum {
        nodes: order.iter().map(|i| eigen.eigenvalues[*i]).collect(),
        weights: order.iter().map(|i| eigen.eigenvectors[(0, *i)].powi(2)).collect(),
        errors: order.iter().map(|i| (leads_out * eigen.eigenvectors[(n - 1, *i)]).abs()).collect(),
    }
}
