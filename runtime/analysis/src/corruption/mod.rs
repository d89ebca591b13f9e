//! The 15 corruptions of CIFAR-10-C (Hendrycks and Dietterich 2019, "Benchmarking neural network robustness to common corruptions and
//! perturbations"), and the errors that they cause.
//!
//! Operations and constants are those that the published files of CIFAR-10-C were made with, including what surprises in them: glass blur
//! copies pixels where its name suggests a swap, and the lowest severity of elastic transform is an affine map alone. Two things differ:
//!
//! * Frost is drawn, not photographed: the published files lay six photographs over the images, which are not part of this crate. What is
//!   drawn instead has about their brightness, colour and spread.
//! * Random draws are this crate's own, so images agree with the published ones in distribution and not pixel by pixel.
//!
//! The published files, for who reads them: one NumPy array for each corruption (`gaussian_noise.npy` and so on, as [`Kind::name`]) of
//! 50,000 × 32 × 32 × 3 bytes, channels last; severity `s` is images `10,000 (s - 1)` to `10,000 s - 1`, in the order of CIFAR-10's test
//! set, and `labels.npy` has the 50,000 labels.

mod draws;
mod error;
mod errors;
mod grid;
mod kind;
mod kinds;

pub use error::CorruptionError;
pub use errors::{
    Errors, Reading, corruption_errors, mean_corruption_error, relative_corruption_errors, relative_mean_corruption_error,
};
pub use kind::Kind;

use crate::stream::Stream;
use grid::Grid;

/// Images as bytes: rows of pixels of red, green and blue.
#[derive(Debug, Clone, Copy)]
pub struct Image<'a> {
    /// `[rows, columns, 3]`, channels innermost.
    pub pixels: &'a [u8],
    /// Rows, at least 1.
    pub rows: usize,
    /// Columns, at least 1.
    pub columns: usize,
}

/// The image as the corruption leaves it, `[rows, columns, 3]`. Draws are named by `seed`, the `index` of the image in its set, corruption
/// and severity. Constants in pixels are those for 32 × 32; images of another size are blurred by as many pixels.
///
/// # Errors
/// A severity that is not 1 to 5, and pixels that are not rows × columns × 3.
pub fn corrupt(image: Image, kind: Kind, severity: usize, seed: u64, index: u64) -> Result<Vec<u8>, CorruptionError> {
    let Image { pixels, rows, columns } = image;
    if !(1..=5).contains(&severity) {
        return Err(CorruptionError::Severity(severity));
    }
    if pixels.is_empty() || rows.checked_mul(columns).and_then(|area| area.checked_mul(3)) != Some(pixels.len()) {
        return Err(CorruptionError::Size { pixels: pixels.len(), rows, columns });
    }
    let mut random = Stream::new(seed, "corrupt", index, (kind as u64) << 3 | severity as u64);
    kinds::apply(&Grid::from_bytes(rows, columns, 3, pixels), kind, severity, &mut random)
}
