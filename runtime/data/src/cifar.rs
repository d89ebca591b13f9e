//! The binary batches of CIFAR-10 and CIFAR-100: records of label bytes and a 3 × 32 × 32 image, red, green and blue planes.

use crate::{DataError, Pixels, Split, Targets, file::Contents};
use serde::Serialize;
use std::path::Path;

/// The bytes of an image.
const IMAGE: usize = 3 * 32 * 32;

/// Which label of a record to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Labels {
    /// The one label of CIFAR-10: 10 classes.
    Ten,
    /// The first label of CIFAR-100: 20 superclasses.
    Coarse,
    /// The second label of CIFAR-100: 100 classes.
    Fine,
}

impl Labels {
    /// The number of classes.
    pub fn classes(self) -> usize {
        match self {
            Labels::Ten => 10,
            Labels::Coarse => 20,
            Labels::Fine => 100,
        }
    }

    /// The number of classes each label byte of a record tells apart.
    fn bytes(self) -> &'static [usize] {
        match self {
            Labels::Ten => &[10],
            Labels::Coarse | Labels::Fine => &[20, 100],
        }
    }

    /// Which label byte of a record is meant.
    fn place(self) -> usize {
        match self {
            Labels::Ten | Labels::Coarse => 0,
            Labels::Fine => 1,
        }
    }
}

/// Reads one split from its batch files, in the order given.
pub fn read(batches: &[impl AsRef<Path>], labels: Labels) -> Result<Split, DataError> {
    let contents: Result<Vec<Contents>, DataError> = batches.iter().map(|path| Contents::read(path.as_ref())).collect();
    split(&contents?, labels)
}

/// A split from the contents of its batch files.
pub(crate) fn split(batches: &[Contents], labels: Labels) -> Result<Split, DataError> {
    let total = batches.iter().map(|batch| batch.bytes.len()).sum();
    let (mut pixels, mut chosen) = (Vec::with_capacity(total), Vec::new());
    for batch in batches {
        for (sample, record) in records(batch, labels)?.enumerate() {
            let (label_bytes, image) = record.split_at(labels.bytes().len());
            check_labels(label_bytes, labels, sample, batch)?;
            chosen.push(label_bytes[labels.place()].into());
            pixels.extend_from_slice(image);
        }
    }
    Ok(Split { inputs: Pixels::Bytes(pixels), targets: Targets::Classes(chosen) })
}

fn records(batch: &Contents, labels: Labels) -> Result<impl Iterator<Item = &[u8]>, DataError> {
    let (length, record) = (batch.bytes.len(), labels.bytes().len() + IMAGE);
    if length == 0 {
        return Err(DataError::Empty { path: batch.path.clone() });
    }
    if !length.is_multiple_of(record) {
        return Err(DataError::RecordLength { path: batch.path.clone(), record, found: length as u64 });
    }
    Ok(batch.bytes.chunks_exact(record))
}

fn check_labels(bytes: &[u8], labels: Labels, sample: usize, batch: &Contents) -> Result<(), DataError> {
    for (place, (&found, &classes)) in bytes.iter().zip(labels.bytes()).enumerate() {
        if usize::from(found) >= classes {
            let offset = (sample * (bytes.len() + IMAGE) + place) as u64;
            return Err(DataError::Label { path: batch.path.clone(), offset, sample, found, classes });
        }
    }
    Ok(())
}
