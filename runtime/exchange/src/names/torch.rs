//! PyTorch's names, in the order in which torchvision's networks use their modules.
//!
//! VGG has `features.0 … classifier.6`; ResNet `conv1, bn1, layer1.0.conv1, layer1.0.bn1, … layer2.0.downsample.0, … fc`; EfficientNet
//! `features.0.0, … features.1.0.block.1.fc1, … classifier.1`. In a norm, PyTorch's `weight` and `bias` are our `scale` and `shift`.

use super::NameMap;
use crate::tensors::Tensors;
use hetc_compiler::plan::Plan;
use hetc_engine::params::{Entry, Owner, Part, Table};
use std::collections::BTreeMap;

/// Our modules and theirs, one by one, as far as both go. What does not fit is left for the importer to say.
pub fn pair(plan: &Plan, table: &Table, tensors: &Tensors) -> NameMap {
    let mut theirs: BTreeMap<Vec<Place>, &str> = BTreeMap::new();
    for name in tensors.keys() {
        let module = name.rsplit_once('.').map_or("", |(module, _)| module);
        theirs.insert(module.split('.').map(place).collect(), module);
    }
    let mut pairs = Vec::new();
    for (ours, theirs) in modules(plan, table).into_iter().zip(theirs.into_values()) {
        pairs.extend(ours.into_iter().map(|entry| (entry.name.clone(), format!("{theirs}.{}", part(entry.part)))));
    }
    NameMap { pairs }
}

/// Tensors that belong together: those of a layer, of one layer of a learned function, or one number that a cell trains.
fn modules<'a>(plan: &Plan, table: &'a Table) -> Vec<Vec<&'a Entry>> {
    let mut modules: Vec<Vec<&Entry>> = Vec::new();
    for layer in 0..plan.layers.len() {
        push(&mut modules, table.params.iter().chain(&table.state).filter(|entry| entry.owner == Owner::Layer(layer)));
    }
    push(&mut modules, table.params.iter().filter(|entry| !matches!(entry.owner, Owner::Layer(_))));
    modules
}

fn push<'a>(modules: &mut Vec<Vec<&'a Entry>>, entries: impl Iterator<Item = &'a Entry>) {
    for (number, entry) in entries.enumerate() {
        match modules.last_mut() {
            Some(module) if number > 0 && !matches!(entry.part, Part::Weight | Part::Trained { .. }) => module.push(entry),
            _ => modules.push(vec![entry]),
        }
    }
}

/// What PyTorch's modules call it; a trained slope is `PReLU`'s.
fn part(part: Part) -> &'static str {
    match part {
        Part::Weight | Part::Scale | Part::Trained { .. } => "weight",
        Part::Bias | Part::Shift => "bias",
        Part::Mean => "running_mean",
        Part::Var => "running_var",
    }
}

/// Where a module stands among its siblings: what kind it is, its number, then its word.
type Place = (u8, u64, u8, String);

fn place(name: &str) -> Place {
    let word = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = name[word.len()..].parse().unwrap_or(0);
    let (kind, among_equals) = match word {
        "conv" => (0, 0),
        "bn" => (0, 1), // bn1 follows conv1
        "downsample" => (2, 0),
        "fc" | "classifier" | "head" => (3, 0),
        _ => (1, 0),
    };
    (kind, number, among_equals, word.to_string())
}
