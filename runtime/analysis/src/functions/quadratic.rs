//! The quadratic nearest to a function, and how it is curved.

use super::Grid;
use super::solve::{least_squares, mean};
use nalgebra::DMatrix;

/// `xᵀ F x + b·x + c` of one, two or three arguments.
#[derive(Debug, Clone, PartialEq)]
pub struct Quadratic {
    /// F, symmetric: coefficients of the squares in its diagonal, half of those of the products beside it.
    pub form: DMatrix<f64>,
    /// b, one an argument.
    pub linear: Vec<f64>,
    /// c.
    pub constant: f64,
}

impl Quadratic {
    /// Coefficients in the paper's order: of the squares, of the products (12, 13, 23), of the arguments, the constant. For two arguments
    /// `c1 x1² + c2 x2² + c3 x1 x2 + c4 x1 + c5 x2 + c6`.
    pub fn coefficients(&self) -> Vec<f64> {
        let squares = self.form.diagonal();
        let products = pairs(self.linear.len()).map(|(i, j)| 2.0 * self.form[(i, j)]);
        squares.iter().copied().chain(products).chain(self.linear.iter().copied()).chain([self.constant]).collect()
    }

    /// The determinant of the form: `c1 c2 - c3² / 4` for two arguments, where below zero is hyperbolic (a soft XOR) and above is
    /// elliptic; `c1` for one argument.
    pub fn curvature(&self) -> f64 {
        self.form.determinant()
    }

    /// The form's eigenvalues, ascending: the curvatures along its own axes, whose signs tell bowls from saddles for any number of
    /// arguments.
    pub fn eigenvalues(&self) -> Vec<f64> {
        let mut values = self.form.symmetric_eigenvalues().as_slice().to_vec();
        values.sort_by(f64::total_cmp);
        values
    }

    /// The value at a point with one number an argument.
    pub fn at(&self, x: &[f64]) -> f64 {
        let n = self.linear.len();
        let squares: f64 = (0..n).flat_map(|i| (0..n).map(move |j| (i, j))).map(|(i, j)| self.form[(i, j)] * x[i] * x[j]).sum();
        squares + self.linear.iter().zip(x).map(|(b, x)| b * x).sum::<f64>() + self.constant
    }
}

/// A quadratic and how near it comes.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The quadratic.
    pub quadratic: Quadratic,
    /// Its values at the centres, `[cells]`.
    pub values: Vec<f64>,
    /// The share of the function's weighted variance that it explains; NaN for a constant function.
    pub r2: f64,
    /// The weighted mean squared difference.
    pub mse: f64,
}

/// The quadratic that minimises the weighted squared difference to `values` at the centres of the grid's cells; cells of weight zero
/// count nowhere. Weights are the input density's shares, or ones under a mask and zeros elsewhere, which is how Yoon's code fits.
///
/// `None` if values or weights are not one a cell, or do not determine all coefficients: fewer cells than coefficients, cells on a
/// curve of second order, weights or values that are not finite.
pub fn quadratic(grid: &Grid, values: &[f64], weights: &[f64]) -> Option<Fit> {
    if values.len() != grid.cells() || weights.len() != grid.cells() {
        return None;
    }
    let n = grid.arguments();
    let centres = || (0..grid.cells()).map(|cell| grid.centre(cell));
    let middle: Vec<f64> = (0..n).map(|i| mean(weights, centres().map(|x| x[i]))).collect();
    let spread = |i: usize| mean(weights, centres().map(|x| (x[i] - middle[i]).powi(2))).sqrt();
    let scale: Vec<f64> = (0..n).map(spread).collect();
    let rows = centres().map(|x| terms(&(0..n).map(|i| (x[i] - middle[i]) / scale[i]).collect::<Vec<_>>()));
    let solution = least_squares(n * (n + 3) / 2 + 1, rows, values, weights)?;
    let quadratic = unscaled(solution.as_slice(), &middle, &scale);
    let fitted: Vec<f64> = centres().map(|x| quadratic.at(&x)).collect();
    let average = mean(weights, values.iter().copied());
    let mse = mean(weights, values.iter().zip(&fitted).map(|(y, fit)| (y - fit).powi(2)));
    let r2 = 1.0 - mse / mean(weights, values.iter().map(|y| (y - average).powi(2)));
    Some(Fit { quadratic, values: fitted, r2, mse })
}

fn pairs(n: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n).flat_map(move |i| (i + 1..n).map(move |j| (i, j)))
}

/// Squares, products, arguments, one.
fn terms(x: &[f64]) -> Vec<f64> {
    let products = pairs(x.len()).map(|(i, j)| x[i] * x[j]);
    x.iter().map(|x| x * x).chain(products).chain(x.iter().copied()).chain([1.0]).collect()
}

/// The quadratic in x whose coefficients in `(x - middle) / scale` are given.
fn unscaled(coefficients: &[f64], middle: &[f64], scale: &[f64]) -> Quadratic {
    let n = middle.len();
    let (products, linear) = (&coefficients[n..n * (n + 1) / 2], &coefficients[n * (n + 1) / 2..]);
    let mut form = DMatrix::from_fn(n, n, |i, j| if i == j { coefficients[i] / (scale[i] * scale[i]) } else { 0.0 });
    for ((i, j), product) in pairs(n).zip(products) {
        form[(i, j)] = product / (2.0 * scale[i] * scale[j]);
        form[(j, i)] = form[(i, j)];
    }
    let slope = |i: usize| linear[i] / scale[i] - 2.0 * (0..n).map(|j| form[(i, j)] * middle[j]).sum::<f64>();
    let mut quadratic = Quadratic { linear: (0..n).map(slope).collect(), form, constant: 0.0 };
    quadratic.constant = linear[n] - quadratic.at(middle);
    quadratic
}

/// How many curvatures have which sign: what a binomial test is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Signs {
    /// Below zero.
    pub negative: u64,
    /// Exactly zero, or no number.
    pub neither: u64,
    /// Above zero.
    pub positive: u64,
}

impl Signs {
    /// Counts the signs of curvatures, one a seed.
    pub fn of(curvatures: &[f64]) -> Self {
        let count = |sign: fn(f64) -> bool| curvatures.iter().filter(|c| sign(**c)).count() as u64;
        let (negative, positive) = (count(|c| c < 0.0), count(|c| c > 0.0));
        Self { negative, neither: curvatures.len() as u64 - negative - positive, positive }
    }
}
