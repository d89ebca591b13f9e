//! What the tests share: reading the repository's `.net` files.
#![allow(dead_code)] // not every test uses all of it

pub mod draw;

use hetc_compiler::diag::{Diagnostic, Severity};
use hetc_compiler::plan::Plan;
use hetc_compiler::{Compilation, compile as compile_text};
use hetc_grammar::span::SourceId;
use std::path::{Path, PathBuf};

/// The id of the file under test; 0 is the prelude's.
pub const SOURCE: SourceId = SourceId(1);

/// A path from the repository's root.
pub fn from_root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The `.net` files of a folder, in alphabetical order.
pub fn net_files(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(from_root(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|extension| extension == "net")).collect();
    files.sort();
    assert!(!files.is_empty(), "{folder} holds no `.net` file");
    files
}

pub fn spec_files() -> Vec<PathBuf> {
    net_files("specs")
}

pub fn compile(text: &str) -> Compilation {
    compile_text(SOURCE, text, &[])
}

/// Every plan that comes out of `files`.
pub fn plans_of(files: &[PathBuf]) -> Vec<Plan> {
    let plans = |path: &PathBuf| compile(&std::fs::read_to_string(path).unwrap()).nets.into_iter().filter_map(|net| net.plan);
    files.iter().flat_map(plans).collect()
}

/// The ids of the diagnostics of one severity.
pub fn codes(diagnostics: &[Diagnostic], severity: Severity) -> Vec<&'static str> {
    diagnostics.iter().filter(|diagnostic| diagnostic.code.severity == severity).map(|diagnostic| diagnostic.code.id).collect()
}
