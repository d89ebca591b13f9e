//! Published corruptions: files of bytes, `[severities × images, rows, columns, channels]`, severities one after the other. NumPy's format
//! is written here by its specification.

use super::{SAMPLES, data, find, numbers, plan, weights};
use hetc_analysis::corruption::Kind;
use hetc_compiler::plan::Plan;
use hetc_data::{Dataset, Pixels, Targets, Task};
use hetc_runtime::analyse::corruptions::{Corruptions, Endured, SEVERITIES};
use hetc_runtime::analyse::{Measure, Sample, Stop};
use hetc_runtime::params::Weights;
use hetc_runtime::stage::Stage;
use hetc_runtime::streams::Stream;
use hetc_runtime::{Loss, Optimiser, TrainConfig};
use std::fs;
use std::path::Path;

/// More than are asked about.
const IMAGES: usize = SAMPLES + 30;
const ROWS: usize = 4;
const COLUMNS: usize = 5;
const SIZE: usize = ROWS * COLUMNS * 3;

fn noise(count: usize, name: &str) -> Vec<u8> {
    let mut stream = Stream::new(6, name, &[]);
    (0..count).map(|_| stream.below(256) as u8).collect()
}

/// Noise in two classes.
fn test_split() -> Dataset {
    let labels = noise(IMAGES, "labels").into_iter().map(|byte| u16::from(byte % 2)).collect();
    data(vec![3, ROWS, COLUMNS], Pixels::Bytes(noise(IMAGES * SIZE, "clean")), Targets::Classes(labels), Task::Classes(2))
}

fn labels() -> Vec<u8> {
    test_split().test.targets.classes().unwrap().iter().map(|label| *label as u8).collect()
}

/// What every pixel weighs for the second class, `[channels, rows, columns]`; it has no bias.
fn weighed() -> Vec<f32> {
    numbers(SIZE, "weighed")
}

/// A network of these weights.
fn judge() -> (Plan, Weights) {
    let (plan, weighed) = (plan("net n {\n input 3x4x5\n dense 2\n}\n"), weighed());
    let own = weights(&plan, |name, index| match name {
        "dense1.weight" if index >= SIZE => weighed[index - SIZE],
        _ => 0.0,
    });
    (plan, own)
}

/// The images of one kind of corruption, as they are published.
fn images(kind: Kind) -> Vec<u8> {
    noise(SEVERITIES * IMAGES * SIZE, kind.name())
}

/// A file of NumPy's, version 1 or 2: its numbers begin at a multiple of 64 bytes.
fn npy(version: u8, header: &str, numbers: &[u8]) -> Vec<u8> {
    let prefix = if version == 1 { 10 } else { 12 };
    let length = (prefix + header.len() + 1).next_multiple_of(64) - prefix;
    let bytes = (length as u32).to_le_bytes();
    let padded = format!("{header:<width$}\n", width = length - 1);
    [b"\x93NUMPY", &[version, 0][..], &bytes[..prefix - 8], padded.as_bytes(), numbers].concat()
}

fn header(kind: &str, fortran: &str, shape: &str) -> String {
    format!("{{'descr': '{kind}', 'fortran_order': {fortran}, 'shape': {shape}, }}")
}

fn good() -> String {
    header("|u1", "False", &format!("({}, {ROWS}, {COLUMNS}, 3)", SEVERITIES * IMAGES))
}

fn write_labels(folder: &Path) {
    let file = npy(1, &header("|u1", "False", &format!("({},)", SEVERITIES * IMAGES)), &labels().repeat(SEVERITIES));
    fs::write(folder.join("labels.npy"), file).unwrap();
}

fn endured(folder: &Path) -> Result<Endured, Stop> {
    let (plan, own) = judge();
    find(&Corruptions::new(Some(folder.into())), &plan, &own, &test_split(), Loss::CrossEntropy)
}

/// The places in the test split that are asked about.
fn asked() -> Vec<usize> {
    let config = TrainConfig::of(vec![Stage::new(1, 10, Optimiser::adam(0.1))]);
    Sample::new(&judge().0, &test_split(), &config, SAMPLES).unwrap().indices
}

#[test]
fn severities_samples_and_channels_are_where_they_are_published() {
    let folder = tempfile::tempdir().unwrap();
    let (asked, labels, weighed) = (asked(), labels(), weighed());
    assert!(asked.len() == SAMPLES && asked[SAMPLES - 1] >= SAMPLES, "some images between them are not asked about");
    let pixel = |channel: usize, row: usize, column: usize| weighed[(channel * ROWS + row) * COLUMNS + column];
    let mut expected = Vec::new();
    for (number, kind) in Kind::ALL.into_iter().enumerate() {
        let bytes = images(kind);
        fs::write(folder.path().join(format!("{}.npy", kind.name())), npy(1 + number as u8 % 2, &good(), &bytes)).unwrap();
        let wrong = |severity: usize| {
            let second = |image: usize| {
                let at = |place: usize| f32::from(bytes[((severity * IMAGES + image) * ROWS * COLUMNS) * 3 + place]);
                let places = (0..ROWS).flat_map(|row| (0..COLUMNS).map(move |column| (row, column)));
                let sum =
                    |(row, column)| (0..3).map(|c| at((row * COLUMNS + column) * 3 + c) * pixel(c, row, column)).sum::<f32>();
                u8::from(places.map(sum).sum::<f32>() > 0.0)
            };
            asked.iter().filter(|image| second(**image) != labels[**image]).count()
        };
        expected.push((0..SEVERITIES).map(wrong).collect::<Vec<_>>());
    }
    let without = Corruptions::new(Some(folder.path().into())).settings();
    assert!(endured(folder.path()).unwrap_err().to_string().contains("labels.npy"), "labels are needed");
    write_labels(folder.path());
    assert_ne!(Corruptions::new(Some(folder.path().into())).settings(), without, "findings are of these files");
    let found = endured(folder.path()).unwrap();
    let count = |errors: &Vec<f64>| errors.iter().map(|part| (part * SAMPLES as f64).round() as usize).collect();
    assert!(found.published && found.samples == SAMPLES);
    assert_eq!(found.corrupted.iter().map(count).collect::<Vec<Vec<usize>>>(), expected);
}

#[test]
fn files_of_another_layout_are_refused() {
    let (bytes, rows) = (images(Kind::ALL[0]), SEVERITIES * IMAGES);
    let shaped = |shape: String| npy(1, &header("|u1", "False", &shape), &bytes);
    let one = format!("({IMAGES}, {ROWS}, {COLUMNS}, 3)");
    let cases = [
        (npy(1, &good().replace("False", "True"), &bytes), "has its columns one after the other"),
        (npy(2, &good(), &bytes[..bytes.len() - 1]), "has 26999 bytes of numbers, expected 27000"),
        (npy(1, &good(), &bytes)[..40].to_vec(), "is no `.npy` array"),
        (b"PK".to_vec(), "is no `.npy` array"),
        (npy(1, &good().replace("|u1", "|i1"), &bytes), "holds other numbers than bytes"),
        (shaped(format!("({rows}, 3, {ROWS}, {COLUMNS})")), "has the shape `[450, 3, 4, 5]`, expected [450, 4, 5, 3]"),
        (
            npy(1, &header("|u1", "False", &one), &bytes[..IMAGES * SIZE]),
            "has the shape `[90, 4, 5, 3]`, expected [450, 4, 5, 3]",
        ),
    ];
    for (file, said) in cases {
        let folder = tempfile::tempdir().unwrap();
        write_labels(folder.path());
        fs::write(folder.path().join(format!("{}.npy", Kind::ALL[0].name())), file).unwrap();
        let refused = endured(folder.path()).unwrap_err();
        let why = refused.to_string();
        assert!(matches!(refused, Stop::Error(_)) && why.contains(said) && why.contains(Kind::ALL[0].name()), "{why}");
    }
}

#[test]
fn labels_of_another_set_are_refused() {
    let (labels, asked) = (labels(), asked());
    let mut other = labels.repeat(SEVERITIES);
    other[3 * IMAGES + asked[7]] ^= 1;
    let sorted_by_image: Vec<u8> = labels.iter().flat_map(|label| [*label; SEVERITIES]).collect();
    let cases = [
        (other, format!("has other labels than the test split, where sample {} has label {}", asked[7], labels[asked[7]])),
        (sorted_by_image, "has other labels than the test split".to_string()),
        (labels, "has the shape `[90]`, expected [450]".to_string()),
    ];
    for (bytes, said) in cases {
        let folder = tempfile::tempdir().unwrap();
        let file = npy(1, &header("|u1", "False", &format!("({},)", bytes.len())), &bytes);
        fs::write(folder.path().join("labels.npy"), file).unwrap();
        let why = endured(folder.path()).unwrap_err().to_string();
        assert!(why.contains(&said), "{why}");
    }
}
