//! A user's own data: arrays of NumPy, safetensors, or tables of numbers.
//!
//! | ending | holds | the array |
//! |---|---|---|
//! | `.npy` | one array | |
//! | `.npz`, `.safetensors` | arrays with names | `file.npz#name`, or the name of the key: `inputs`, `targets`, … |
//! | `.csv` | numbers with commas between, perhaps below a line of names | its rows |
//!
//! Inputs have the samples along the first axis: `[samples, values]`, `[samples, rows, columns]` or `[samples, channels, rows, columns]`.
//! Bytes are image bytes, 255 standing for 1; other numbers are used as they are. Targets of whole numbers, one a sample, are classes;
//! others are numbers to be found.

mod element;
mod labels;
mod named;
mod table;

use crate::{DataError, Dataset, Split, portions};
use element::Array;
use labels::{Labels, Part};
use serde::Serialize;
use std::path::{Path, PathBuf};
use table::Table;

/// The shape and the bytes of a `.npy` file of whole numbers from 0 to 255.
pub fn bytes(path: &Path) -> Result<(Vec<usize>, Vec<u8>), DataError> {
    let array = named::npy(path)?;
    match array.values {
        element::Values::Bytes(bytes) => Ok((array.shape, bytes)),
        _ => Err(DataError::Array { path: path.into(), reason: "holds other numbers than bytes".to_string() }),
    }
}

/// Which files hold the samples and their targets.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Arrays {
    /// The training samples.
    pub inputs: String,
    /// Their targets; a table may hold both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<String>,
    /// The test samples; without them a share of the training samples is held out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_inputs: Option<String>,
    /// Their targets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_targets: Option<String>,
    /// In a table that holds both: how many of its last columns are targets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_columns: Option<usize>,
    /// In a table that holds both: the column, by its name, that holds the classes, as whole numbers or words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_column: Option<String>,
    /// Whether targets are classes; otherwise their type says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets_are: Option<Kind>,
    /// The share that is held out for the test where no test samples are named.
    pub test_share: f64,
}

/// What targets are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Classes.
    Classes,
    /// Numbers.
    Numbers,
}

impl Arrays {
    /// Reads the arrays; relative paths start at `base`. A test split that is held out has the classes in the shares of the whole if
    /// `stratified`, and is chosen with `seed`.
    pub fn read(&self, base: &Path, stratified: bool, seed: u32) -> Result<Dataset, DataError> {
        let mut parts = vec![self.part(base, ["inputs", "targets"], &self.inputs, self.targets.as_deref())?];
        if let Some(inputs) = &self.test_inputs {
            parts.push(self.part(base, ["test_inputs", "test_targets"], inputs, self.test_targets.as_deref())?);
        }
        let shapes: Vec<Vec<usize>> = parts.iter().map(|part| part.inputs.shape[1..].to_vec()).collect();
        if shapes.iter().any(|shape| *shape != shapes[0]) {
            return Err(parts[1].inputs.bad_shape(format!("samples of {}, as in `{}`", element::axes(&shapes[0]), self.inputs)));
        }
        let (task, mut splits) = labels::splits(parts, self.targets_are)?;
        let test = splits.split_off(1).pop();
        let mut data = Dataset {
            name: "arrays".into(),
            train: splits.pop().unwrap_or_default(),
            validation: Split::default(),
            test: test.clone().unwrap_or_default(),
            task,
            sample: sample(&shapes[0]),
            source: format!("arrays of `{}`", self.inputs),
        };
        if test.is_none() {
            portions::hold_out(&mut data, self.test_share, stratified, seed)?;
        }
        Ok(data)
    }

    /// Samples and their targets; `names` are those of the two in a file of several arrays.
    fn part(&self, base: &Path, names: [&str; 2], inputs: &str, targets: Option<&str>) -> Result<Part, DataError> {
        let part = match (targets, Place::of(base, inputs, names[0])) {
            (None, place) if place.kind == Format::Csv => {
                Table::read(&place.path, self.class_column.as_deref())?.part(self.target_columns.unwrap_or(1))?
            }
            (None, Place { kind: Format::Npy, .. }) => {
                return Err(DataError::Argument {
                    argument: "targets",
                    expected: "the file of the targets",
                    found: "left out".into(),
                });
            }
            (None, place) => {
                Part { inputs: place.read()?, labels: Labels::Array(Place { name: names[1].into(), ..place }.read()?) }
            }
            (Some(targets), place) => {
                Part { inputs: place.read()?, labels: Labels::Array(Place::of(base, targets, names[1]).read()?) }
            }
        };
        let samples = part.inputs.shape.first().copied().unwrap_or(0);
        if !(1..=4).contains(&part.inputs.shape.len()) || part.inputs.shape.contains(&0) {
            let expected = "[samples, values], [samples, rows, columns] or [samples, channels, rows, columns], none of them 0";
            return Err(part.inputs.bad_shape(expected.into()));
        }
        match part.labels.len() == samples {
            true => Ok(part),
            false => Err(DataError::Pairs {
                inputs: part.inputs.place.clone(),
                input_count: samples,
                targets: part.labels.place().into(),
                target_count: part.labels.len(),
            }),
        }
    }
}

/// The shape of a sample from the axes behind the first.
fn sample(axes: &[usize]) -> Vec<usize> {
    match *axes {
        [] => vec![1],
        [rows, columns] => vec![1, rows, columns],
        _ => axes.to_vec(),
    }
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Npy,
    Npz,
    Safetensors,
    Csv,
    Unknown,
}

/// A file, and which of its arrays.
struct Place {
    path: PathBuf,
    kind: Format,
    name: String,
}

impl Place {
    fn of(base: &Path, text: &str, name: &str) -> Self {
        let kind = |path: &str| match path.rsplit('.').next() {
            Some("npy") => Format::Npy,
            Some("npz") => Format::Npz,
            Some("safetensors") => Format::Safetensors,
            Some("csv") => Format::Csv,
            _ => Format::Unknown,
        };
        match text.rsplit_once('#').map(|(path, name)| (path, kind(path), name)) {
            Some((path, kind @ (Format::Npz | Format::Safetensors), name)) => {
                Self { path: base.join(path), kind, name: name.into() }
            }
            _ => Self { path: base.join(text), kind: kind(text), name: name.into() },
        }
    }

    fn read(&self) -> Result<Array, DataError> {
        match self.kind {
            Format::Npy => named::npy(&self.path),
            Format::Npz => named::npz(&self.path, &self.name),
            Format::Safetensors => named::safetensors(&self.path, &self.name),
            Format::Csv => Ok(Table::read(&self.path, None)?.whole()),
            Format::Unknown => {
                let reason = "has none of the endings `.npy`, `.npz`, `.safetensors` and `.csv`".into();
                Err(DataError::Array { path: self.path.clone(), reason })
            }
        }
    }
}
