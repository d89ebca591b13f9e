//! `model.safetensors`: a trained network's weights.

use crate::digest::{bytes_hash, plan_hash};
use crate::error::{TrainError, WeightsError};
use crate::params::{Table, Weights};
use crate::{files, tensors};
use hetc_compiler::plan::Plan;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What the file says about itself, under `hetc` in its metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// Version of hetc that wrote it.
    pub hetc: String,
    /// The network's name.
    pub net: String,
    /// The plan's fingerprint ([`plan_hash`]).
    pub plan: String,
    /// The run's seed.
    pub seed: u64,
    /// Epochs trained.
    pub epoch: u64,
}

impl ModelInfo {
    /// Of a network of `plan`.
    pub fn new(plan: &Plan, seed: u64, epoch: u64) -> Self {
        let hetc = env!("CARGO_PKG_VERSION").to_string();
        Self { hetc, net: plan.net.clone(), plan: plan_hash(plan), seed, epoch }
    }
}

/// Writes the weights of a network; returns the file's SHA-256.
pub fn save_weights(path: &Path, table: &Table, weights: &Weights, info: &ModelInfo) -> Result<String, TrainError> {
    let bytes = tensors::encode(path, &tensors::named(table, weights), info)?;
    files::write(path, &bytes)?;
    Ok(bytes_hash(&bytes))
}

/// Reads weights for `plan`: every tensor must be there, with its shape, and no other. What the file says about itself is `None` if
/// something else than hetc wrote it.
pub fn load_weights(plan: &Plan, file: &Path) -> Result<(Weights, Option<ModelInfo>), WeightsError> {
    let bytes = std::fs::read(file).map_err(|source| WeightsError::Io { file: file.into(), source })?;
    let weights = tensors::decode(&bytes, &Table::of(plan), &[], file)?;
    Ok((weights, tensors::metadata(&bytes).ok()))
}
