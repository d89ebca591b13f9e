//! What cannot be corrupted.

use std::fmt;

/// Why there is no corrupted image.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CorruptionError {
    /// Severities are 1 to 5.
    Severity(usize),
    /// The pixels are not rows × columns × 3.
    Size {
        /// Bytes given.
        pixels: usize,
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
    },
    /// The image cannot be a JPEG file: a side is longer than 65,535, or the codec failed, which it says.
    Jpeg(String),
}

impl fmt::Display for CorruptionError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Severity(severity) => write!(f, "severity {severity}; severities are 1 to 5"),
            Self::Size { pixels, rows, columns } => {
                write!(f, "an image of {rows} × {columns} pixels has 3 bytes for each; {pixels} bytes were given")
            }
            Self::Jpeg(why) => write!(f, "not possible as a JPEG file: {why}"),
        }
    }
}

impl std::error::Error for CorruptionError {}
