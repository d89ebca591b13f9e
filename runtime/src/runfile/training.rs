//! `[train]`: how long, on what, from where.

use super::LARGE;
use super::reader::Table;
use crate::config::TrainConfig;
use crate::init::Init;
use crate::loss::Loss;
use crate::optim::Optimiser;
use hetc_compiler::diag::Findings;
use std::time::Duration;

/// What the table says.
pub struct Training {
    /// Without what other tables say.
    pub config: TrainConfig,
    /// One training a seed and network.
    pub seeds: Vec<u64>,
    /// Whether controls are trained.
    pub controls: bool,
}

/// What the table says; nothing if it cannot be used.
pub fn training(table: &mut Table, findings: &mut Findings) -> Option<Training> {
    let epochs = table.whole("epochs", 1, 1_000_000, findings);
    let epochs = table.required("train.epochs", "`epochs = 10` under `[train]`", epochs, findings);
    let batch = table.whole("batch", 1, 1_000_000, findings);
    let batch = table.required("train.batch", "`batch = 100` under `[train]`", batch, findings);
    let seeds = table.seeds("seeds", findings);
    let losses = [("cross_entropy", Loss::CrossEntropy), ("mse", Loss::Mse)];
    let loss = table.choice("loss", &losses, findings);
    let inits = [
        ("torch", Init::Torch),
        ("doty", Init::Doty),
        ("xavier_uniform", Init::XavierUniform),
        ("kaiming_normal", Init::KaimingNormal),
    ];
    let init = table.choice("init", &inits, findings);
    let shuffle = table.flag("shuffle", findings);
    let kernels = table.flag("kernels", findings);
    let controls = table.flag("controls", findings);
    let seconds = table.number("checkpoint_seconds", 0.0..=1e6, LARGE, findings);
    let mut config = TrainConfig::new(epochs?, batch? as usize, Optimiser::sgd(0.0));
    config.loss = loss.unwrap_or(config.loss);
    config.init = init.unwrap_or(config.init);
    config.shuffle = shuffle.unwrap_or(config.shuffle);
    config.kernels = kernels.unwrap_or(config.kernels);
    config.checkpoint_every = seconds.map_or(config.checkpoint_every, Duration::from_secs_f64);
    Some(Training { config, seeds: seeds.unwrap_or_else(|| vec![1]), controls: controls.unwrap_or(true) })
}
