//! From a data set to a network's inputs: order, augmentation, normalisation.

use crate::config::TrainConfig;
use crate::error::TrainError;
use crate::streams::Stream;
use hetc_compiler::plan::Plan;
use hetc_compiler::shape::Shape;
use hetc_data::{Dataset, Normalise, Part, Prepared, Step, Targets, View};

/// Whole samples with their targets.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Batch {
    /// One sample after the other, each in the order of the network's input.
    pub input: Vec<f32>,
    /// One a sample.
    pub targets: Targets,
}

/// A data set as one network is to see it.
pub struct Batches<'a> {
    data: &'a Dataset,
    prepared: Prepared,
}

/// Why a data set does not suit a network or the settings.
#[derive(Debug, Clone, PartialEq)]
pub enum Misfit {
    /// A sample is not what the network takes.
    Input,
    /// The network's outputs are not one a class.
    Output,
    /// A normalisation has another number of means than a sample has channels.
    Channels {
        /// How many values there are.
        given: usize,
    },
    /// `flip` or `crop` for samples that are no images.
    NoImages {
        /// Which of them.
        setting: &'static str,
    },
}

/// Everything about `data` that does not suit `plan` and `config`. A network of vectors takes maps of as many values, channels
/// outermost; a network of maps takes maps of its own shape, or vectors of as many values.
pub fn misfits(plan: &Plan, data: &Dataset, config: &TrainConfig) -> Vec<Misfit> {
    let flat = data.sample.len() == 1 || plan.input.spatial().is_none();
    let fits = if flat { data.sample_len() == plan.input.elements() } else { data.sample == plan.input.axes() };
    let is_image = data.sample.len() == 3;
    let unprepared = config.prepare.iter().filter_map(|step| match step {
        Step::Normalise(numbers) => {
            numbers.channels().filter(|given| *given != data.channels()).map(|given| Misfit::Channels { given })
        }
        Step::Flip | Step::Crop(_) => (!is_image).then_some(Misfit::NoImages { setting: step.word() }),
    });
    [(!fits).then_some(Misfit::Input), (plan.output != Shape::vector(data.task.outputs())).then_some(Misfit::Output)]
        .into_iter()
        .flatten()
        .chain(unprepared)
        .collect()
}

impl<'a> Batches<'a> {
    /// Refuses data that do not suit `plan` or `config`, as [`misfits`] says.
    pub fn new(plan: &Plan, data: &'a Dataset, config: &TrainConfig) -> Result<Self, TrainError> {
        let name = || data.name.clone();
        match misfits(plan, data, config).first() {
            Some(Misfit::Input) => {
                return Err(TrainError::Samples { expected: plan.input, data: name(), found: data.sample.clone() });
            }
            Some(Misfit::Output) => {
                return Err(TrainError::Outputs { found: plan.output.elements(), data: name(), expected: data.task });
            }
            Some(Misfit::NoImages { setting }) => {
                return Err(TrainError::Setting {
                    name: setting,
                    found: "set".to_string(),
                    expected: "left out: samples are no images",
                });
            }
            // Prepared::new below says it better.
            Some(Misfit::Channels { .. }) | None => {}
        }
        for (split, part) in [("training", &data.train), ("test", &data.test)] {
            if part.is_empty() {
                return Err(TrainError::NoSamples { data: name(), split });
            }
        }
        if let Some(stage) = config.stages.iter().find(|stage| stage.needs_validation() && data.validation.is_empty()) {
            return Err(TrainError::NoValidation { stage: stage.name.clone(), data: name() });
        }
        Ok(Self { data, prepared: Prepared::new(&config.prepare, data)? })
    }

    /// What becomes of samples scaled to 0 to 1.
    pub fn normalise(&self) -> &Normalise {
        &self.prepared.normalise
    }

    /// How many samples a split has.
    pub fn samples(&self, part: Part) -> usize {
        self.data.split(part).len()
    }

    /// The order of so many samples in pass number `pass` over them: their own, unless they are to be shuffled.
    pub fn order(samples: usize, shuffle: bool, seed: u64, pass: u64) -> Vec<usize> {
        if shuffle { Stream::new(seed, "order", &[pass]).permutation(samples) } else { (0..samples).collect() }
    }

    /// Samples as they are, instead of what was in `batch`.
    pub fn plain(&self, part: Part, indices: &[usize], batch: &mut Batch) {
        self.fill(part, indices, &[], batch);
    }

    /// Training samples with this step's random changes, instead of what was in `batch`.
    pub fn augmented(&self, indices: &[usize], seed: u64, epoch: u64, step: u64, batch: &mut Batch) {
        if !self.prepared.is_random() {
            return self.plain(Part::Train, indices, batch);
        }
        let mut stream = Stream::new(seed, "augmentation", &[epoch, step]);
        let views: Vec<View> = indices.iter().map(|_| self.view(&mut stream)).collect();
        self.fill(Part::Train, indices, &views, batch);
    }

    fn view(&self, stream: &mut Stream) -> View {
        let reach = self.prepared.crop;
        let mut shift = || stream.below(2 * reach + 1) as i32 - reach as i32;
        let (dy, dx) = (shift(), shift());
        self.prepared.view(self.prepared.flip && stream.coin(), dy, dx)
    }

    fn fill(&self, part: Part, indices: &[usize], views: &[View], batch: &mut Batch) {
        let Batch { input, targets } = batch;
        input.resize(indices.len() * self.data.sample_len(), 0.0);
        self.data.write_batch(part, indices, &self.prepared.normalise, views, input);
        targets.choose(&self.data.split(part).targets, indices);
    }
}
