//! A data set in memory, and the way from its samples to the numbers a network sees.

use crate::{DataError, Targets, Task};

/// A data set: a training, perhaps a validation, and a test split of samples of one shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// The name it was asked for by, such as `cifar10`.
    pub name: String,
    /// What is trained on.
    pub train: Split,
    /// What decides when to stop and what to keep; often empty.
    pub validation: Split,
    /// What is only measured on.
    pub test: Split,
    /// What is to be found for a sample; classes are below its number of them.
    pub task: Task,
    /// The shape of a sample: `[40]`, `[1, 28, 28]` or `[3, 32, 32]` (channels, rows, columns).
    pub sample: Vec<usize>,
    /// What it is in words, for tables.
    pub source: String,
}

/// Samples and their targets.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Split {
    /// The samples, one after the other, each in row-major order.
    pub inputs: Pixels,
    /// One a sample.
    pub targets: Targets,
}

impl Default for Pixels {
    fn default() -> Self {
        Pixels::Floats(Vec::new())
    }
}

/// How samples are stored.
#[derive(Debug, Clone, PartialEq)]
pub enum Pixels {
    /// Image bytes; 255 stands for 1.
    Bytes(Vec<u8>),
    /// Numbers used as they are.
    Floats(Vec<f32>),
}

/// Which split of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The training split.
    Train,
    /// The validation split.
    Validation,
    /// The test split.
    Test,
}

/// How one sample is looked at: the outcome of the random draws of augmentation, made by the caller.
///
/// The image is flipped first, then a window of its own size is cut out whose top left corner lies at (`dy`, `dx`); what lies
/// outside the image is zero before normalisation. A random crop with padding `p` draws both from `-p..=p`.
/// A sample of shape `[n]` is an image of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct View {
    /// Mirror the columns.
    pub flip: bool,
    /// The first row of the window.
    pub dy: i32,
    /// The first column of the window.
    pub dx: i32,
}

/// The mean and standard deviation of each channel, for samples scaled to 0 to 1: `x` becomes `(x - mean) / std`.
#[derive(Debug, Clone, PartialEq)]
pub struct Normalise {
    mean: Vec<f32>,
    std: Vec<f32>,
}

impl Split {
    /// The number of samples.
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// Whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// How many samples each of `classes` classes has; zeros if the targets are no classes.
    pub fn histogram(&self, classes: usize) -> Vec<usize> {
        let mut counts = vec![0; classes];
        for &label in self.targets.classes().unwrap_or_default() {
            counts[usize::from(label)] += 1;
        }
        counts
    }
}

impl Normalise {
    /// Means and standard deviations for `channels` channels.
    pub fn new(mean: &[f32], std: &[f32], channels: usize) -> Result<Self, DataError> {
        check_list("mean", mean, channels, f32::is_finite)?;
        check_list("std", std, channels, |x| x.is_finite() && x > 0.0)?;
        Ok(Self { mean: mean.to_vec(), std: std.to_vec() })
    }

    /// Leaves samples as they are.
    pub fn none(channels: usize) -> Self {
        Self { mean: vec![0.0; channels], std: vec![1.0; channels] }
    }
}

fn check_list(list: &'static str, numbers: &[f32], channels: usize, usable: impl Fn(f32) -> bool) -> Result<(), DataError> {
    if numbers.len() != channels {
        return Err(DataError::Channels { list, expected: channels, found: numbers.len() });
    }
    match numbers.iter().position(|&x| !usable(x)) {
        Some(channel) => Err(DataError::Normalisation { list, channel, found: numbers[channel] }),
        None => Ok(()),
    }
}

impl Dataset {
    /// One of the splits.
    pub fn split(&self, part: Part) -> &Split {
        match part {
            Part::Train => &self.train,
            Part::Validation => &self.validation,
            Part::Test => &self.test,
        }
    }

    /// The number of values in a sample.
    pub fn sample_len(&self) -> usize {
        self.sample.iter().product()
    }

    /// The number of channels: 1 for samples that are not images.
    pub fn channels(&self) -> usize {
        self.planes().channels
    }

    /// Writes the samples at `indices` into `out`, one after the other: looked at through `views`, scaled to 0 to 1, normalised.
    ///
    /// `views` holds one view a sample, or nothing to take samples as they are.
    ///
    /// # Panics
    /// If `out` is not `indices.len() * sample_len()` long, if `views` is neither empty nor as long as `indices`, if an index is out
    /// of range, or if `normalise` was made for another number of channels.
    pub fn write_batch(&self, part: Part, indices: &[usize], normalise: &Normalise, views: &[View], out: &mut [f32]) {
        let (planes, size) = (self.planes(), self.sample_len());
        assert_eq!(out.len(), indices.len() * size, "the buffer holds another number of values than the batch");
        assert!(
            views.is_empty() || views.len() == indices.len(),
            "there are {} views for {} samples",
            views.len(),
            indices.len()
        );
        assert_eq!(normalise.mean.len(), planes.channels, "the normalisation has another number of channels than the set");
        for (place, (&index, out)) in indices.iter().zip(out.chunks_exact_mut(size)).enumerate() {
            let view = views.get(place).copied().unwrap_or_default();
            let range = index * size..(index + 1) * size;
            match &self.split(part).inputs {
                Pixels::Bytes(bytes) => planes.write(&bytes[range], |b| f32::from(b) / 255.0, view, normalise, out),
                Pixels::Floats(floats) => planes.write(&floats[range], |x| x, view, normalise, out),
            }
        }
    }

    fn planes(&self) -> Planes {
        match *self.sample.as_slice() {
            [channels, rows, columns] => Planes { channels, rows, columns },
            _ => Planes { channels: 1, rows: 1, columns: self.sample_len() },
        }
    }
}

/// A sample as channels of rows of columns.
#[derive(Clone, Copy)]
struct Planes {
    channels: usize,
    rows: usize,
    columns: usize,
}

impl Planes {
    fn write<T: Copy + Default>(
        self,
        sample: &[T],
        scale: impl Fn(T) -> f32,
        view: View,
        normalise: &Normalise,
        out: &mut [f32],
    ) {
        let plane = self.rows * self.columns;
        for channel in 0..self.channels {
            let (mean, std) = (normalise.mean[channel], normalise.std[channel]);
            let (from, to) = (&sample[channel * plane..][..plane], &mut out[channel * plane..][..plane]);
            for (row, to) in to.chunks_exact_mut(self.columns).enumerate() {
                let from = inside(row, view.dy, self.rows).map(|row| &from[row * self.columns..][..self.columns]);
                for (column, to) in to.iter_mut().enumerate() {
                    let value = from.and_then(|from| self.pixel(from, column, view)).unwrap_or_default();
                    *to = (scale(value) - mean) / std;
                }
            }
        }
    }

    fn pixel<T: Copy>(self, row: &[T], column: usize, view: View) -> Option<T> {
        let column = inside(column, view.dx, self.columns)?;
        Some(row[if view.flip { self.columns - 1 - column } else { column }])
    }
}

/// Position `at` of a window shifted by `shift`, if it lies within `0..len`.
fn inside(at: usize, shift: i32, len: usize) -> Option<usize> {
    at.checked_add_signed(shift as isize).filter(|&place| place < len)
}
