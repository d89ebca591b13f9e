//! Fingerprints: what a run is about, as SHA-256 in hexadecimal.

use crate::config::TrainConfig;
use hetc_compiler::plan::Plan;
use hetc_data::{Dataset, Pixels, Split, Targets};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What makes a run the run that it is: equal identities give equal bits (on one machine, with one binary and number of threads).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Of the plan; see [`plan_hash`].
    pub plan: String,
    /// Of the settings that change numbers.
    pub config: String,
    /// The seed itself.
    pub seed: u64,
    /// Of the data's content.
    pub data: String,
}

impl Identity {
    /// Of a run.
    pub fn of(plan: &Plan, config: &TrainConfig, seed: u64, data: &Dataset) -> Self {
        Self { plan: plan_hash(plan), config: json_hash(&config.essence()), seed, data: data_hash(data) }
    }

    /// In which parts `other` is different.
    pub fn differs(&self, other: &Identity) -> Vec<&'static str> {
        let parts = [
            ("the networks", self.plan != other.plan),
            ("the settings", self.config != other.config),
            ("the seeds", self.seed != other.seed),
            ("the data", self.data != other.data),
        ];
        parts.into_iter().filter(|(_, differs)| *differs).map(|(part, _)| part).collect()
    }
}

/// Of a plan, without the lines of the spec that its layers stand on: a new comment makes no other network.
pub fn plan_hash(plan: &Plan) -> String {
    let mut plan = plan.clone();
    plan.layers.iter_mut().for_each(|layer| layer.line = 0);
    json_hash(&plan)
}

/// Of a data set's samples, targets, sample shape and number of outputs; its name does not count.
pub fn data_hash(data: &Dataset) -> String {
    let mut hash = Sha256::new();
    hash.update((data.task.outputs() as u64).to_le_bytes());
    data.sample.iter().for_each(|size| hash.update((*size as u64).to_le_bytes()));
    [&data.train, &data.validation, &data.test].into_iter().for_each(|split| add_split(&mut hash, split));
    hex(&hash.finalize())
}

/// Of the test split alone, with the shape of a sample.
pub fn test_hash(data: &Dataset) -> String {
    let mut hash = Sha256::new();
    data.sample.iter().for_each(|size| hash.update((*size as u64).to_le_bytes()));
    add_split(&mut hash, &data.test);
    hex(&hash.finalize())
}

fn add_split(hash: &mut Sha256, split: &Split) {
    hash.update((split.len() as u64).to_le_bytes());
    match &split.targets {
        Targets::Classes(classes) => classes.iter().for_each(|class| hash.update(class.to_le_bytes())),
        Targets::Values { values, .. } => values.iter().for_each(|value| hash.update(value.to_le_bytes())),
    }
    match &split.inputs {
        Pixels::Bytes(bytes) => hash.update(bytes),
        Pixels::Floats(floats) => floats.iter().for_each(|float| hash.update(float.to_le_bytes())),
    }
}

fn json_hash(value: &impl Serialize) -> String {
    // Plans and settings hold strings, numbers and lists only, which always serialise.
    hex(&Sha256::digest(serde_json::to_vec(value).unwrap_or_default()))
}

/// As JSON over several lines, for a file that people read too.
pub(crate) fn json(value: &impl Serialize) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(value).unwrap_or_default();
    text.push(b'\n');
    text
}

/// Of some bytes.
pub fn bytes_hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
