//! Tensors of a file as the weights of a network: all of them, or everything that is wrong.

use crate::names::{NameMap, names};
use crate::tensors::{Tensor, Tensors};
use hetc_compiler::diag::suggest::similar;
use hetc_compiler::plan::Plan;
use hetc_engine::params::{Entry, Table, Weights};
use std::collections::BTreeSet;
use std::fmt;

/// One thing that keeps a file from being a network's weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// Nothing in the file is this tensor of the network.
    Missing {
        /// Our name.
        ours: String,
        /// What the file should call it.
        theirs: String,
        /// What the file has instead, perhaps.
        near: Option<String>,
    },
    /// Other sizes.
    Shape {
        /// Our name.
        ours: String,
        /// The network's.
        expected: Vec<usize>,
        /// The file's name.
        theirs: String,
        /// The file's.
        found: Vec<usize>,
    },
    /// Numbers of a type that weights do not have.
    Kind {
        /// The file's name.
        theirs: String,
        /// The type: `I64`.
        found: String,
    },
    /// A tensor of the file that is nothing in the network.
    Extra {
        /// The file's name.
        theirs: String,
        /// What the network has instead, perhaps.
        near: Option<String>,
    },
    /// A name in the map that no tensor of the network has.
    Unknown {
        /// The name that should be ours.
        ours: String,
        /// What the network has instead, perhaps.
        near: Option<String>,
    },
}

/// Everything that keeps a file from being a network's weights; at least one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfits(pub Vec<Misfit>);

/// The weights of `plan` out of a file's tensors, by `map`. What PyTorch's batch norms count (`num_batches_tracked`) is ignored.
pub fn weights(plan: &Plan, tensors: &Tensors, map: &NameMap) -> Result<Weights, Misfits> {
    let table = Table::of(plan);
    let mut weights = Weights { params: vec![0.0; table.params_len()], state: vec![0.0; table.state_len()] };
    take(&table, tensors, map, &|_| true)?.into_iter().for_each(|(entry, numbers)| weights.put(entry, numbers));
    Ok(weights)
}

/// As [`weights`], the numbers of those tensors alone that are `wanted`: the others may be missing in the file, or of any shape.
pub fn take<'t>(
    table: &'t Table,
    tensors: &'t Tensors,
    map: &NameMap,
    wanted: &dyn Fn(&Entry) -> bool,
) -> Result<Vec<(&'t Entry, &'t [f32])>, Misfits> {
    let mut misfits = unknown(table, map);
    let spare = spare(table, tensors, map);
    let mut taken = Vec::new();
    for entry in table.params.iter().chain(&table.state).filter(|entry| wanted(entry)) {
        match find(entry, tensors, map, &spare) {
            Ok(numbers) => taken.push((entry, numbers)),
            Err(misfit) => misfits.push(misfit),
        }
    }
    misfits.extend(extra(table, tensors, map, &spare));
    if misfits.is_empty() { Ok(taken) } else { Err(Misfits(misfits)) }
}

fn unknown(table: &Table, map: &NameMap) -> Vec<Misfit> {
    let known: BTreeSet<&str> = names(table).collect();
    let unknown = map.pairs.iter().filter(|(ours, _)| !known.contains(ours.as_str()));
    unknown.map(|(ours, _)| Misfit::Unknown { ours: ours.clone(), near: near(ours, known.iter().copied()) }).collect()
}

fn find<'a>(entry: &Entry, tensors: &'a Tensors, map: &NameMap, spare: &[&str]) -> Result<&'a [f32], Misfit> {
    let (ours, theirs) = (entry.name.clone(), map.theirs(&entry.name).unwrap_or(&entry.name).to_string());
    let Some(Tensor { shape, kind, numbers }) = tensors.get(&theirs) else {
        let near = near(&theirs, spare.iter().copied());
        return Err(Misfit::Missing { ours, theirs, near });
    };
    if *shape != entry.shape {
        return Err(Misfit::Shape { ours, expected: entry.shape.clone(), theirs, found: shape.clone() });
    }
    numbers.as_deref().ok_or_else(|| Misfit::Kind { theirs, found: kind.clone() })
}

/// The file's tensors that are nothing in the network.
fn spare<'a>(table: &Table, tensors: &'a Tensors, map: &NameMap) -> Vec<&'a str> {
    let wanted: BTreeSet<&str> = names(table).map(|name| map.theirs(name).unwrap_or(name)).collect();
    let counted = |name: &str| name == "num_batches_tracked" || name.ends_with(".num_batches_tracked");
    tensors.keys().map(String::as_str).filter(|name| !wanted.contains(name) && !counted(name)).collect()
}

fn extra(table: &Table, tensors: &Tensors, map: &NameMap, spare: &[&str]) -> Vec<Misfit> {
    let wanted = || names(table).map(|name| map.theirs(name).unwrap_or(name));
    let missing = || wanted().filter(|name| !tensors.contains_key(*name));
    spare.iter().map(|theirs| Misfit::Extra { theirs: theirs.to_string(), near: near(theirs, missing()) }).collect()
}

fn near<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    similar(name, candidates).map(str::to_string)
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let called = |ours: &str, theirs: &str| match ours == theirs {
            true => format!("`{ours}`"),
            false => format!("`{ours}` (`{theirs}` in the file)"),
        };
        let meant = |near: &Option<String>| near.as_ref().map_or(String::new(), |near| format!("; there is `{near}`"));
        match self {
            Misfit::Missing { ours, theirs, near } => write!(f, "{} is missing{}", called(ours, theirs), meant(near)),
            Misfit::Shape { ours, expected, theirs, found } => {
                write!(f, "{} is {found:?}, expected {expected:?}", called(ours, theirs))
            }
            Misfit::Kind { theirs, found } => {
                write!(f, "`{theirs}` holds numbers of type {found}; weights are F64, F32, F16 or BF16")
            }
            Misfit::Extra { theirs, near } => {
                let near = near.as_ref().map_or(String::new(), |near| format!("; `{near}` is missing"));
                write!(f, "`{theirs}` is nothing in the network{near}")
            }
            Misfit::Unknown { ours, near } => write!(f, "the network has no tensor `{ours}`{}", meant(near)),
        }
    }
}

impl fmt::Display for Misfits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(Misfit::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Misfits {}
