//! Which files a command without arguments means.

use crate::failure::Failure;
use std::path::{Path, PathBuf};

/// The spec that was named, or the only one of this folder.
pub fn spec(named: Option<PathBuf>) -> Result<PathBuf, Failure> {
    match named {
        Some(path) => Ok(path),
        None => only_one("net", "spec", "name one"),
    }
}

/// The run file that was named, or the one beside the spec with its name, or the only one of the spec's folder.
pub fn run_file(named: Option<PathBuf>, spec: &Path) -> Result<PathBuf, Failure> {
    if let Some(path) = named {
        return Ok(path);
    }
    let beside = spec.with_extension("toml");
    if beside.is_file() {
        return Ok(beside);
    }
    only_one("toml", "run file", "name one with `--run`")
}

/// Every file of this folder with one of these extensions, by name.
pub fn files_here(extensions: &[&str]) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(".").map_err(|error| Failure::new(format!("cannot read this folder: {error}")))?;
    let has_extension =
        |path: &PathBuf| path.extension().is_some_and(|extension| extensions.iter().any(|wanted| extension == *wanted));
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| PathBuf::from(entry.file_name())))
        .filter(|path| path.is_file() && has_extension(path) && !is_manifest(path))
        .collect();
    files.sort();
    Ok(files)
}

/// The sweep file that was named, or this folder's `sweep.toml`.
pub fn sweep_file(named: Option<PathBuf>) -> Result<PathBuf, Failure> {
    let path = named.unwrap_or_else(|| PathBuf::from(SWEEP));
    if path.is_dir() {
        return Err(Failure::new(format!("`{}` is a folder, not a sweep file", path.display())));
    }
    if !path.is_file() {
        let help = "name a sweep file, or write one: docs/sweeps.md shows how";
        return Err(Failure::new(format!("there is no sweep file `{}`", path.display())).help(help));
    }
    Ok(path)
}

/// What the only sweep file of a folder is called.
const SWEEP: &str = "sweep.toml";

fn is_manifest(path: &Path) -> bool {
    ["Cargo.toml", "rustfmt.toml", "clippy.toml", "deny.toml"].iter().any(|name| path == Path::new(name))
}

fn only_one(extension: &str, noun: &str, advice: &str) -> Result<PathBuf, Failure> {
    let mut files = files_here(&[extension])?;
    files.retain(|file| file != Path::new(SWEEP));
    match files.len() {
        1 => Ok(files.remove(0)),
        0 => Err(Failure::new(format!("there is no {noun} (*.{extension}) in this folder"))
            .help(format!("{advice}, or change to its folder"))),
        n => {
            let names: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
            Err(Failure::new(format!("there are {n} {noun}s in this folder")).help(format!("{advice}: {}", names.join(", "))))
        }
    }
}
