//! `[start]` of a run file, before anything is trained: the files are read, and what does not fit is told.

use hetc_compiler::diag::{Diagnostic, Finding};
use hetc_compiler::plan::Plan;
use hetc_grammar::span::Span;
use hetc_runtime::findings::StartMismatch;
use hetc_runtime::runfile::RunFile;
use hetc_runtime::start::{Content, StartError};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Weights files, and maps, that have been read.
pub type Known = BTreeMap<(PathBuf, Option<PathBuf>), Content>;

/// Finds the files that `run_file` starts from, relative ones from `folder`, and lets its settings say what is in them; returns what
/// keeps `plans` from starting with it. `net` is the network's place in the spec.
pub fn settle(run_file: &mut RunFile, folder: &Path, plans: &[&Plan], net: Span, known: &mut Known) -> Vec<Diagnostic> {
    let Some(start) = &mut run_file.train.start else { return Vec::new() };
    start.place(folder);
    let place = (start.weights.clone(), start.map.clone());
    let spans = &run_file.start_spans;
    let told = |error: StartError, key: &str| {
        let span = spans.get(key).or_else(|| spans.get("weights")).copied().unwrap_or(net);
        StartMismatch { error: &error, span, net }.diagnose()
    };
    if start.sha256.is_some() || !known.contains_key(&place) {
        match start.read() {
            Ok(content) => _ = known.insert(place.clone(), content),
            Err(error) => {
                let key = match &error {
                    StartError::Other { .. } => "sha256",
                    StartError::Io { file, .. } | StartError::Malformed { file, .. } if start.map.as_ref() == Some(file) => "map",
                    _ => "weights",
                };
                return vec![told(error, key)];
            }
        }
    }
    let Some(content) = known.get(&place) else { return Vec::new() };
    start.sha256 = Some(content.sha256.clone());
    plans.iter().filter_map(|plan| start.check(content, plan).err()).map(|error| told(error, "weights")).collect()
}
