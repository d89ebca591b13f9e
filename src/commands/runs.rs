//! Where runs lie: folders of new ones, and those that are there.

use crate::failure::Failure;
use crate::sources::reason;
use hetc_grammar::span::SourceId;
use hetc_grammar::tree::Item;
use hetc_runtime::experiment::{Experiment, Origin};
use hetc_runtime::study::Source;
use std::path::{Path, PathBuf};

/// Where runs go that are given no folder.
const RUNS: &str = "runs";

/// The folder of a new run; its parent is made.
pub fn new_folder(out: Option<&Path>, spec: &Path) -> Result<PathBuf, Failure> {
    let folder = match out {
        Some(folder) if folder.exists() => {
            return Err(Failure::new(format!("`{}` exists already", folder.display()))
                .help("go on with `--resume`, or choose another folder"));
        }
        Some(folder) => folder.to_path_buf(),
        None => PathBuf::from(RUNS).join(format!("{}-{:03}", stem(spec), 1 + last_number(spec).unwrap_or(0))),
    };
    if let Some(parent) = folder.parent() {
        std::fs::create_dir_all(parent)
            .map_err(|error| Failure::new(format!("cannot create `{}`: {}", parent.display(), reason(&error))))?;
    }
    Ok(folder)
}

/// Reads a run folder.
pub fn open_run(folder: &Path) -> Result<Experiment, Failure> {
    if !folder.exists() {
        return Err(Failure::new(format!("`{}` does not exist", folder.display())));
    }
    if Source::is_sweep(folder) {
        let help =
            "`hetc sweep`, `hetc report` and `hetc analyze` take sweeps; the weights of their trainings are files under `points`";
        return Err(Failure::new(format!("`{}` is a sweep, not a run", folder.display())).help(help));
    }
    if folder.extension().is_some_and(|extension| extension == "net") {
        let help = format!("`hetc train {} --resume` goes on with its latest run", folder.display());
        return Err(Failure::new(format!("`{}` is a spec, not a run", folder.display())).help(help));
    }
    Experiment::open(folder).map_err(|error| Failure::new(error.to_string()))
}

/// The highest number of the runs of a spec: runs/SPEC-007.
fn last_number(spec: &Path) -> Option<u32> {
    let stem = stem(spec);
    let names = std::fs::read_dir(RUNS).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter_map(|name| name.strip_prefix(&stem)?.strip_prefix('-')?.parse().ok()).max()
}

/// The run of a spec that began last, whatever its folder is called.
pub fn latest(spec: &Path) -> Result<PathBuf, Failure> {
    let text = std::fs::read_to_string(spec).unwrap_or_default(); // without it, names of files tell
    let nets: Vec<String> = hetc_grammar::parse(SourceId(0), &text).file.items.iter().filter_map(net_of).collect();
    let folders = std::fs::read_dir(RUNS).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let runs = folders.filter_map(|folder| Some((Origin::read(&folder)?, folder)));
    let own = runs.filter(|(origin, _)| origin.is_of(spec, &nets));
    own.max_by_key(|(origin, folder)| (origin.started, folder.clone())).map(|(_, folder)| folder).ok_or_else(|| {
        Failure::new(format!("there is no run of `{}` in `{RUNS}`", spec.display()))
            .help("name the run's folder: `--resume FOLDER`")
    })
}

/// The name of a network that is defined.
fn net_of(item: &Item) -> Option<String> {
    match item {
        Item::Net(net) => Some(net.name.node.clone()),
        Item::Derived(net) => Some(net.name.node.clone()),
        _ => None,
    }
}

fn stem(spec: &Path) -> String {
    spec.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
