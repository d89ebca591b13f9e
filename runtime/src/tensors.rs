//! Named tensors in safetensors files.
//!
//! A file's metadata has one key, `hetc`, whose value is JSON: with several keys the format's hash map would order them at random, and
//! equal runs would leave different files.

use crate::error::{TrainError, WeightsError};
use crate::params::{Entry, Table, Weights};
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, View};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

const KEY: &str = "hetc";

/// A tensor to be written.
pub struct Named<'a> {
    /// Its name in the file.
    pub name: &'a str,
    /// Sizes along its axes.
    pub shape: Vec<usize>,
    /// In row-major order.
    pub numbers: &'a [f32],
}

impl View for &Named<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    fn data_len(&self) -> usize {
        4 * self.numbers.len()
    }
}

/// A network's tensors, ready to be written.
pub fn named<'a>(table: &'a Table, weights: &'a Weights) -> Vec<Named<'a>> {
    let tensors = table.tensors(weights);
    tensors.map(|(entry, numbers)| Named { name: &entry.name, shape: entry.shape.clone(), numbers }).collect()
}

/// The bytes of the file `path`.
pub fn encode(path: &Path, tensors: &[Named], metadata: &impl Serialize) -> Result<Vec<u8>, TrainError> {
    let refuse = |reason: String| TrainError::io("write", path)(std::io::Error::other(reason));
    let metadata = serde_json::to_string(metadata).map_err(|error| refuse(error.to_string()))?;
    let metadata = HashMap::from([(KEY.to_string(), metadata)]);
    safetensors::serialize(tensors.iter().map(|tensor| (tensor.name, tensor)), Some(metadata))
        .map_err(|error| refuse(error.to_string()))
}

/// The metadata of a file's bytes, or why there are none.
pub fn metadata<M: DeserializeOwned>(bytes: &[u8]) -> Result<M, String> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
    let text = header.metadata().as_ref().and_then(|metadata| metadata.get(KEY));
    let text = text.ok_or_else(|| format!("no `{KEY}` in its metadata"))?;
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// The tensors of `table` from a file's bytes. `others` names further tensors that the file may hold.
pub fn decode(bytes: &[u8], table: &Table, others: &[&str], file: &Path) -> Result<Weights, WeightsError> {
    let unreadable =
        |error: safetensors::SafeTensorError| WeightsError::NotSafetensors { file: file.into(), reason: error.to_string() };
    let tensors = SafeTensors::deserialize(bytes).map_err(unreadable)?;
    let mut weights = Weights { params: Vec::new(), state: Vec::new() };
    for entry in &table.params {
        weights.params.extend(entry_numbers(&tensors, entry, file)?);
    }
    for entry in &table.state {
        weights.state.extend(entry_numbers(&tensors, entry, file)?);
    }
    let known = |name: &str| table.params.iter().chain(&table.state).any(|entry| entry.name == name) || others.contains(&name);
    let mut extra: Vec<&str> = tensors.names().into_iter().filter(|name| !known(name)).collect();
    extra.sort_unstable();
    match extra.first() {
        Some(name) => Err(WeightsError::Extra { file: file.into(), name: name.to_string() }),
        None => Ok(weights),
    }
}

fn entry_numbers(tensors: &SafeTensors, entry: &Entry, file: &Path) -> Result<Vec<f32>, WeightsError> {
    numbers(tensors, &entry.name, &entry.shape, file)
}

/// The tensor called `name`, which must have this shape.
pub fn numbers(tensors: &SafeTensors, name: &str, shape: &[usize], file: &Path) -> Result<Vec<f32>, WeightsError> {
    let Ok(tensor) = tensors.tensor(name) else {
        return Err(WeightsError::Missing { file: file.into(), name: name.to_string() });
    };
    if tensor.dtype() != Dtype::F32 || tensor.shape() != shape {
        let (expected, found) = (describe(Dtype::F32, shape), describe(tensor.dtype(), tensor.shape()));
        return Err(WeightsError::Mismatch { file: file.into(), name: name.to_string(), expected, found });
    }
    Ok(floats(&tensor))
}

fn floats(tensor: &TensorView) -> Vec<f32> {
    tensor.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

fn describe(dtype: Dtype, shape: &[usize]) -> String {
    format!("{} {shape:?}", format!("{dtype:?}").to_lowercase())
}
