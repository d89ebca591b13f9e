//! `checkpoint.safetensors`: everything a run needs to go on as if it had never stopped.
//!
//! **Commit rule.** A checkpoint is one file. It is written under another name, brought to the disk, and then takes its name; the one
//! before it has been renamed to `checkpoint.previous.safetensors`. At every moment one of the two is whole. A SHA-256 over the whole
//! file, its own digits read as zeros, tells a damaged file; the other one, or the start of the run, then takes its place.

use crate::digest::{Identity, bytes_hash};
use crate::error::TrainError;
use crate::judge::Judge;
use crate::loss::Score;
use crate::observe::Warning;
use crate::optim::Memory;
use crate::params::{Table, Weights};
use crate::tensors::{self, Named};
use crate::{files, observe};
use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Version of the format; a whole file of another version is another run's.
const VERSION: u32 = 2;
const UNSIGNED: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Names of the optimiser's flat buffers.
const MOMENTS: [&str; 2] = ["optimiser.first", "optimiser.second"];
/// Names of the flat buffers of the stage's best weights: parameters and running statistics.
const BEST: [&str; 2] = ["best.params", "best.state"];

/// A run at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// How far it is.
    pub progress: Progress,
    /// The network.
    pub weights: Weights,
    /// The optimiser.
    pub memory: Memory,
    /// The best weights of the stage so far, if it keeps those.
    pub best: Option<Weights>,
}

/// How far a run is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Progress {
    /// The stage under way, from 0; as many as there are when all are over.
    pub stage: usize,
    /// Whole epochs of the stage behind it.
    pub stage_epoch: u64,
    /// What the stage's epochs are judged by.
    pub judge: Judge,
    /// Whole epochs behind it, of all stages.
    pub epoch: u64,
    /// Steps of whole epochs.
    pub steps: u64,
    /// Steps behind it in the epoch under way.
    pub step: u64,
    /// Of those steps.
    pub score: Score,
    /// Wall-clock time of those steps.
    pub seconds: f64,
    /// Bytes of `metrics.jsonl` that belong to the whole epochs.
    pub metrics_len: u64,
    /// Bytes of `functions.jsonl` that belong to them.
    pub functions_len: u64,
    /// The last of the whole epochs.
    pub last: Option<observe::EpochMetrics>,
    /// The epoch whose weights the last whole stage left.
    pub kept: Option<observe::EpochMetrics>,
    /// The best of the whole epochs.
    pub best: Option<observe::EpochMetrics>,
    /// Wall-clock time of the whole epochs.
    pub total_seconds: f64,
}

#[derive(Serialize, Deserialize)]
struct Header {
    version: u32,
    sha256: String,
    run: Identity,
    progress: Progress,
    optimiser_steps: u64,
}

/// The checkpoint of the run in `folder`.
pub fn path(folder: &Path) -> PathBuf {
    folder.join("checkpoint.safetensors")
}

/// The one before it.
pub fn previous_path(folder: &Path) -> PathBuf {
    folder.join("checkpoint.previous.safetensors")
}

/// How many steps of the run in `folder` its checkpoints hold, by what they say of themselves; 0 without any.
pub fn steps(folder: &Path) -> u64 {
    let of = |file: PathBuf| {
        let header: Header = tensors::metadata(&files::read(&file).ok()??).ok()?;
        Some(header.progress.steps + header.progress.step)
    };
    [path(folder), previous_path(folder)].into_iter().filter_map(of).max().unwrap_or_default()
}

/// Commits `state`.
pub fn save(folder: &Path, run: &Identity, table: &Table, state: &State) -> Result<(), TrainError> {
    let (path, previous) = (path(folder), previous_path(folder));
    files::write_sibling(&path, &encode(&path, run, table, state)?)?;
    if path.exists() {
        files::rename(&path, &previous)?;
    }
    files::rename(&files::sibling(&path), &path)
}

/// The run's last whole checkpoint, or `None` to start anew. `start` gives the memory with which a stage begins. Damaged ones are told
/// through `warn`.
pub fn load(
    folder: &Path,
    run: &Identity,
    table: &Table,
    start: &dyn Fn(usize) -> Memory,
    metrics_len: u64,
    warn: &mut dyn FnMut(Warning),
) -> Result<Option<State>, TrainError> {
    for file in [path(folder), previous_path(folder)] {
        let Some(bytes) = files::read(&file)? else { continue };
        match decode(bytes, table, start, metrics_len, run, &file) {
            Ok(Decoded::Whole(state)) => return Ok(Some(*state)),
            Ok(Decoded::Other(differs)) => return Err(TrainError::OtherRun { folder: folder.into(), differs }),
            Ok(Decoded::MetricsLost) => return Err(TrainError::MetricsLost { folder: folder.into() }),
            Err(reason) => {
                // Kept, the next checkpoint would push it over the whole one before it.
                files::remove(&file)?;
                warn(Warning::CheckpointDamaged { file, reason });
            }
        }
    }
    Ok(None)
}

/// Removes both checkpoints and what a killed run left beside them.
pub fn remove(folder: &Path) -> Result<(), TrainError> {
    let path = path(folder);
    [files::sibling(&path), previous_path(folder), path].iter().try_for_each(|path| files::remove(path))
}

fn encode(path: &Path, run: &Identity, table: &Table, state: &State) -> Result<Vec<u8>, TrainError> {
    let header = Header {
        version: VERSION,
        sha256: UNSIGNED.to_string(),
        run: run.clone(),
        progress: state.progress.clone(),
        optimiser_steps: state.memory.steps,
    };
    let mut named = tensors::named(table, &state.weights);
    if let Some(best) = &state.best {
        for (name, numbers) in BEST.iter().zip([&best.params, &best.state]) {
            named.push(Named { name, shape: vec![numbers.len()], numbers });
        }
    }
    for (name, numbers) in MOMENTS.iter().zip(&state.memory.moments) {
        named.push(Named { name, shape: vec![numbers.len()], numbers });
    }
    let mut bytes = tensors::encode(path, &named, &header)?;
    let digest = bytes_hash(&bytes);
    replace(&mut bytes, UNSIGNED, &digest);
    Ok(bytes)
}

enum Decoded {
    Whole(Box<State>),
    Other(Vec<&'static str>),
    MetricsLost,
}

fn decode(
    mut bytes: Vec<u8>,
    table: &Table,
    start: &dyn Fn(usize) -> Memory,
    metrics_len: u64,
    run: &Identity,
    file: &Path,
) -> Result<Decoded, String> {
    let header: Header = tensors::metadata(&bytes)?;
    replace(&mut bytes, &header.sha256, UNSIGNED);
    if bytes_hash(&bytes) != header.sha256 {
        return Err("its content does not match its checksum".to_string());
    }
    if header.version != VERSION {
        return Ok(Decoded::Other(vec!["the formats of the checkpoints"]));
    }
    let differs = run.differs(&header.run);
    if !differs.is_empty() {
        return Ok(Decoded::Other(differs));
    }
    if header.progress.metrics_len > metrics_len {
        return Ok(Decoded::MetricsLost);
    }
    let others = [MOMENTS, BEST].concat();
    let weights = tensors::decode(&bytes, table, &others, file).map_err(|error| error.to_string())?;
    let memory = memory(&bytes, start(header.progress.stage), header.optimiser_steps, file)?;
    let best = best(&bytes, table, file)?;
    Ok(Decoded::Whole(Box::new(State { progress: header.progress, weights, memory, best })))
}

fn best(bytes: &[u8], table: &Table, file: &Path) -> Result<Option<Weights>, String> {
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    if tensors.tensor(BEST[0]).is_err() {
        return Ok(None);
    }
    let read = |name, len| tensors::numbers(&tensors, name, &[len], file).map_err(|error| error.to_string());
    Ok(Some(Weights { params: read(BEST[0], table.params_len())?, state: read(BEST[1], table.state_len())? }))
}

/// The optimiser's memory, shaped like `fresh`.
fn memory(bytes: &[u8], fresh: Memory, steps: u64, file: &Path) -> Result<Memory, String> {
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    let read = |(name, moment): (&&str, &Vec<f32>)| tensors::numbers(&tensors, name, &[moment.len()], file);
    let moments: Result<Vec<Vec<f32>>, _> = MOMENTS.iter().zip(&fresh.moments).map(read).collect();
    Ok(Memory { steps, moments: moments.map_err(|error| error.to_string())? })
}

/// Replaces the first `old` in a file's header by `new`, which is as long. Keeps the bytes if there is none.
fn replace(bytes: &mut [u8], old: &str, new: &str) {
    let place = bytes.windows(old.len().max(1)).position(|window| window == old.as_bytes());
    if let Some(place) = place.filter(|_| old.len() == new.len()) {
        bytes[place..place + new.len()].copy_from_slice(new.as_bytes());
    }
}
