//! How a run was started, by its folder.

use super::About;
use std::path::{Path, PathBuf};

/// How a run was started.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    /// Seconds since 1970.
    pub started: u64,
    /// The command line.
    command: Vec<String>,
    /// The network in question.
    net: String,
}

impl Origin {
    /// What the run in `folder` says of it; `None` if that is no run.
    pub fn read(folder: &Path) -> Option<Self> {
        let about: About = serde_json::from_slice(&std::fs::read(folder.join("run.json")).ok()?).ok()?;
        let net = about.networks.into_iter().next()?.title;
        Some(Self { started: about.started, command: about.command, net })
    }

    /// Whether the run is of the spec at `path`, which defines `nets`: the command named such a file, or none at all and its network is
    /// one of them.
    pub fn is_of(&self, path: &Path, nets: &[String]) -> bool {
        let mut specs =
            self.command.iter().map(PathBuf::from).filter(|word| word.extension().is_some_and(|end| end == "net")).peekable();
        match specs.peek() {
            Some(_) => specs.any(|spec| spec.file_name() == path.file_name()),
            None => nets.contains(&self.net),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_of_the_spec_that_its_command_names_or_whose_network_it_trains() {
        let origin = |words: &[&str]| Origin {
            started: 0,
            command: words.iter().map(ToString::to_string).collect(),
            net: "small".to_string(),
        };
        let (small, other) = (["small".to_string()], ["large".to_string()]);
        let named = origin(&["hetc", "train", "specs/a.net", "--set", "cells=sin"]);
        assert!(named.is_of(Path::new("a.net"), &other) && !named.is_of(Path::new("b.net"), &small));
        let unnamed = origin(&["hetc", "train", "--out", "runs/first"]);
        assert!(unnamed.is_of(Path::new("a.net"), &small) && !unnamed.is_of(Path::new("a.net"), &other));
    }
}
