//! Whether targets are classes or numbers, and which.

use super::Kind;
use super::element::{Array, Values};
use crate::{DataError, Split, Targets, Task};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// Samples with targets that are not yet told to be classes or numbers.
pub struct Part {
    pub inputs: Array,
    pub labels: Labels,
}

/// Targets as they are read.
pub enum Labels {
    Array(Array),
    /// A column of a table: whole numbers or words.
    Words(PathBuf, Vec<String>),
}

impl Labels {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Labels::Array(array) => array.shape.first().copied().unwrap_or(0),
            Labels::Words(_, words) => words.len(),
        }
    }

    /// Where they were read.
    pub fn place(&self) -> &Path {
        match self {
            Labels::Array(array) => &array.place,
            Labels::Words(path, _) => path,
        }
    }

    /// Whether they are one whole number or word a sample.
    fn may_be_classes(&self) -> bool {
        match self {
            Labels::Array(array) => !matches!(array.values, Values::Floats(_)) && array.shape[1..].iter().all(|&axis| axis == 1),
            Labels::Words(..) => true,
        }
    }
}

/// Every part as a split. Parts have classes if `kind` says so, or says nothing and all of them have one whole number or word a sample.
pub fn splits(parts: Vec<Part>, kind: Option<Kind>) -> Result<(Task, Vec<Split>), DataError> {
    let words = words(&parts);
    let classes = match kind {
        Some(kind) => kind == Kind::Classes,
        None => parts.iter().all(|part| part.labels.may_be_classes()),
    };
    let mut splits = Vec::new();
    for Part { inputs, labels } in parts {
        let targets = if classes { as_classes(labels, &words)? } else { as_numbers(labels)? };
        splits.push(Split { inputs: inputs.into_pixels()?, targets });
    }
    Ok((task(&splits), splits))
}

/// The words that stand for classes, in order; none if the classes are numbers.
fn words(parts: &[Part]) -> Vec<String> {
    let words = parts.iter().filter_map(|part| match &part.labels {
        Labels::Words(_, words) => Some(words),
        Labels::Array(_) => None,
    });
    let different: BTreeSet<&String> = words.flatten().collect();
    match different.iter().all(|word| word.parse::<i64>().is_ok()) {
        true => Vec::new(),
        false => different.into_iter().cloned().collect(),
    }
}

fn task(splits: &[Split]) -> Task {
    match &splits[0].targets {
        Targets::Values { width, .. } => Task::Values(*width),
        Targets::Classes(_) => {
            let classes = splits.iter().flat_map(|split| split.targets.classes().unwrap_or_default());
            Task::Classes(classes.max().map_or(1, |&last| usize::from(last) + 1))
        }
    }
}

fn as_classes(labels: Labels, words: &[String]) -> Result<Targets, DataError> {
    let place = labels.place().to_path_buf();
    let class = |(sample, class): (usize, Result<i64, String>)| {
        let found = class.as_ref().map_or_else(String::clone, i64::to_string);
        class.ok().and_then(|class| u16::try_from(class).ok()).filter(|&class| class < u16::MAX).ok_or(DataError::ArrayValue {
            path: place.clone(),
            sample,
            found,
            expected: "a class from 0 to 65534",
        })
    };
    let classes: Vec<Result<i64, String>> = match labels {
        Labels::Words(_, all) if words.is_empty() => all.into_iter().map(|word| word.parse().map_err(|_| word)).collect(),
        // The list of words holds every word.
        Labels::Words(_, all) => {
            all.into_iter().map(|word| words.binary_search(&word).map(|at| at as i64).map_err(|_| word)).collect()
        }
        Labels::Array(array) if array.shape[1..].iter().any(|&axis| axis != 1) => {
            return Err(array.bad_shape("one class a sample".into()));
        }
        Labels::Array(array) => match array.values {
            Values::Bytes(bytes) => bytes.into_iter().map(|byte| Ok(byte.into())).collect(),
            Values::Whole(whole) => whole.into_iter().map(Ok).collect(),
            Values::Floats(floats) => {
                floats.into_iter().map(|x| if x.fract() == 0.0 { Ok(x as i64) } else { Err(x.to_string()) }).collect()
            }
        },
    };
    classes.into_iter().enumerate().map(class).collect::<Result<Vec<u16>, DataError>>().map(Targets::Classes)
}

fn as_numbers(labels: Labels) -> Result<Targets, DataError> {
    let array = match labels {
        Labels::Array(array) => array,
        Labels::Words(path, words) => {
            let number = |(sample, word): (usize, &String)| {
                let expected = "a number";
                word.parse().map_err(|_| DataError::ArrayValue {
                    path: path.clone(),
                    sample,
                    found: format!("`{word}`"),
                    expected,
                })
            };
            let values: Result<Vec<f32>, DataError> = words.iter().enumerate().map(number).collect();
            Array { shape: vec![words.len()], values: Values::Floats(values?), place: path }
        }
    };
    let width = array.shape[1..].iter().product();
    if width == 0 || array.shape.len() > 2 {
        return Err(array.bad_shape("[samples] or [samples, numbers]".into()));
    }
    // Bytes are image bytes only among inputs.
    let array = match array.values {
        Values::Bytes(bytes) => Array { values: Values::Whole(bytes.into_iter().map(i64::from).collect()), ..array },
        _ => array,
    };
    match array.into_pixels()? {
        crate::Pixels::Floats(values) => Ok(Targets::Values { width, values }),
        crate::Pixels::Bytes(_) => unreachable!("bytes were made whole numbers above"),
    }
}
