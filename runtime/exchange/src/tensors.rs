//! Safetensors files of any origin: numbers of 16, 32 and 64 bits as f32.

use half::{bf16, f16};
use hetc_engine::params::{Entry, Table, Weights};
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, View};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

/// The one key of the metadata that hetc writes. With several keys the format's hash map would order them at random.
const KEY: &str = "hetc";

/// A file's tensors by name.
pub type Tensors = BTreeMap<String, Tensor>;

/// One tensor of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Sizes along its axes, outermost first.
    pub shape: Vec<usize>,
    /// The type of its numbers, as the format calls it: `F32`, `BF16`.
    pub kind: String,
    /// In row-major order, rounded to f32; `None` for integers and truth values.
    pub numbers: Option<Vec<f32>>,
}

/// The tensors of a file's bytes, or why it is no whole safetensors file.
pub fn read(bytes: &[u8]) -> Result<Tensors, String> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    let tensor = |view: &TensorView| Tensor {
        shape: view.shape().to_vec(),
        kind: format!("{:?}", view.dtype()),
        numbers: numbers(view.dtype(), view.data()),
    };
    Ok(file.iter().map(|(name, view)| (name.to_string(), tensor(&view))).collect())
}

/// What hetc has written about a file under its key in the metadata; nothing if something else wrote it.
pub fn about(bytes: &[u8]) -> Option<Value> {
    let (_, header) = SafeTensors::read_metadata(bytes).ok()?;
    serde_json::from_str(header.metadata().as_ref()?.get(KEY)?).ok()
}

fn numbers(kind: Dtype, data: &[u8]) -> Option<Vec<f32>> {
    Some(match kind {
        Dtype::F32 => data.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
        Dtype::F64 => data.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32).collect(),
        Dtype::F16 => data.as_chunks().0.iter().map(|bytes| f16::from_le_bytes(*bytes).to_f32()).collect(),
        Dtype::BF16 => data.as_chunks().0.iter().map(|bytes| bf16::from_le_bytes(*bytes).to_f32()).collect(),
        _ => return None,
    })
}

struct Out<'a>(&'a Entry, &'a [f32]);

impl View for Out<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.0.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.1.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    fn data_len(&self) -> usize {
        4 * self.1.len()
    }
}

/// The bytes of a file with the tensors of a network, each under the name that `called` gives to its own; `about` is kept under hetc's
/// key in the metadata. Fails in words if two tensors have one name.
pub fn write(table: &Table, weights: &Weights, called: impl Fn(&str) -> String, about: &Value) -> Result<Vec<u8>, String> {
    let metadata = HashMap::from([(KEY.to_string(), about.to_string())]);
    let mut tensors: BTreeMap<String, Out> = BTreeMap::new();
    for (entry, numbers) in table.tensors(weights) {
        let name = called(&entry.name);
        if let Some(Out(other, _)) = tensors.insert(name.clone(), Out(entry, numbers)) {
            return Err(format!("`{}` and `{}` would both be called `{name}`", other.name, entry.name));
        }
    }
    safetensors::serialize(tensors, Some(metadata)).map_err(|error| error.to_string())
}
