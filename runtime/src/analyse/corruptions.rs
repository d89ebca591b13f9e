//! Errors on corrupted images: the 15 corruptions of CIFAR-10-C at five severities (Hendrycks and Dietterich 2019; Yoon et al. 2021, Fig. 9).

use super::{Measure, Opened, Sample, Stop, number};
use crate::digest::bytes_hash;
use crate::error::TrainError;
use hetc_analysis::corruption::{Errors, Image, Kind, corrupt};
use hetc_data::{DataError, arrays};
use serde::{Deserialize, Serialize};
use std::cell::OnceCell;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Severities.
pub const SEVERITIES: usize = 5;
/// Samples that go through a network at once.
const BATCH: usize = 256;
/// Names the draws of corruptions.
const SEED: u64 = 0;
/// The published labels.
const LABELS: &str = "labels.npy";
/// Bytes by which published files are told apart.
const BEGINNING: u64 = 1 << 16;

/// Images as corruptions leave them, made here or published.
#[derive(Debug, Default)]
pub struct Corruptions {
    /// The folder of the published files of CIFAR-10-C; without it images are corrupted here.
    pub published: Option<PathBuf>,
    /// For each corruption and severity the images' bytes, `[samples, channels, rows, columns]`: the same for every network.
    images: OnceCell<Vec<Vec<u8>>>,
}

impl Corruptions {
    /// Made here, or out of `published`.
    pub fn new(published: Option<PathBuf>) -> Self {
        Self { published, images: OnceCell::new() }
    }

    fn images(&self, sample: &Sample, tell: &mut dyn FnMut(f64) -> bool) -> Result<&[Vec<u8>], Stop> {
        if self.images.get().is_none() {
            if let Some(folder) = &self.published {
                same_labels(&folder.join(LABELS), sample)?;
            }
            let mut images = Vec::new();
            for (number, kind) in Kind::ALL.into_iter().enumerate() {
                images.extend(match &self.published {
                    Some(folder) => published(&folder.join(file(kind)), sample)?,
                    None => made(kind, sample)?,
                });
                if !tell((number + 1) as f64 / Kind::ALL.len() as f64) {
                    return Err(Stop::Asked);
                }
            }
            // Nobody else fills it: it is not shared.
            let _ = self.images.set(images);
        }
        Ok(self.images.get().map_or(&[], Vec::as_slice))
    }
}

/// A network's errors, as parts of the images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Endured {
    /// Images.
    pub samples: usize,
    /// Whether the images are the published ones.
    pub published: bool,
    /// On images as they are.
    pub clean: f64,
    /// `[corruption][severity]`, corruptions in the order of [`Kind::ALL`].
    pub corrupted: Vec<Vec<f64>>,
}

impl Endured {
    /// As a table of errors.
    pub fn errors(&self) -> Errors {
        Errors { clean: self.clean, corrupted: self.corrupted.clone() }
    }
}

impl Measure for Corruptions {
    type Finding = Endured;

    fn name(&self) -> &'static str {
        "corruptions"
    }

    fn settings(&self) -> serde_json::Value {
        match &self.published {
            Some(folder) => serde_json::json!({ "images": "published", "files": fingerprint(folder) }),
            None => serde_json::json!({ "images": "made", "seed": SEED }),
        }
    }

    fn find(&self, network: &mut Opened, tell: &mut dyn FnMut(f64) -> bool) -> Result<Endured, Stop> {
        let sample = network.sample;
        if sample.classes.is_none() || sample.bytes.is_none() || sample.axes.first() != Some(&3) {
            return Err(Stop::Without("corruptions need images of three channels, with classes".to_string()));
        }
        let images = self.images(sample, &mut |part| tell(0.5 * part))?;
        let clean = error(network, &sample.inputs);
        let mut corrupted = vec![Vec::new(); Kind::ALL.len()];
        for (number, bytes) in images.iter().enumerate() {
            let inputs = sample.prepared(bytes);
            corrupted[number / SEVERITIES].push(error(network, &inputs));
            if !tell(0.5 + 0.5 * (number + 1) as f64 / images.len() as f64) {
                return Err(Stop::Asked);
            }
        }
        Ok(Endured { samples: sample.len(), published: self.published.is_some(), clean, corrupted })
    }

    fn head(&self) -> Vec<&'static str> {
        vec!["corruption", "severity", "error"]
    }

    fn rows(&self, found: &Endured) -> Vec<Vec<String>> {
        let row = |name: &str, severity: usize, error: f64| vec![name.to_string(), severity.to_string(), number(error)];
        let mut rows = vec![row("none", 0, found.clean)];
        for (kind, errors) in Kind::ALL.into_iter().zip(&found.corrupted) {
            rows.extend(errors.iter().enumerate().map(|(severity, error)| row(kind.name(), severity + 1, *error)));
        }
        rows
    }
}

/// The part of the samples that the network gets wrong.
fn error(network: &mut Opened, inputs: &[f32]) -> f64 {
    let (sample, width) = (network.sample, network.plan.input.elements());
    let mut right = 0;
    for (number, batch) in inputs.chunks(BATCH * width).enumerate() {
        let logits = network.probe.values(&network.weights, batch, network.look, &[], &[], |_| ());
        let first = number * BATCH;
        right += network.loss.score(&logits, sample.targets.part(first..first + batch.len() / width)).correct;
    }
    1.0 - right as f64 / sample.len() as f64
}

/// All severities of one corruption.
fn made(kind: Kind, sample: &Sample) -> Result<Vec<Vec<u8>>, Stop> {
    let (Some(bytes), &[3, rows, columns]) = (&sample.bytes, &sample.axes[..]) else { return Ok(Vec::new()) };
    let area = rows * columns;
    let one = |severity: usize| {
        let mut all = Vec::with_capacity(bytes.len());
        for (own, index) in bytes.chunks_exact(3 * area).zip(&sample.indices) {
            let pixels: Vec<u8> = (0..3 * area).map(|at| own[at % 3 * area + at / 3]).collect();
            let image = Image { pixels: &pixels, rows, columns };
            let changed =
                corrupt(image, kind, severity, SEED, *index as u64).map_err(|error| Stop::Without(error.to_string()))?;
            all.extend(channels_first(&changed));
        }
        Ok(all)
    };
    (1..=SEVERITIES).map(one).collect()
}

fn file(kind: Kind) -> String {
    format!("{}.npy", kind.name())
}

/// Of the beginnings and lengths of the published files.
fn fingerprint(folder: &Path) -> String {
    let mut beginnings = Vec::new();
    for name in Kind::ALL.into_iter().map(file).chain([LABELS.to_string()]) {
        let Ok(file) = File::open(folder.join(name)) else { continue };
        let length = file.metadata().map_or(0, |metadata| metadata.len());
        beginnings.extend(length.to_le_bytes());
        // What cannot be read is refused when it is needed.
        _ = file.take(BEGINNING).read_to_end(&mut beginnings);
    }
    bytes_hash(&beginnings)
}

/// The same out of a published file: the whole test split at the first severity, then at the others, `[images, rows, columns, 3]`.
fn published(path: &Path, sample: &Sample) -> Result<Vec<Vec<u8>>, Stop> {
    let [_, rows, columns] = sample.axes[..] else { return Ok(Vec::new()) };
    let (size, bytes) = (3 * rows * columns, array(path, &[SEVERITIES * sample.split, rows, columns, 3])?);
    let one = |severity: usize| {
        let images = sample.indices.iter().map(|index| &bytes[(severity * sample.split + index) * size..][..size]);
        images.flat_map(channels_first).collect()
    };
    Ok((0..SEVERITIES).map(one).collect())
}

/// Published labels are those of the test split, as often as there are severities. Others tell of images of another set: CIFAR-100-C has
/// files of the same names and sizes.
fn same_labels(path: &Path, sample: &Sample) -> Result<(), Stop> {
    let found = array(path, &[SEVERITIES * sample.split])?;
    let place = |severity: usize, index: usize| usize::from(found[severity * sample.split + index]);
    let mut own = sample.indices.iter().zip(sample.labels());
    match own.find(|(index, label)| (0..SEVERITIES).any(|severity| place(severity, **index) != *label)) {
        None => Ok(()),
        Some((index, label)) => Err(refused(DataError::Array {
            path: path.to_path_buf(),
            reason: format!("has other labels than the test split, where sample {index} has label {label}"),
        })),
    }
}

/// The bytes of a file that has this shape.
fn array(path: &Path, expected: &[usize]) -> Result<Vec<u8>, Stop> {
    let (shape, bytes) = arrays::bytes(path).map_err(refused)?;
    match shape == expected {
        true => Ok(bytes),
        false => Err(refused(DataError::ArrayShape {
            path: path.to_path_buf(),
            found: format!("{shape:?}"),
            expected: format!("{expected:?}"),
        })),
    }
}

fn refused(error: DataError) -> Stop {
    Stop::Error(TrainError::Data(error))
}

fn channels_first(pixels: &[u8]) -> Vec<u8> {
    let area = pixels.len() / 3;
    (0..pixels.len()).map(|at| pixels[at % area * 3 + at / area]).collect()
}
