//! A run file with everything said: what goes into a run's folder.

use super::RunFile;
use crate::optim::Optimiser;
use hetc_data::{Numbers, Portions, Request, Source, Step};
use serde::Serialize;

#[derive(Serialize)]
struct Written<'a> {
    data: Data<'a>,
    train: Train<'a>,
    optimiser: &'a Optimiser,
}

#[derive(Serialize)]
struct Data<'a> {
    #[serde(flatten)]
    source: &'a Source,
    #[serde(flatten)]
    portions: &'a Portions,
    prepare: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    normalise: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mean: Option<&'a [f32]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    std: Option<&'a [f32]>,
}

impl<'a> Data<'a> {
    fn new(request: &'a Request, steps: &'a [Step]) -> Self {
        let Request { source, portions } = request;
        let prepare = steps.iter().map(|step| match step {
            Step::Flip | Step::Normalise(_) => step.word().to_string(),
            Step::Crop(reach) => format!("crop {reach}"),
        });
        let numbers = steps.iter().find_map(|step| match step {
            Step::Normalise(numbers) => Some(numbers),
            Step::Flip | Step::Crop(_) => None,
        });
        let mut data = Self { source, portions, prepare: prepare.collect(), normalise: None, mean: None, std: None };
        match numbers {
            None => {}
            Some(Numbers::ImageNet) => data.normalise = Some("imagenet"),
            Some(Numbers::Set) => data.normalise = Some("set"),
            Some(Numbers::Given { mean, std }) => (data.mean, data.std) = (Some(mean.as_slice()), Some(std.as_slice())),
        }
        data
    }
}

#[derive(Serialize)]
struct Train<'a> {
    epochs: u64,
    batch: usize,
    seeds: &'a [u64],
    controls: bool,
    loss: crate::loss::Loss,
    init: crate::init::Init,
    shuffle: bool,
    kernels: bool,
    checkpoint_seconds: f64,
}

/// `run_file` as TOML, every default written out; [`super::read`] reads it back to the same.
pub fn write(run_file: &RunFile) -> String {
    let train = &run_file.train;
    let written = Written {
        data: Data::new(&run_file.data, &train.prepare),
        train: Train {
            epochs: train.epochs,
            batch: train.batch,
            seeds: &run_file.seeds,
            controls: run_file.controls,
            loss: train.loss,
            init: train.init,
            shuffle: train.shuffle,
            kernels: train.kernels,
            checkpoint_seconds: train.checkpoint_every.as_secs_f64(),
        },
        optimiser: &train.optimiser,
    };
    // Numbers, words and lists of numbers: TOML can hold them all.
    toml::to_string(&written).unwrap_or_default()
}
