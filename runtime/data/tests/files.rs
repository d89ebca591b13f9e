//! The readers of IDX files and CIFAR batches, on whole files and on every way they can be broken.

use hetc_data::{DataError, DataErrorKind, Pixels, Targets, cifar, fixture, idx};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

const SIZE: [usize; 2] = [3, 2];

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// The error of a pair of IDX files for 2 classes.
    fn idx(&self, images: &[u8], labels: &[u8]) -> DataError {
        idx::read(&self.write("images", images), &self.write("labels", labels), SIZE, 2).unwrap_err()
    }

    fn cifar(&self, bytes: &[u8], labels: cifar::Labels) -> DataError {
        cifar::read(&[self.write("batch", bytes)], labels).unwrap_err()
    }
}

fn images() -> Vec<u8> {
    fixture::images(4, SIZE)
}

fn labels() -> Vec<u8> {
    fixture::labels(4, 2)
}

#[test]
fn idx_files_are_read_plain_and_packed() {
    let folder = Folder::new();
    let plain = idx::read(&folder.write("i", &images()), &folder.write("l", &labels()), SIZE, 2).unwrap();
    let packed = |bytes: &[u8], name| folder.write(name, &fixture::gzip(bytes));
    let unpacked = idx::read(&packed(&images(), "i.gz"), &packed(&labels(), "l.gz"), SIZE, 2).unwrap();
    assert_eq!(plain, unpacked);
    assert_eq!(plain.targets, Targets::Classes([0, 1, 0, 1].to_vec()));
    assert_eq!(plain.inputs, Pixels::Bytes(images()[16..].to_vec()));
}

#[test]
fn a_broken_idx_header_is_named() {
    let folder = Folder::new();
    assert!(matches!(folder.idx(&labels(), &labels()), DataError::Magic { expected: 0x803, found: 0x801, .. }));
    assert!(matches!(folder.idx(&images(), &images()), DataError::Magic { expected: 0x801, found: 0x803, .. }));
    let other = fixture::images(4, [2, 3]);
    assert!(matches!(folder.idx(&other, &labels()), DataError::ImageSize { expected: SIZE, found: [2, 3], .. }));
    let (none, no_labels) = (fixture::images(0, SIZE), fixture::labels(0, 2));
    assert_eq!(folder.idx(&none, &no_labels).kind(), DataErrorKind::Empty);
}

#[test]
fn an_idx_file_cut_anywhere_is_truncated() {
    let folder = Folder::new();
    for end in 0..images().len() {
        let DataError::Truncated { offset, expected, .. } = folder.idx(&images()[..end], &labels()) else { panic!("{end}") };
        assert_eq!((offset, expected), (end as u64, if end < 16 { 16 } else { 40 }));
    }
    for end in 0..labels().len() {
        assert_eq!(folder.idx(&images(), &labels()[..end]).kind(), DataErrorKind::Truncated);
    }
}

#[test]
fn a_header_that_declares_more_than_memory_holds_is_truncated() {
    let folder = Folder::new();
    let mut absurd = images();
    absurd[4..16].fill(0xff);
    assert!(matches!(folder.idx(&absurd, &labels()), DataError::Truncated { offset: 40, expected: u64::MAX, .. }));
}

#[test]
fn bytes_after_the_data_are_named() {
    let longer = [images(), vec![7]].concat();
    assert!(matches!(Folder::new().idx(&longer, &labels()), DataError::Trailing { offset: 40, found: 41, .. }));
}

#[test]
fn labels_must_be_classes_and_as_many_as_images() {
    let folder = Folder::new();
    let mut wrong = labels();
    wrong[8 + 2] = 2;
    let error = folder.idx(&images(), &wrong);
    assert!(matches!(error, DataError::Label { offset: 10, sample: 2, found: 2, classes: 2, .. }));
    let error = folder.idx(&images(), &fixture::labels(3, 2));
    assert!(matches!(error, DataError::Counts { image_count: 4, label_count: 3, .. }));
}

#[test]
fn a_file_that_is_not_there_or_does_not_unpack_is_named() {
    let folder = Folder::new();
    let missing = idx::read(Path::new("no such file"), Path::new("neither"), SIZE, 2).unwrap_err();
    assert_eq!(missing.kind(), DataErrorKind::Read);
    let packed = fixture::gzip(&images());
    assert_eq!(folder.idx(&packed[..packed.len() / 2], &labels()).kind(), DataErrorKind::Gzip);
    let mut flipped = packed.clone();
    let checksum = flipped.len() - 6;
    flipped[checksum] ^= 1;
    assert_eq!(folder.idx(&flipped, &labels()).kind(), DataErrorKind::Gzip);
}

#[test]
fn cifar_batches_are_read_in_order() {
    let folder = Folder::new();
    let batches = [folder.write("a", &fixture::batch(3, 10)), folder.write("b", &fixture::batch(2, 10))];
    let split = cifar::read(&batches, cifar::Labels::Ten).unwrap();
    assert_eq!(split.targets, Targets::Classes([0, 1, 2, 0, 1].to_vec()));
    let Pixels::Bytes(pixels) = split.inputs else { panic!("floats") };
    assert_eq!(pixels.len(), 5 * 3072);
    assert_eq!(pixels[3072..2 * 3072], fixture::batch(3, 10)[3073 + 1..2 * 3073]);
}

#[test]
fn cifar_100_has_fine_and_coarse_labels() {
    let batch = [Folder::new().write("gone", &[])];
    assert_eq!(cifar::read(&batch, cifar::Labels::Fine).unwrap_err().kind(), DataErrorKind::Read);
    let folder = Folder::new();
    let batch = [folder.write("train.bin", &fixture::batch(12, 100))];
    let fine = cifar::read(&batch, cifar::Labels::Fine).unwrap();
    let coarse = cifar::read(&batch, cifar::Labels::Coarse).unwrap();
    assert_eq!(fine.targets, Targets::Classes((0..12).collect::<Vec<u16>>()));
    assert_eq!(coarse.targets, Targets::Classes([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2].to_vec()));
    assert_eq!(fine.inputs, coarse.inputs);
    assert_eq!((cifar::Labels::Fine.classes(), cifar::Labels::Coarse.classes()), (100, 20));
}

#[test]
fn broken_cifar_batches_are_named() {
    use cifar::Labels::{Coarse, Fine, Ten};
    let folder = Folder::new();
    assert_eq!(folder.cifar(&[], Ten).kind(), DataErrorKind::Empty);
    let batch = fixture::batch(2, 10);
    let error = folder.cifar(&batch[..batch.len() - 1], Ten);
    assert!(matches!(error, DataError::RecordLength { record: 3073, found: 6145, .. }));
    assert!(matches!(folder.cifar(&batch, Fine), DataError::RecordLength { record: 3074, found: 6146, .. }));
    let mut wrong = batch.clone();
    wrong[3073] = 10;
    let error = folder.cifar(&wrong, Ten);
    assert!(matches!(error, DataError::Label { offset: 3073, sample: 1, found: 10, classes: 10, .. }));
    let mut wrong = fixture::batch(2, 100);
    wrong[3074] = 20;
    let error = folder.cifar(&wrong, Fine);
    assert!(matches!(error, DataError::Label { offset: 3074, sample: 1, found: 20, classes: 20, .. }));
    let mut wrong = fixture::batch(2, 100);
    wrong[1] = 100;
    assert!(matches!(folder.cifar(&wrong, Coarse), DataError::Label { offset: 1, sample: 0, found: 100, classes: 100, .. }));
}
