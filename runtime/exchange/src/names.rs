//! Which of a file's tensors is which of a network's.
//!
//! A map is written as TOML, our name first: `"conv1.weight" = "features.0.weight"`.

mod torch;

use crate::tensors::Tensors;
use hetc_compiler::plan::Plan;
use hetc_engine::params::Table;
use std::collections::BTreeMap;

/// Pairs of our name and that in a file, in the order of the network's tensors.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NameMap {
    /// Ours, theirs.
    pub pairs: Vec<(String, String)>,
}

impl NameMap {
    /// Every tensor of `plan` under its own name.
    pub fn same(plan: &Plan) -> Self {
        Self { pairs: names(&Table::of(plan)).map(|name| (name.to_string(), name.to_string())).collect() }
    }

    /// Every tensor of `plan` under the name that the file most likely has for it: its own or PyTorch's, whichever finds more tensors of
    /// the right shapes. A `state_dict` says nothing of the order of its modules, since the format sorts it; so modules are put into the
    /// order in which torchvision names them, and paired one by one with what has weights in the plan.
    pub fn guess(plan: &Plan, tensors: &Tensors) -> Self {
        let table = Table::of(plan);
        let found = |map: &NameMap| {
            let entries = table.params.iter().chain(&table.state);
            let theirs = |name: &str| map.theirs(name).and_then(|theirs| tensors.get(theirs));
            entries.filter(|entry| theirs(&entry.name).is_some_and(|tensor| tensor.shape == entry.shape)).count()
        };
        let (same, torch) = (Self::same(plan), torch::pair(plan, &table, tensors));
        if found(&torch) > found(&same) { torch } else { same }
    }

    /// Reads a map, or says in words what is wrong with it.
    pub fn from_text(text: &str) -> Result<Self, String> {
        let pairs: BTreeMap<String, String> = toml::from_str(text).map_err(|error| error.message().to_string())?;
        Ok(Self { pairs: pairs.into_iter().collect() })
    }

    /// As [`NameMap::from_text`] reads it.
    pub fn to_text(&self) -> String {
        let quoted = |name: &String| toml::Value::String(name.clone()).to_string();
        self.pairs.iter().map(|(ours, theirs)| format!("{} = {}\n", quoted(ours), quoted(theirs))).collect()
    }

    /// Their name for ours.
    pub fn theirs(&self, ours: &str) -> Option<&str> {
        self.pairs.iter().find(|(name, _)| name == ours).map(|(_, theirs)| theirs.as_str())
    }
}

/// The names of all tensors.
pub(crate) fn names(table: &Table) -> impl Iterator<Item = &str> {
    table.params.iter().chain(&table.state).map(|entry| entry.name.as_str())
}
