//! The IDX format of MNIST and Fashion-MNIST: a big-endian header and bytes, often packed with gzip.
//!
//! ```text
//! images: 0x00000803, count, rows, columns (4 bytes each), then count × rows × columns bytes
//! labels: 0x00000801, count (4 bytes each), then count bytes
//! ```

use crate::{DataError, Pixels, Split, Targets, file::Contents};
use std::path::Path;

const IMAGES: u32 = 0x0803;
const LABELS: u32 = 0x0801;

/// Reads one split of images of `size` rows and columns from an image file and its label file.
pub fn read(images: &Path, labels: &Path, size: [usize; 2], classes: usize) -> Result<Split, DataError> {
    split(Contents::read(images)?, Contents::read(labels)?, size, classes)
}

/// A split from the contents of an image file and its label file.
pub(crate) fn split(mut images: Contents, labels: Contents, size: [usize; 2], classes: usize) -> Result<Split, DataError> {
    let [count, rows, columns] = header(&images, IMAGES)?;
    if [rows, columns] != size {
        return Err(DataError::ImageSize { path: images.path, expected: size, found: [rows, columns] });
    }
    let [label_count] = header(&labels, LABELS)?;
    if count != label_count {
        return Err(DataError::Counts { images: images.path, image_count: count, labels: labels.path, label_count });
    }
    if count == 0 {
        return Err(DataError::Empty { path: images.path });
    }
    let values = &labels.bytes[header_len(1)..];
    if let Some(sample) = values.iter().position(|&label| usize::from(label) >= classes) {
        let offset = (header_len(1) + sample) as u64;
        return Err(DataError::Label { path: labels.path, offset, sample, found: values[sample], classes });
    }
    images.bytes.drain(..header_len(3));
    let targets = Targets::Classes(values.iter().map(|&label| label.into()).collect());
    Ok(Split { inputs: Pixels::Bytes(images.bytes), targets })
}

const fn header_len(dimensions: usize) -> usize {
    4 + 4 * dimensions
}

/// The dimensions a file declares, once its magic number is right and its length is exactly what they ask for.
fn header<const N: usize>(file: &Contents, magic: u32) -> Result<[usize; N], DataError> {
    let found = file.bytes.len() as u64;
    let truncated = |expected| DataError::Truncated { path: file.path.clone(), offset: found, expected };
    let word = |at: usize| {
        let bytes = file.bytes.get(4 * at..).and_then(|rest| rest.first_chunk());
        bytes.copied().map(u32::from_be_bytes).ok_or_else(|| truncated(header_len(N) as u64))
    };
    let start = word(0)?;
    if start != magic {
        return Err(DataError::Magic { path: file.path.clone(), expected: magic, found: start });
    }
    let mut dimensions = [0; N];
    for (at, dimension) in dimensions.iter_mut().enumerate() {
        *dimension = word(at + 1)? as usize;
    }
    // Saturates for absurd headers; no file is that long, so they count as truncated.
    let body = dimensions.iter().fold(1u64, |product, &n| product.saturating_mul(n as u64));
    let expected = body.saturating_add(header_len(N) as u64);
    match found.cmp(&expected) {
        std::cmp::Ordering::Less => Err(truncated(expected)),
        std::cmp::Ordering::Greater => Err(DataError::Trailing { path: file.path.clone(), offset: expected, found }),
        std::cmp::Ordering::Equal => Ok(dimensions),
    }
}
