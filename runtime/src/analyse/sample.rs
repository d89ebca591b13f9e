//! Samples that networks are asked about.

use crate::batches::{Batch, Batches};
use crate::config::TrainConfig;
use crate::digest::test_hash;
use crate::error::TrainError;
use hetc_compiler::plan::Plan;
use hetc_data::{Dataset, Normalise, Part, Pixels, Targets, portions};

/// The seed of the choice of samples.
const CHOICE: u32 = 0;

/// Samples of the test split, as many of each class as there can be, prepared as for training.
#[derive(Debug, Clone)]
pub struct Sample {
    /// What it is, for files: fingerprint of the test split, and how many samples.
    pub identity: String,
    /// Which of the test split, in rising order.
    pub indices: Vec<usize>,
    /// Samples of the whole test split.
    pub split: usize,
    /// `[samples, inputs]`
    pub inputs: Vec<f32>,
    /// What is to be found.
    pub targets: Targets,
    /// How many classes there are, if any.
    pub classes: Option<usize>,
    /// What became of the samples on their way.
    pub normalise: Normalise,
    /// The images' bytes, `[samples, inputs]`, if that is what they are.
    pub bytes: Option<Vec<u8>>,
    /// Sizes along the axes of one sample.
    pub axes: Vec<usize>,
}

impl Sample {
    /// `count` samples (all, if there are fewer) of the test split of `data`; always the same ones.
    pub fn new(plan: &Plan, data: &Dataset, config: &TrainConfig, count: usize) -> Result<Self, TrainError> {
        let batches = Batches::new(plan, data, config)?;
        let classes = data.task.classes();
        let indices = portions::balanced(&data.test, classes, count.min(data.test.len()), CHOICE);
        let mut batch = Batch::default();
        batches.plain(Part::Test, &indices, &mut batch);
        let identity = format!("{}, {} test samples", test_hash(data), indices.len());
        let normalise = batches.normalise().clone();
        let bytes = match data.test.choose(&indices, data.sample_len()).inputs {
            Pixels::Bytes(bytes) => Some(bytes),
            Pixels::Floats(_) => None,
        };
        let axes = data.sample.clone();
        let split = data.test.len();
        Ok(Self { identity, indices, split, inputs: batch.input, targets: batch.targets, classes, normalise, bytes, axes })
    }

    /// Samples.
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// Inputs and targets of the first `count`, or of all if there are fewer.
    pub fn first(&self, count: usize) -> (&[f32], Targets) {
        let count = count.min(self.len());
        let mut targets = Targets::default();
        targets.choose(&self.targets, &(0..count).collect::<Vec<_>>());
        (&self.inputs[..self.inputs.len() / self.len().max(1) * count], targets)
    }

    /// The images in pixel units, 0 to 1; nothing if samples are no images.
    pub fn pixels(&self) -> Option<Vec<f32>> {
        self.bytes.as_ref().map(|bytes| bytes.iter().map(|byte| f32::from(*byte) / 255.0).collect())
    }

    /// Other bytes of images, as many, prepared as the samples are.
    pub fn prepared(&self, bytes: &[u8]) -> Vec<f32> {
        let size = self.axes.iter().product::<usize>().max(1);
        let mut inputs: Vec<f32> = bytes.iter().map(|byte| f32::from(*byte) / 255.0).collect();
        inputs.chunks_exact_mut(size).for_each(|sample| self.normalise.apply(sample));
        inputs
    }

    /// The class of each; empty where numbers are to be found.
    pub fn labels(&self) -> Vec<usize> {
        self.targets.classes().unwrap_or_default().iter().map(|class| usize::from(*class)).collect()
    }
}
