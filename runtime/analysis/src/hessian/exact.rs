//! All eigenvalues of a small Hessian.

use super::{Failure, Hessian, Progress, Spectrum, tell};
use nalgebra::DMatrix;

/// Parameters up to which [`exact`] is meant: the matrix and a copy then take 576 MB, and the eigenvalues some three minutes on one
/// core (one for 4,000 parameters, less than a second for 1,000).
pub const LARGEST: usize = 6_000;

/// The spectrum from the whole Hessian: a product with each unit vector, made symmetric, and its eigenvalues. Time grows with the cube
/// of the parameters; the callback hears of the products, not of what follows them.
pub fn exact(hessian: &mut dyn Hessian, progress: &mut Progress) -> Result<Spectrum, Failure> {
    let size = hessian.size();
    let mut matrix = DMatrix::zeros(size, size);
    let mut unit = vec![0.0; size];
    for column in 0..size {
        unit[column] = 1.0;
        matrix.column_mut(column).copy_from_slice(&hessian.times(&unit)?);
        unit[column] = 0.0;
        tell(progress, column + 1, size)?;
    }
    symmetric(&mut matrix);
    Ok(Spectrum::of(matrix.symmetric_eigenvalues().as_slice().to_vec()))
}

fn symmetric(matrix: &mut DMatrix<f64>) {
    for column in 0..matrix.ncols() {
        for row in 0..column {
            let mean = (matrix[(row, column)] + matrix[(column, row)]) / 2.0;
            matrix[(row, column)] = mean;
            matrix[(column, row)] = mean;
        }
    }
}
