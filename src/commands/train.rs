//! `hetc train`: a network and its controls, trained and compared.

use super::compile::open;
use crate::Status;
use crate::cli::Train;
use crate::failure::Failure;
use crate::findings::NotASetting;
use crate::project;
use crate::sources::{Sources, reason};
use crate::terminal::Terminal;
use crate::watch::Watcher;
use hetc_compiler::diag::{Diagnostic, Finding};
use hetc_compiler::plan::Plan;
use hetc_compiler::shape::Shape;
use hetc_data::Dataset;
use hetc_data::registry::{self, Places};
use hetc_grammar::span::{SourceId, Span};
use hetc_runtime::experiment::{Ending, Experiment, members, table};
use hetc_runtime::findings::DataMismatch;
use hetc_runtime::runfile::{self, RunFile, Text};
use std::path::{Path, PathBuf};

pub fn run(args: Train, terminal: &Terminal) -> Result<Status, Failure> {
    let watcher = Watcher::new(terminal)?; // first, so that an interrupt is heard from here on
    let prepared = match &args.resume {
        Some(folder) => Some(resume(&args, folder, terminal)?),
        None => prepare(&args, terminal)?,
    };
    match prepared {
        Some((experiment, data)) => go(&experiment, &data, watcher, terminal),
        None => Ok(Status::Findings),
    }
}

fn go(experiment: &Experiment, data: &Dataset, mut watcher: Watcher, terminal: &Terminal) -> Result<Status, Failure> {
    let folder = experiment.folder.display();
    let trainings = experiment.members.len() * experiment.run_file.seeds.len();
    terminal.note(&format!("{}", experiment.data));
    terminal.note(&format!(
        "{} networks × {} seeds = {trainings} trainings of {} epochs in {folder}",
        experiment.members.len(),
        experiment.run_file.seeds.len(),
        experiment.config().epochs
    ));
    watcher.start(trainings);
    let ending = experiment.run(data, &mut watcher);
    watcher.finish();
    match ending.map_err(|error| Failure::new(error.to_string()))? {
        Ending::Interrupted => {
            terminal.note(&format!("interrupted and saved; go on with `hetc train --resume {folder}`"));
            Ok(Status::Interrupted)
        }
        Ending::Complete(summary) => {
            terminal.print(&format!("\n{}", table(&summary)));
            terminal.note(&format!("\nresults in {folder}"));
            Ok(Status::Fine)
        }
    }
}

/// Everything up to the run folder of a new run; `None` if something was found.
fn prepare(args: &Train, terminal: &Terminal) -> Result<Option<(Experiment, Dataset)>, Failure> {
    let spec = project::spec(args.spec.clone())?;
    let run_path = project::run_file(args.run.clone(), &spec)?;
    let mut sources = Sources::new();
    let run_file = read_run_file(args, &run_path, &mut sources, terminal)?;
    let Some((compilation, _)) = open(&spec, &args.settings.set, &mut sources, terminal)? else { return Ok(None) };
    let (Some(run_file), false) = (run_file, compilation.has_errors()) else { return Ok(None) };
    let net = match compilation.net(args.net.as_deref()) {
        Ok(net) => net,
        Err(diagnostic) => {
            terminal.diagnostics(&[*diagnostic], &sources);
            return Ok(None);
        }
    };
    let Some(plan) = &net.plan else { return Ok(None) };
    let data = load(&run_file.set, args.data.as_deref())?;
    let mismatches = mismatches(plan, net.span, &data, &run_file);
    if !mismatches.is_empty() {
        terminal.diagnostics(&mismatches, &sources);
        return Ok(None);
    }
    let folder = match &args.out {
        Some(folder) if folder.exists() => {
            return Err(Failure::new(format!("`{}` exists already", folder.display()))
                .help("go on with `--resume`, or choose another folder"));
        }
        Some(folder) => folder.clone(),
        None => free_folder(&spec)?,
    };
    if let Some(parent) = folder.parent() {
        std::fs::create_dir_all(parent)
            .map_err(|error| Failure::new(format!("cannot create `{}`: {}", parent.display(), reason(&error))))?;
    }
    let resolved = hetc_grammar::print(&resolved(&sources, &spec, &args.settings.set, &net.name));
    let members = members(plan, run_file.controls);
    let command: Vec<String> = std::env::args().collect();
    let experiment = Experiment::create(&folder, &resolved, run_file, members, &data, command);
    Ok(Some((experiment.map_err(|error| Failure::new(error.to_string()))?, data)))
}

fn resume(args: &Train, folder: &Path, terminal: &Terminal) -> Result<(Experiment, Dataset), Failure> {
    let folder = if folder.as_os_str().is_empty() { latest(&project::spec(args.spec.clone())?)? } else { folder.to_path_buf() };
    let experiment = Experiment::open(&folder).map_err(|error| Failure::new(error.to_string()))?;
    let data = load(&experiment.run_file.set, args.data.as_deref())?;
    terminal.note(&format!("going on with {}", folder.display()));
    Ok((experiment, data))
}

/// Finds and reads a data set.
pub fn load(name: &str, folder: Option<&Path>) -> Result<Dataset, Failure> {
    registry::load(name, folder, &Places::from_environment()).map_err(|error| super::data::failure(&error))
}

fn read_run_file(args: &Train, path: &Path, sources: &mut Sources, terminal: &Terminal) -> Result<Option<RunFile>, Failure> {
    let id = match sources.read(path)? {
        Ok(id) => id,
        Err(diagnostic) => {
            terminal.diagnostics(&[diagnostic], sources);
            return Ok(None);
        }
    };
    let mut flags: Vec<(&str, String)> = args.with.iter().map(|flag| ("--with", flag.clone())).collect();
    flags.extend(args.epochs.iter().map(|epochs| ("--epochs", format!("train.epochs={epochs}"))));
    flags.extend(args.seeds.iter().map(|seeds| ("--seeds", format!("train.seeds={seeds}"))));
    flags.extend(args.no_controls.then(|| ("--no-controls", "train.controls=false".to_string())));
    flags.extend(args.no_jit.then(|| ("--no-jit", "train.kernels=false".to_string())));
    let ids: Vec<SourceId> = flags.iter().map(|(name, text)| sources.add(*name, toml_text(text))).collect();
    let texts: Vec<Text> = ids.iter().map(|id| Text { source: *id, text: sources.text(*id) }).collect();
    let malformed = texts.iter().zip(&flags).find(|(text, _)| !text.text.contains('='));
    let (run_file, diagnostics) = match malformed {
        Some((text, _)) => {
            (None, vec![NotASetting { flag: "--with", span: Span::new(text.source, 0, text.text.len()) }.diagnose()])
        }
        None => runfile::read(id, sources.text(id), &texts),
    };
    terminal.diagnostics(&diagnostics, sources);
    Ok(run_file)
}

/// `train.loss=mse` as TOML: a bare word becomes a string.
fn toml_text(flag: &str) -> String {
    let Some((key, value)) = flag.split_once('=') else { return flag.to_string() };
    let word = value.trim();
    let bare = !word.is_empty()
        && word.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
        && word.chars().any(|c| c.is_ascii_alphabetic());
    let number = word.parse::<f64>().is_ok();
    if bare && !number && word != "true" && word != "false" { format!("{key}=\"{word}\"") } else { flag.to_string() }
}

/// The spec as it is run: the settings in place of the parameters' defaults.
fn resolved(sources: &Sources, spec: &Path, set: &[String], net: &str) -> hetc_grammar::tree::File {
    let mut again = Sources::new();
    let settings = again.settings(set).unwrap_or_default();
    let text = sources.by_name(&spec.display().to_string()).unwrap_or_default();
    let mut file = hetc_grammar::parse(SourceId(1), text).file;
    for item in &mut file.items {
        let hetc_grammar::tree::Item::Net(item) = item else { continue };
        for param in item.params.iter_mut().filter(|_| item.name.node == net) {
            if let Some(setting) = settings.iter().rev().find(|setting| setting.name.node == param.name.node) {
                param.default = Some(setting.value.clone());
            }
        }
    }
    file
}

/// Where a network and a data set do not fit together.
fn mismatches(plan: &Plan, span: Span, data: &Dataset, run_file: &RunFile) -> Vec<Diagnostic> {
    let words = |axes: &[usize]| axes.iter().map(usize::to_string).collect::<Vec<_>>().join("x");
    let mismatch = |side, shape: &Shape, needed: String| {
        let (net, set) = (plan.net.clone(), run_file.set.clone());
        DataMismatch { net, span, side, shape: shape.to_string(), set, needed, set_span: Some(run_file.set_span) }.diagnose()
    };
    let mut found = Vec::new();
    let size: usize = data.sample.iter().product();
    let fits = match plan.input {
        Shape::Vector(units) => units == size,
        Shape::Map(..) => plan.input.axes() == data.sample || (data.sample.len() == 1 && plan.input.elements() == size),
    };
    if !fits {
        found.push(mismatch("input", &plan.input, words(&data.sample)));
    }
    if plan.output != Shape::vector(data.classes) {
        found.push(mismatch("output", &plan.output, data.classes.to_string()));
    }
    found
}

/// The first of runs/SPEC-001, runs/SPEC-002, … that does not exist.
fn free_folder(spec: &Path) -> Result<PathBuf, Failure> {
    let stem = stem(spec);
    let names = (1..100_000).map(|number| PathBuf::from("runs").join(format!("{stem}-{number:03}")));
    names.into_iter().find(|folder| !folder.exists()).ok_or_else(|| Failure::new("there are too many runs in `runs`"))
}

/// The latest run of a spec.
fn latest(spec: &Path) -> Result<PathBuf, Failure> {
    let stem = stem(spec);
    let names = (1..100_000).map(|number| PathBuf::from("runs").join(format!("{stem}-{number:03}")));
    let last = names.take_while(|folder| folder.exists()).last();
    last.ok_or_else(|| Failure::new(format!("there is no run of `{}` in `runs`", spec.display())).help("name the run's folder"))
}

fn stem(spec: &Path) -> String {
    spec.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
