//! Reads a whole set and says what is in it.

use crate::{
    DataError, Dataset, Part, Pixels,
    registry::{self, FileFacts, KnownSet, Places, Provenance},
};
use std::path::{Path, PathBuf};

/// What is in a set.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// The set.
    pub set: &'static KnownSet,
    /// Where it lies; nothing for a generated set.
    pub folder: Option<PathBuf>,
    /// Its files.
    pub files: Vec<FileFacts>,
    /// Whether they are the published ones.
    pub provenance: Provenance,
    /// What it is in words, for tables.
    pub source: String,
    /// The training split.
    pub train: SplitFacts,
    /// The test split.
    pub test: SplitFacts,
    /// The channels of the training split, scaled to 0 to 1.
    pub channels: Vec<ChannelFacts>,
}

/// What is in a split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitFacts {
    /// The number of samples.
    pub samples: usize,
    /// The number of samples of the published set.
    pub expected: usize,
    /// The number of samples of each class.
    pub histogram: Vec<usize>,
}

/// The values of a channel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChannelFacts {
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation, dividing by their number.
    pub sd: f64,
}

/// Reads a set from where [`registry::load`] would find it.
pub fn check(name: &str, folder: Option<&Path>, places: &Places) -> Result<Check, DataError> {
    let set = registry::find(name)?;
    let loaded = registry::read(set, folder, places)?;
    let data = &loaded.dataset;
    Ok(Check {
        set,
        folder: loaded.folder,
        files: loaded.files,
        provenance: loaded.provenance,
        train: split_facts(data, Part::Train, set.train),
        test: split_facts(data, Part::Test, set.test),
        channels: channel_facts(data),
        source: loaded.dataset.source,
    })
}

fn split_facts(data: &Dataset, part: Part, expected: usize) -> SplitFacts {
    let split = data.split(part);
    SplitFacts { samples: split.len(), expected, histogram: split.histogram(data.task.outputs()) }
}

/// The mean and standard deviation of each channel of the training split.
pub fn channel_facts(data: &Dataset) -> Vec<ChannelFacts> {
    let plane = data.sample_len() / data.channels();
    let mut sums = vec![Sums::default(); data.channels()];
    match &data.train.inputs {
        Pixels::Bytes(bytes) => add(&mut sums, bytes, plane, |&byte| f64::from(byte) / 255.0),
        Pixels::Floats(floats) => add(&mut sums, floats, plane, |&x| f64::from(x)),
    }
    sums.into_iter().map(Sums::facts).collect()
}

fn add<T>(sums: &mut [Sums], values: &[T], plane: usize, scale: impl Fn(&T) -> f64) {
    for (at, values) in values.chunks_exact(plane).enumerate() {
        let sums = &mut sums[at % sums.len()];
        sums.count += plane as f64;
        for x in values.iter().map(&scale) {
            sums.values += x;
            sums.squares += x * x;
        }
    }
}

#[derive(Clone, Default)]
struct Sums {
    count: f64,
    values: f64,
    squares: f64,
}

impl Sums {
    fn facts(self) -> ChannelFacts {
        let mean = self.values / self.count;
        ChannelFacts { mean, sd: (self.squares / self.count - mean * mean).max(0.0).sqrt() }
    }
}
