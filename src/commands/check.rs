//! `hetc check`: what is wrong with specs and run files.

use crate::Status;
use crate::cli::Check;
use crate::failure::Failure;
use crate::project;
use crate::sources::Sources;
use crate::terminal::Terminal;
use hetc_compiler::diag::{Diagnostic, Severity};
use std::path::Path;

pub fn run(args: Check, terminal: &Terminal) -> Result<Status, Failure> {
    let files = if args.files.is_empty() { project::files_here(&["net", "toml"])? } else { args.files };
    if files.is_empty() {
        return Err(Failure::new("there is nothing to check in this folder").help("name a spec (.net) or run file (.toml)"));
    }
    let mut sources = Sources::new();
    let mut diagnostics = Vec::new();
    match sources.settings(&args.settings.set) {
        Err(more) => diagnostics.extend(more),
        Ok(settings) => {
            for file in &files {
                diagnostics.extend(check(file, &mut sources, &settings)?);
            }
        }
    }
    terminal.diagnostics(&diagnostics, &sources);
    let has_errors = diagnostics.iter().any(|diagnostic| diagnostic.code.severity == Severity::Error);
    if diagnostics.is_empty() {
        let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        terminal.note(&format!("{}: fine", names.join(", ")));
    }
    Ok(if has_errors { Status::Findings } else { Status::Fine })
}

fn check(file: &Path, sources: &mut Sources, settings: &[hetc_compiler::Setting]) -> Result<Vec<Diagnostic>, Failure> {
    let id = match sources.read(file)? {
        Ok(id) => id,
        Err(diagnostic) => return Ok(vec![diagnostic]),
    };
    if file.extension().is_some_and(|extension| extension == "toml") {
        return Ok(hetc_runtime::runfile::read(id, sources.text(id), &[]).1);
    }
    let text = sources.text(id).to_string();
    Ok(hetc_compiler::compile_with(id, &text, settings, sources).diagnostics)
}
