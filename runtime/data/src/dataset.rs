//! A data set in memory, and the way from its samples to the numbers a network sees.

use crate::{Normalise, Targets, Task};

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
/// outside the image is zero, before or after normalisation. A random crop with padding `p` draws both from `-p..=p`.
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

    /// The samples at `indices`, in that order; each has `size` values.
    ///
    /// # Panics
    /// If an index is out of range.
    pub fn choose(&self, indices: &[usize], size: usize) -> Split {
        fn rows<T: Copy>(from: &[T], indices: &[usize], size: usize) -> Vec<T> {
            indices.iter().flat_map(|&index| &from[index * size..][..size]).copied().collect()
        }
        let inputs = match &self.inputs {
            Pixels::Bytes(bytes) => Pixels::Bytes(rows(bytes, indices, size)),
            Pixels::Floats(floats) => Pixels::Floats(rows(floats, indices, size)),
        };
        let mut targets = Targets::default();
        targets.choose(&self.targets, indices);
        Split { inputs, targets }
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
        assert_eq!(normalise.channels.len(), planes.channels, "the normalisation has another number of channels than the set");
        for (place, (&index, out)) in indices.iter().zip(out.chunks_exact_mut(size)).enumerate() {
            let view = views.get(place).copied().unwrap_or_default();
            let range = index * size..(index + 1) * size;
            for (channel, (to, from)) in out.chunks_exact_mut(planes.len()).zip(range.step_by(planes.len())).enumerate() {
                let numbers = &normalise.channels[channel];
                match &self.split(part).inputs {
                    Pixels::Bytes(bytes) => {
                        planes.write(&bytes[from..][..planes.len()], |byte| numbers.of_byte(byte), view, numbers.outside, to);
                    }
                    Pixels::Floats(floats) => {
                        planes.write(&floats[from..][..planes.len()], |x| numbers.of(x), view, numbers.outside, to);
                    }
                }
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
    /// The values of one channel.
    fn len(self) -> usize {
        self.rows * self.columns
    }

    /// Writes one channel as `view` sees it; `outside` stands where there is no image.
    fn write<T: Copy>(self, from: &[T], value: impl Fn(T) -> f32, view: View, outside: f32, to: &mut [f32]) {
        // The columns of the window that lie on the image, and where they lie there.
        let inside = overlap(view.dx, self.columns);
        let first = (inside.start as i64 + i64::from(view.dx)) as usize;
        for (row, to) in to.chunks_exact_mut(self.columns).enumerate() {
            let Some(row) = row.checked_add_signed(view.dy as isize).filter(|&row| row < self.rows && !inside.is_empty()) else {
                to.fill(outside);
                continue;
            };
            let from = &from[row * self.columns..][..self.columns];
            to[..inside.start].fill(outside);
            to[inside.end..].fill(outside);
            let to = &mut to[inside.clone()];
            if view.flip {
                let from = &from[self.columns - first - to.len()..][..to.len()];
                to.iter_mut().zip(from.iter().rev()).for_each(|(to, &from)| *to = value(from));
            } else {
                to.iter_mut().zip(&from[first..]).for_each(|(to, &from)| *to = value(from));
            }
        }
    }
}

/// Which of `len` places of a window shifted by `shift` lie within `0..len`.
fn overlap(shift: i32, len: usize) -> std::ops::Range<usize> {
    let (shift, len) = (i64::from(shift), len as i64);
    let (start, end) = ((-shift).clamp(0, len), (len - shift).clamp(0, len));
    start as usize..end as usize
}
