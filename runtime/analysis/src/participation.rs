//! How many dimensions the answers of a layer take.
//!
//! The participation ratio of the covariance of a layer's units is `R = (Σ λ)² / Σ λ²` over its eigenvalues λ: N for N independent
//! units of equal variance, one for units that all say the same. It is had here from the Gram matrix of the samples,
//! `R = (tr G)² / ‖G‖²` with `G = X Xᵀ` for centred answers `X`, `[samples, units]`: the same eigenvalues, in a matrix whose size does
//! not depend on the layer's width. (Doty et al., Fig. 3; Choudhary et al., Eq. 3.)

use nalgebra::DMatrix;

/// Units that are multiplied out at a time; what is copied takes this many times the samples, in f64.
const BLOCK: usize = 1024;
/// Where centring leaves less than this part of the sum of squares, there is no variance but that of rounding.
const CONSTANT: f64 = 1e-12;

/// Dimensions that answers take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Participation {
    /// R: from one to the smaller of the units and the samples less one.
    pub ratio: f64,
    /// N.
    pub units: usize,
}

impl Participation {
    /// `r = R / N`.
    pub fn normalised(&self) -> f64 {
        self.ratio / self.units as f64
    }
}

/// The Gram matrix of some samples' answers, gathered over blocks of units.
#[derive(Debug, Clone)]
pub struct Gram {
    /// Of answers less each unit's mean over all samples, `[samples, samples]`.
    matrix: DMatrix<f64>,
    /// Sum of squares before the means were taken away.
    squares: f64,
    units: usize,
}

impl Gram {
    /// Of `samples` samples and no units yet. Takes samples² × 8 bytes.
    pub fn new(samples: usize) -> Self {
        Self { matrix: DMatrix::zeros(samples, samples), squares: 0.0, units: 0 }
    }

    /// Samples.
    pub fn samples(&self) -> usize {
        self.matrix.nrows()
    }

    /// Units so far.
    pub fn units(&self) -> usize {
        self.units
    }

    /// Adds the answers of `units` more units, `[samples, units]`. False, and nothing is added, if `block` has another size.
    pub fn add(&mut self, block: &[f32], units: usize) -> bool {
        if block.len() != self.samples() * units {
            return false;
        }
        for first in (0..units).step_by(BLOCK) {
            self.add_columns(block, units, first..units.min(first + BLOCK));
        }
        self.units += units;
        true
    }

    fn add_columns(&mut self, block: &[f32], units: usize, columns: std::ops::Range<usize>) {
        let mut x = DMatrix::from_fn(columns.len(), self.samples(), |unit, sample| {
            f64::from(block[sample * units + columns.start + unit])
        });
        self.squares += x.norm_squared();
        let means = x.column_mean();
        x.column_iter_mut().for_each(|mut sample| sample -= &means);
        self.matrix.gemm(1.0, &x.transpose(), &x, 1.0);
    }

    /// The ratio over all samples. `None` for fewer than two samples, answers that do not vary, or some that are not finite.
    pub fn participation(&self) -> Option<Participation> {
        self.of(&(0..self.samples()).collect::<Vec<_>>())
    }

    /// The ratio within each of `classes` classes: over the samples of that label, centred by themselves. `None` for a class without
    /// one (see [`Gram::participation`]). Labels that are no class count nowhere; a sample without a label neither.
    pub fn within(&self, labels: &[usize], classes: usize) -> Vec<Option<Participation>> {
        let samples =
            |class| labels.iter().take(self.samples()).enumerate().filter(move |(_, label)| **label == class).map(|(i, _)| i);
        (0..classes).map(|class| self.of(&samples(class).collect::<Vec<_>>())).collect()
    }

    fn of(&self, samples: &[usize]) -> Option<Participation> {
        let mut part = DMatrix::from_fn(samples.len(), samples.len(), |i, j| self.matrix[(samples[i], samples[j])]);
        centre(&mut part);
        let (trace, squares) = (part.trace(), part.norm_squared());
        let varies = samples.len() > 1 && trace > CONSTANT * self.squares * samples.len() as f64 / self.samples() as f64;
        (varies && squares.is_finite()).then(|| Participation { ratio: trace * trace / squares, units: self.units })
    }
}

/// Takes the means of its rows and columns from a symmetric matrix: the Gram matrix of centred samples from that of samples as they are.
fn centre(matrix: &mut DMatrix<f64>) {
    let means = matrix.row_mean();
    let mean = means.mean();
    for (j, mut column) in matrix.column_iter_mut().enumerate() {
        for (i, entry) in column.iter_mut().enumerate() {
            *entry += mean - means[i] - means[j];
        }
    }
}

/// The mean ratio and the mean normalised ratio of the classes that have one; `None` if none has.
pub fn mean(of: &[Option<Participation>]) -> Option<(f64, f64)> {
    let some: Vec<&Participation> = of.iter().flatten().collect();
    let average = |what: fn(&Participation) -> f64| some.iter().map(|p| what(p)).sum::<f64>() / some.len() as f64;
    (!some.is_empty()).then(|| (average(|p| p.ratio), average(Participation::normalised)))
}
