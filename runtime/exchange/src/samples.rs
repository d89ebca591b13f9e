//! What a network is to look at: arrays and image files as samples of its input's shape.
//!
//! Bytes stand for 0 to 1, as in the data sets; other numbers are taken as they are.

mod csv;
mod npy;
mod picture;

use crate::tensors;
use hetc_compiler::shape::Shape;
use std::fmt;
use std::path::{Path, PathBuf};

/// Samples, one after the other, in the order of the network's input.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Samples {
    /// All numbers.
    pub numbers: Vec<f32>,
    /// What each sample is called: its file, with its number (from 0) where the file has several.
    pub names: Vec<String>,
}

/// Numbers with sizes along axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// Sizes along its axes, outermost first.
    pub shape: Vec<usize>,
    /// In row-major order.
    pub numbers: Vec<f32>,
}

/// Why a file holds no samples for a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoSamples {
    /// The file.
    pub file: PathBuf,
    /// What is wrong, in words.
    pub reason: String,
}

/// The samples in `file`, for a network that takes `input`: `.npy`, `.safetensors` (its only tensor, or the one called `input`), `.csv`
/// (a line a sample), PNG or JPEG. An array is one sample, or several along its first axis.
pub fn read(file: &Path, input: &Shape) -> Result<Samples, NoSamples> {
    let refuse = |reason: String| NoSamples { file: file.into(), reason };
    let bytes = std::fs::read(file).map_err(|error| refuse(error.to_string()))?;
    let extension = file.extension().map(|extension| extension.to_string_lossy().to_lowercase()).unwrap_or_default();
    let array = match extension.as_str() {
        "npy" => npy::read(&bytes),
        "safetensors" => tensor(&bytes),
        "csv" => csv::read(&bytes),
        "png" | "jpg" | "jpeg" => picture::read(&bytes, input),
        _ => Err("it is no .npy, .safetensors, .csv, .png or .jpg".to_string()),
    };
    samples(array.map_err(refuse)?, file, input).map_err(refuse)
}

/// An array as samples.
fn samples(array: Array, file: &Path, input: &Shape) -> Result<Samples, String> {
    let (size, axes) = (input.elements(), &array.shape);
    let found: Vec<String> = axes.iter().map(usize::to_string).collect();
    let found = if found.is_empty() { "one number".to_string() } else { format!("an array of {}", found.join("x")) };
    // Of equal axes, or of as many values for a vector: what the data sets allow as well.
    let fits = |axes: &[usize]| {
        axes == input.axes() || (axes.len() == 1 || input.spatial().is_none()) && axes.iter().product::<usize>() == size
    };
    if let Some(place) = array.numbers.iter().position(|number| !number.is_finite()) {
        return Err(format!("number {place} (from 0) is not finite"));
    }
    let name = file.display().to_string();
    let names = match axes.split_first() {
        _ if fits(axes) => vec![name],
        Some((count, sample)) if fits(sample) && *count > 0 => (0..*count).map(|number| format!("{name}[{number}]")).collect(),
        _ => return Err(format!("it holds {found}, and the network takes {input}")),
    };
    Ok(Samples { numbers: array.numbers, names })
}

fn tensor(bytes: &[u8]) -> Result<Array, String> {
    let mut tensors = tensors::read(bytes)?;
    let name = match tensors.len() {
        1 => tensors.keys().next().cloned().unwrap_or_default(),
        _ => "input".to_string(),
    };
    let tensor = tensors.remove(&name).ok_or("it holds several tensors, and none is called `input`")?;
    let numbers = tensor.numbers.ok_or_else(|| format!("`{name}` holds numbers of type {}", tensor.kind))?;
    Ok(Array { shape: tensor.shape, numbers })
}

impl Samples {
    /// The samples of several files, one after the other.
    pub fn join(mut self, other: Samples) -> Samples {
        self.numbers.extend(other.numbers);
        self.names.extend(other.names);
        self
    }

    /// Subtracts a mean and divides by a standard deviation, one of each a channel.
    pub fn normalise(&mut self, mean: &[f32], std: &[f32]) {
        let sample = self.numbers.len() / self.names.len().max(1);
        let plane = (sample / mean.len().max(1)).max(1);
        for sample in self.numbers.chunks_mut(sample.max(1)) {
            for ((plane, mean), std) in sample.chunks_mut(plane).zip(mean).zip(std) {
                plane.iter_mut().for_each(|number| *number = (*number - mean) / std);
            }
        }
    }
}

impl fmt::Display for NoSamples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot take samples from `{}`: {}", self.file.display(), self.reason)
    }
}

impl std::error::Error for NoSamples {}
