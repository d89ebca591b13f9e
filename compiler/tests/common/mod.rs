//! What the tests share: reading the repository's `.net` files.
#![allow(dead_code)] // not every test uses all of it

pub mod draw;

use hetc_compiler::diag::{Diagnostic, Severity};
use hetc_compiler::plan::Plan;
use hetc_compiler::{Compilation, Loaded, Loader, compile_with};
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

/// Compiles a text that can use no file but itself, as `spec.net`.
pub fn compile(text: &str) -> Compilation {
    struct Itself<'a>(&'a str);
    impl Loader for Itself<'_> {
        fn load(&mut self, _: SourceId, path: &str) -> Result<Loaded, String> {
            let text = self.0.to_string();
            if path == "spec.net" { Ok(Loaded { source: SOURCE, text }) } else { Err("no such file".to_string()) }
        }
    }
    compile_with(SOURCE, text, &[], &mut Itself(text))
}

/// Files from the folder of the file that names them; the first one is the file under test.
pub struct Folder {
    files: Vec<PathBuf>,
}

impl Loader for Folder {
    fn load(&mut self, from: SourceId, path: &str) -> Result<Loaded, String> {
        let path = self.files[from.0 as usize - 1].parent().unwrap().join(path);
        let text = std::fs::read_to_string(&path).map_err(|_| "no such file".to_string())?;
        let path = path.canonicalize().unwrap();
        let place = self.files.iter().position(|file| *file == path).unwrap_or_else(|| {
            self.files.push(path);
            self.files.len() - 1
        });
        Ok(Loaded { source: SourceId(place as u32 + 1), text })
    }
}

/// Compiles a file with those that it uses.
pub fn compile_file(path: &Path) -> Compilation {
    let text = std::fs::read_to_string(path).unwrap();
    compile_with(SOURCE, &text, &[], &mut Folder { files: vec![path.canonicalize().unwrap()] })
}

/// Every plan that comes out of `files`.
pub fn plans_of(files: &[PathBuf]) -> Vec<Plan> {
    files.iter().flat_map(|path| compile_file(path).nets.into_iter().filter_map(|net| net.plan)).collect()
}

/// The ids of the diagnostics of one severity.
pub fn codes(diagnostics: &[Diagnostic], severity: Severity) -> Vec<&'static str> {
    diagnostics.iter().filter(|diagnostic| diagnostic.code.severity == severity).map(|diagnostic| diagnostic.code.id).collect()
}
