//! Tiny data sets in the real file formats, for tests. Their images can be told apart: a bright band marks the class.

use crate::registry::{self, Format, KnownSet};
use flate2::{Compression, write::GzEncoder};
use std::{
    fs,
    io::{self, Write},
    path::Path,
};

/// Writes the files of a known set with `train` and `test` samples into a folder. Sample `i` has class `i` modulo the classes.
///
/// CIFAR-10 has `train` samples in each of its five batches.
pub fn write(name: &str, folder: &Path, train: usize, test: usize) -> io::Result<()> {
    let set = registry::find(name).map_err(io::Error::other)?;
    fs::create_dir_all(folder)?;
    for (file, bytes) in files(set, train, test) {
        fs::write(folder.join(file), bytes)?;
    }
    Ok(())
}

/// The files of a tiny set: name and contents, IDX packed with gzip.
pub fn files(set: &KnownSet, train: usize, test: usize) -> Vec<(String, Vec<u8>)> {
    let count = |file: &registry::DataFile| if file.part == crate::Part::Train { train } else { test };
    let file = |file: &registry::DataFile| match set.format {
        Some(Format::Idx { size }) if file.name.contains("images") => {
            (format!("{}.gz", file.name), gzip(&images(count(file), size)))
        }
        Some(Format::Idx { .. }) => (format!("{}.gz", file.name), gzip(&labels(count(file), set.classes))),
        _ => (file.name.to_string(), batch(count(file), set.classes)),
    };
    set.files.iter().map(file).collect()
}

/// An IDX file of images.
pub fn images(count: usize, [rows, columns]: [usize; 2]) -> Vec<u8> {
    let mut bytes = header(0x0803, &[count, rows, columns]);
    (0..count).for_each(|sample| image(sample, 10, 1, rows, columns, &mut bytes));
    bytes
}

/// An IDX file of labels.
pub fn labels(count: usize, classes: usize) -> Vec<u8> {
    let mut bytes = header(0x0801, &[count]);
    bytes.extend((0..count).map(|sample| (sample % classes) as u8));
    bytes
}

/// A CIFAR batch: one label byte for 10 classes, two for 100.
pub fn batch(count: usize, classes: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for sample in 0..count {
        let class = sample % classes;
        if classes == 100 {
            bytes.push((class / 5) as u8);
        }
        bytes.push(class as u8);
        image(sample, classes, 3, 32, 32, &mut bytes);
    }
    bytes
}

/// Packs bytes with gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing into memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

fn header(magic: u32, dimensions: &[usize]) -> Vec<u8> {
    let words = std::iter::once(magic).chain(dimensions.iter().map(|&n| n as u32));
    words.flat_map(u32::to_be_bytes).collect()
}

/// Dark noise, and a band of bright rows whose place tells the class.
fn image(sample: usize, classes: usize, channels: usize, rows: usize, columns: usize, out: &mut Vec<u8>) {
    let bright = (sample % classes) * rows / classes;
    for (channel, row) in (0..channels).flat_map(|channel| (0..rows).map(move |row| (channel, row))) {
        let noise = |column: usize| ((sample * 31 + channel * 17 + row * 7 + column * 13) % 61) as u8;
        let base = if row == bright { 190 } else { 0 };
        out.extend((0..columns).map(|column| base + noise(column)));
    }
}
