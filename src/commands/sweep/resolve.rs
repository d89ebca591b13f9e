//! What a sweep file comes to without data: its spec and run file are read, and every point is built.

use crate::sources::Sources;
use hetc_compiler::diag::{Diagnostic, Finding};
use hetc_grammar::span::{SourceId, Span};
use hetc_runtime::findings::{RunFileMissing, RunFileValue};
use hetc_runtime::runfile::Text;
use hetc_runtime::sweep::{Design, SweepFile, design, read};
use std::path::{Path, PathBuf};

/// A sweep file with all that it names.
pub struct Resolved {
    pub file: SweepFile,
    pub design: Design,
    /// The text of the spec.
    pub spec: String,
    pub run_path: PathBuf,
}

/// Reads what the sweep file `text` at `path` names, and builds every point. It is there whenever no diagnostic is an error.
pub fn resolve(path: &Path, id: SourceId, text: &str, sources: &mut Sources) -> (Option<Resolved>, Vec<Diagnostic>) {
    let (file, mut found) = read(id, text);
    let Some(file) = file else { return (None, found) };
    let beside = |name: &str| path.parent().unwrap_or(Path::new("")).join(name);
    let spec_path = beside(&file.spec);
    let run_path = file.run.as_deref().map_or_else(|| spec_path.with_extension("toml"), beside);
    let spec = named("spec", &spec_path, file.spec_span, sources, &mut found);
    let run = match file.run_span {
        None if !run_path.is_file() => {
            if spec.is_none() {
                return (None, found); // the run file is called after it
            }
            let (key, example) = ("sweep.run".to_string(), "`run = \"small.toml\"` under `[sweep]`");
            found.push(RunFileMissing { file: "sweep file", key, span: file.span, example }.diagnose());
            None
        }
        span => named("run", &run_path, span.unwrap_or(file.span), sources, &mut found),
    };
    let (Some(spec_id), Some(run_id)) = (spec, run) else { return (None, found) };
    let (spec, run) = (sources.text(spec_id).to_string(), sources.text(run_id).to_string());
    let run = Text { source: run_id, text: &run };
    let compile = &mut |settings: &[_]| hetc_compiler::compile_with(spec_id, &spec, settings, sources);
    let (design, more) = design(&file, id, run, compile);
    found.extend(more);
    (design.map(|design| Resolved { file, design, spec, run_path }), found)
}

/// The file that `sweep.KEY` names.
fn named(key: &str, path: &Path, span: Span, sources: &mut Sources, found: &mut Vec<Diagnostic>) -> Option<SourceId> {
    match sources.once(path) {
        Ok(Ok(id)) => return Some(id),
        Ok(Err(diagnostic)) => found.push(diagnostic),
        Err(_) => {
            let (key, expected) = (format!("sweep.{key}"), "a file that can be read".to_string());
            let unread = format!("`{}`", path.display());
            found.push(RunFileValue { key, span, expected, found: unread, near: None }.diagnose());
        }
    }
    None
}

/// What is wrong with a sweep file, as far as it can be told without data and weights to start from.
pub fn check(path: &Path, id: SourceId, text: &str, sources: &mut Sources) -> Vec<Diagnostic> {
    resolve(path, id, text, sources).1
}
