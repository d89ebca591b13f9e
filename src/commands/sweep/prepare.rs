//! From a sweep file, or a sweep's folder, to a sweep with its data.

use super::resolve::{Resolved, resolve};
use crate::cli::sweep::Target;
use crate::commands::start;
use crate::commands::train::{load, mismatches, strangers};
use crate::failure::Failure;
use crate::project;
use crate::sources::Sources;
use crate::terminal::Terminal;
use hetc_compiler::diag::Diagnostic;
use hetc_data::Dataset;
use hetc_grammar::span::{SourceId, Span};
use hetc_runtime::data::Folders;
use hetc_runtime::runfile::RunFile;
use hetc_runtime::sweep::{Design, Point, Sweep};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

/// Where sweeps go that are given no folder.
const SWEEPS: &str = "sweeps";

/// A sweep with everything that it needs.
pub struct Prepared {
    pub sweep: Sweep,
    /// By the names that run files have for them.
    pub data: BTreeMap<String, Dataset>,
    spec: String,
    text: String,
}

impl Prepared {
    /// Writes the folder.
    pub fn save(&self) -> Result<(), Failure> {
        let command = std::env::args().collect();
        self.sweep.save(&self.spec, &self.text, command).map_err(|error| Failure::new(error.to_string()))
    }
}

/// Reads a sweep file, builds every point and finds its data; `None` if something was found.
pub fn prepare(target: &Target, terminal: &Terminal) -> Result<Option<Prepared>, Failure> {
    let path = project::sweep_file(target.file.clone())?;
    let mut sources = Sources::new();
    let Some(id) = source(&path, &mut sources, terminal)? else { return Ok(None) };
    let text = sources.text(id).to_string();
    let (resolved, found) = resolve(&path, id, &text, &mut sources);
    terminal.diagnostics(&found, &sources);
    let Some(Resolved { file, mut design, spec, run_path }) = resolved.filter(|_| !terminal.rejects(&found)) else {
        return Ok(None);
    };
    let folder = folder(target, &path)?;
    let beside = run_path.parent().unwrap_or(Path::new(""));
    let folders = Folders::new(target.data.as_deref(), &run_path);
    let data = sets(design.points.iter().map(|point| &point.run_file), &folders)?;
    for point in &mut design.points {
        if let Some(data) = data.get(&point.run_file.data_key()) {
            point.run_file.settle_losses(data.task);
        }
    }
    let mut misfits = misfits(&design, design.net, &data);
    misfits.extend(nowhere(&design));
    misfits.extend(starts(&mut design, beside));
    if !misfits.is_empty() {
        terminal.diagnostics(&misfits, &sources);
        return Ok(None);
    }
    let sweep = Sweep::new(&folder, design, &data, file.slurm, folders);
    Ok(Some(Prepared { sweep, data, spec, text }))
}

/// Reads a sweep's folder back.
pub fn open(folder: &Path) -> Result<Sweep, Failure> {
    if folder.is_file() {
        let help = "`hetc sweep run FILE` trains what a sweep file names";
        return Err(Failure::new(format!("`{}` is a file, not a sweep's folder", folder.display())).help(help));
    }
    Sweep::open(folder).map_err(|error| Failure::new(format!("`{}` is not a sweep: {}", error.path.display(), error.reason)))
}

/// The data sets of a sweep that was read back.
pub fn data_of(sweep: &Sweep, folder: Option<&Path>) -> Result<BTreeMap<String, Dataset>, Failure> {
    let named = folder.map(Path::to_path_buf).or_else(|| sweep.data.named.clone());
    sets(sweep.points.iter().map(|point| &point.run_file), &Folders { named, ..sweep.data.clone() })
}

fn source(path: &Path, sources: &mut Sources, terminal: &Terminal) -> Result<Option<SourceId>, Failure> {
    Ok(match sources.read(path)? {
        Ok(id) => Some(id),
        Err(diagnostic) => {
            terminal.diagnostics(&[diagnostic], sources);
            None
        }
    })
}

/// The sweep's folder: a former version of it, or a place where nothing is yet.
fn folder(target: &Target, file: &Path) -> Result<PathBuf, Failure> {
    let stem = file.file_stem().unwrap_or_default();
    let folder = target.out.clone().unwrap_or_else(|| Path::new(SWEEPS).join(stem));
    let holds_others = || std::fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some());
    if folder.exists() && !folder.join("points").is_dir() && holds_others() {
        let help = "choose another folder with `--out`";
        return Err(Failure::new(format!("`{}` holds something else than a sweep", folder.display())).help(help));
    }
    Ok(folder)
}

fn sets<'n>(run_files: impl Iterator<Item = &'n RunFile>, folders: &Folders) -> Result<BTreeMap<String, Dataset>, Failure> {
    let mut sets = BTreeMap::new();
    for run_file in run_files {
        if let Entry::Vacant(place) = sets.entry(run_file.data_key()) {
            place.insert(load(&run_file.data, folders.of(&run_file.data))?);
        }
    }
    Ok(sets)
}

/// What keeps points from starting with the weights that they are to start from, each message once; `folder` is the run file's.
fn starts(design: &mut Design, folder: &Path) -> Vec<Diagnostic> {
    let (mut known, mut found): (_, Vec<Diagnostic>) = (start::Known::new(), Vec::new());
    for point in &mut design.points {
        for one in start::settle(&mut point.run_file, folder, &[&point.plan], design.net, &mut known) {
            if found.iter().all(|other| (&other.headline, &other.help) != (&one.headline, &one.help)) {
                found.push(one);
            }
        }
    }
    found
}

/// What stages and `[start]` say of tensors and cells that no point has. A control without the learned cells of its mix has nothing to
/// freeze, and that is no mistake.
fn nowhere(design: &Design) -> Vec<Diagnostic> {
    let of = |point: &Point| strangers(&point.plan, design.net, &point.run_file);
    let places = |one: &Diagnostic| one.labels.iter().map(|label| label.span).collect::<Vec<_>>();
    let is_same = |a: &Diagnostic, b: &Diagnostic| a.code.name == b.code.name && places(a) == places(b);
    let mut points = design.points.iter();
    let first = points.next().map_or(Vec::new(), of);
    let known: Vec<Vec<Diagnostic>> = if first.is_empty() { Vec::new() } else { points.map(of).collect() };
    first.into_iter().filter(|one| known.iter().all(|own| own.iter().any(|other| is_same(one, other)))).collect()
}

/// Where a network and its data do not suit each other, each message once.
fn misfits(design: &Design, net: Span, data: &BTreeMap<String, Dataset>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for point in &design.points {
        let Some(data) = data.get(&point.run_file.data_key()) else { continue };
        for one in mismatches(&point.plan, net, data, &point.run_file) {
            if found.iter().all(|known| known.headline != one.headline) {
                found.push(one);
            }
        }
    }
    found
}
