//! A run file with everything said: what goes into a run's folder.

use super::RunFile;
use crate::optim::Optimiser;
use serde::Serialize;

#[derive(Serialize)]
struct Written<'a> {
    data: Data<'a>,
    train: Train<'a>,
    optimiser: &'a Optimiser,
}

#[derive(Serialize)]
struct Data<'a> {
    set: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mean: Option<&'a [f32]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    std: Option<&'a [f32]>,
    flip: bool,
    crop: usize,
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
        data: Data {
            set: &run_file.set,
            mean: train.normalise.as_ref().map(|normalise| normalise.mean.as_slice()),
            std: train.normalise.as_ref().map(|normalise| normalise.std.as_slice()),
            flip: train.augment.flip,
            crop: train.augment.crop,
        },
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
