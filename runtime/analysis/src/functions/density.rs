//! How often a function is asked where.

use super::Grid;

/// Standard deviations after which a blur is cut, as scipy does.
const TRUNCATE: f64 = 4.0;

/// A histogram of the inputs that a function saw, gathered over blocks of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Density {
    grid: Grid,
    counts: Vec<f64>,
    outside: u64,
}

impl Density {
    /// Nothing seen yet.
    pub fn new(grid: Grid) -> Self {
        let counts = vec![0.0; grid.cells()];
        Self { grid, counts, outside: 0 }
    }

    /// Counts more inputs, `[inputs, arguments]`. False, and nothing is counted, if that is no whole number of inputs.
    pub fn add(&mut self, inputs: &[f32]) -> bool {
        let arguments = self.grid.arguments();
        if !inputs.len().is_multiple_of(arguments) {
            return false;
        }
        let mut point = vec![0.0; arguments];
        for input in inputs.chunks_exact(arguments) {
            point.iter_mut().zip(input).for_each(|(to, from)| *to = f64::from(*from));
            match self.grid.cell(&point) {
                Some(cell) => self.counts[cell] += 1.0,
                None => self.outside += 1,
            }
        }
        true
    }

    /// The grid.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Inputs in each cell, `[cells]`.
    pub fn counts(&self) -> &[f64] {
        &self.counts
    }

    /// Inputs in no cell, those that are no number among them.
    pub fn outside(&self) -> u64 {
        self.outside
    }

    /// The share of the inputs in each cell, of those in any: sums to one. `None` if there is none.
    pub fn shares(&self) -> Option<Vec<f64>> {
        shares(&self.counts)
    }

    /// The shares after a Gaussian blur of `sigma`, in units of the arguments, zero beyond the grid. Yoon's code blurs with one half.
    /// `None` if there are no inputs in cells, or `sigma` is not positive.
    pub fn blurred(&self, sigma: f64) -> Option<Vec<f64>> {
        let mut values = self.counts.clone();
        let mut stride = self.grid.cells();
        for axis in self.grid.axes() {
            stride /= axis.cells;
            blur(&mut values, axis.cells, stride, &bell(sigma / axis.width(), axis.cells)?);
        }
        shares(&values)
    }
}

fn shares(values: &[f64]) -> Option<Vec<f64>> {
    let total: f64 = values.iter().sum();
    (total > 0.0).then(|| values.iter().map(|value| value / total).collect())
}

/// Half a Gaussian from its middle, at whole cells, both halves together of sum one; no longer than `cells`.
fn bell(sigma: f64, cells: usize) -> Option<Vec<f64>> {
    if !(sigma.is_finite() && sigma > 0.0) {
        return None;
    }
    let reach = (TRUNCATE * sigma + 0.5) as usize;
    let height = |i: usize| (-(i as f64 / sigma).powi(2) / 2.0).exp();
    let total = 1.0 + 2.0 * (1..=reach).map(height).sum::<f64>();
    Some((0..=reach.min(cells)).map(|i| height(i) / total).collect())
}

/// Blurs along one axis, of which neighbours are `stride` apart.
fn blur(values: &mut [f64], cells: usize, stride: usize, bell: &[f64]) {
    for start in (0..values.len()).filter(|i| (i / stride).is_multiple_of(cells)) {
        let line: Vec<f64> = (0..cells).map(|i| values[start + i * stride]).collect();
        for i in 0..cells {
            let (first, last) = (i.saturating_sub(bell.len() - 1), (i + bell.len()).min(cells));
            values[start + i * stride] = (first..last).map(|j| line[j] * bell[i.abs_diff(j)]).sum();
        }
    }
}

/// The fewest cells that hold at least `share` of the mass, the heaviest ones; of equally heavy cells the first. Yoon's text takes
/// 99 %, the code 90 %.
pub fn mask(mass: &[f64], share: f64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..mass.len()).collect();
    order.sort_by(|a, b| mass[*b].total_cmp(&mass[*a]));
    let enough = share * mass.iter().sum::<f64>();
    let (mut held, mut within) = (0.0, vec![false; mass.len()]);
    for cell in order {
        if held >= enough {
            break;
        }
        held += mass[cell];
        within[cell] = true;
    }
    within
}
