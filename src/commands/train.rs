//! `hetc train`: a network and its controls, trained and compared.

use super::compile::open;
use super::runs::{latest, new_folder, open_run};
use super::start;
use crate::Status;
use crate::cli::{Machine, Train};
use crate::failure::Failure;
use crate::findings::NotASetting;
use crate::project;
use crate::sources::Sources;
use crate::terminal::Terminal;
use crate::watch::Watcher;
use hetc_compiler::diag::{Diagnostic, Finding, words};
use hetc_compiler::plan::Plan;
use hetc_compiler::shape::Shape;
use hetc_data::registry::Places;
use hetc_data::{Dataset, Request};
use hetc_grammar::span::{SourceId, Span};
use hetc_runtime::batches::{Misfit, misfits};
use hetc_runtime::data::{self, Folders};
use hetc_runtime::experiment::{Ending, Experiment, NewRun, members, table};
use hetc_runtime::findings::{DataMismatch, RunFileValue};
use hetc_runtime::nets::Device;
use hetc_runtime::network::{Hardware, cores};
use hetc_runtime::params::Table;
use hetc_runtime::runfile::{self, RunFile, Text};
use hetc_runtime::stage::{Alternate, Kind, Stage};
use std::path::Path;

pub fn run(args: Train, terminal: &Terminal) -> Result<Status, Failure> {
    let watcher = Watcher::new(terminal)?; // first, so that an interrupt is heard from here on
    let hardware = hardware(&args.machine)?;
    let prepared = match &args.resume {
        Some(folder) => Some(resume(&args, folder.as_deref(), terminal)?),
        None => prepare(&args, hardware, terminal)?,
    };
    let jobs = args.jobs.map(usize::from);
    match prepared {
        Some((experiment, _)) if experiment.device != hardware.device.to_string() => {
            let help = format!("say `--device {}`: numbers differ from device to device", experiment.device);
            Err(Failure::new(format!("the run was made on `{}`, not on `{}`", experiment.device, hardware.device)).help(help))
        }
        Some((experiment, data)) => go(&experiment, &data, (hardware, jobs), watcher, terminal),
        None => Ok(Status::Findings),
    }
}

/// What to compute on, as the flags say.
pub fn hardware(machine: &Machine) -> Result<Hardware, Failure> {
    let named = |text: &str| text.parse().and_then(|device: Device| device.check().map(|()| device));
    let device = match machine.device.as_str() {
        "auto" => named("cuda").unwrap_or(Device::Cpu),
        text => named(text).map_err(|error| Failure::new(error.to_string()).help("`--device cpu` is always there"))?,
    };
    Ok(Hardware { device, threads: machine.threads.map_or_else(cores, usize::from) })
}

fn go(
    experiment: &Experiment,
    data: &Dataset,
    (hardware, jobs): (Hardware, Option<usize>),
    mut watcher: Watcher,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let folder = experiment.folder.display();
    let ending = experiment.run(data, hardware, jobs, &mut watcher);
    watcher.finish();
    match ending.map_err(|error| Failure::new(error.to_string()))? {
        Ending::Interrupted => {
            terminal.note(&format!("interrupted and saved; go on with `hetc train --resume {folder}`"));
            Ok(Status::Interrupted)
        }
        Ending::Complete(summary) => {
            terminal.print(&format!("\n{}", table(&summary)));
            terminal.note(&format!("\nresults in {folder}"));
            // A control may have nothing that the stages train.
            match summary.rows.iter().any(|row| row.values.is_empty() && !row.diverged.is_empty()) {
                false => Ok(Status::Fine),
                true => Err(Failure::new("no training of a network came to its end")
                    .help("a smaller learning rate may help: `--with optimiser.lr=…`")),
            }
        }
    }
}

/// Everything up to the run folder of a new run; `None` if something was found.
fn prepare(args: &Train, hardware: Hardware, terminal: &Terminal) -> Result<Option<(Experiment, Dataset)>, Failure> {
    let spec = project::spec(args.spec.clone())?;
    let run_path = project::run_file(args.run.clone(), &spec)?;
    let mut sources = Sources::new();
    let run_file = read_run_file(args, &run_path, &mut sources, terminal)?;
    let Some(opened) = open(&spec, &args.settings.set, &mut sources, terminal)? else { return Ok(None) };
    let (Some(mut run_file), false) = (run_file, terminal.rejects(&opened.compilation.diagnostics)) else { return Ok(None) };
    let net = match opened.compilation.net(args.net.as_deref()) {
        Ok(net) => net,
        Err(diagnostic) => {
            terminal.diagnostics(&[*diagnostic], &sources);
            return Ok(None);
        }
    };
    let Some(plan) = &net.plan else { return Ok(None) };
    let beside = run_path.parent().unwrap_or(Path::new(""));
    let data_folder = Folders::new(args.data.as_deref(), &run_path).of(&run_file.data).map(Path::to_path_buf);
    let data = load(&run_file.data, data_folder.as_deref())?;
    run_file.settle_losses(data.task);
    let members = members(plan, run_file.controls);
    let plans: Vec<&Plan> = members.iter().map(|member| &member.plan).collect();
    let mut mismatches = mismatches(plan, net.span, &data, &run_file);
    mismatches.extend(strangers(plan, net.span, &run_file));
    mismatches.extend(start::settle(&mut run_file, beside, &plans, net.span, &mut start::Known::new()));
    if !mismatches.is_empty() {
        terminal.diagnostics(&mismatches, &sources);
        return Ok(None);
    }
    let folder = new_folder(args.out.as_deref(), &spec)?;
    let command: Vec<String> = std::env::args().collect();
    let spec = &hetc_grammar::print(&opened.file);
    let experiment = Experiment::create(&folder, NewRun { spec, run_file, members, data: &data, data_folder, command, hardware });
    Ok(Some((experiment.map_err(|error| Failure::new(error.to_string()))?, data)))
}

fn resume(args: &Train, folder: Option<&Path>, terminal: &Terminal) -> Result<(Experiment, Dataset), Failure> {
    let folder = match folder {
        Some(folder) => folder.to_path_buf(),
        None => latest(&project::spec(args.spec.clone())?)?,
    };
    let experiment = open_run(&folder)?;
    let data = load(&experiment.run_file.data, args.data.as_deref().or(experiment.data_folder.as_deref()))?;
    terminal.note(&format!("going on with {}", folder.display()));
    for difference in &experiment.elsewhere {
        terminal.note(&format!("warning: the run was made with {difference}: its numbers may come out differently from here on"));
    }
    Ok((experiment, data))
}

/// Finds and reads a data set.
pub fn load(request: &Request, folder: Option<&Path>) -> Result<Dataset, Failure> {
    data::load(request, folder, &Places::from_environment()).map_err(|error| super::data::failure(&error))
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

/// Where a network, a data set and a run file do not suit each other.
pub fn mismatches(plan: &Plan, span: Span, data: &Dataset, run_file: &RunFile) -> Vec<Diagnostic> {
    let set_span = run_file.spans.get("set").copied();
    let mismatch = |side, shape: &Shape, needed: String| {
        let (net, set) = (plan.net.clone(), run_file.data.source.name().to_string());
        let (shape, classes) = (shape.to_string(), data.task.classes().is_some());
        DataMismatch { net, span, side, shape, set, needed, classes, set_span }.diagnose()
    };
    let value = |key: &'static str, expected: String, found: String| {
        let span = run_file.spans.get(key).copied().unwrap_or(span);
        RunFileValue { key: format!("data.{key}"), span, expected, found, near: None }.diagnose()
    };
    let one = |misfit| match misfit {
        Misfit::Input => {
            let axes: Vec<String> = data.sample.iter().map(usize::to_string).collect();
            mismatch("input", &plan.input, axes.join("x"))
        }
        Misfit::Output => mismatch("output", &plan.output, data.task.outputs().to_string()),
        Misfit::Channels { given } => {
            let channels = words::count(data.channels(), "channel");
            let key = if run_file.spans.contains_key("mean") { "mean" } else { "normalise" };
            value(
                key,
                format!("one number a channel (`{}` has {channels})", run_file.data.source.name()),
                words::count(given, "number"),
            )
        }
        Misfit::NoImages { setting } => {
            let key = if run_file.spans.contains_key("prepare") { "prepare" } else { setting };
            value(key, format!("left out: samples of `{}` are no images", run_file.data.source.name()), "it".to_string())
        }
    };
    let losses = run_file.impossible_losses(data.task).into_iter().map(|span| {
        let expected = format!("`\"mse\"`, or left out: `{}` has numbers to find", run_file.data.source.name());
        RunFileValue { key: "loss".to_string(), span, expected, found: "`\"cross_entropy\"`".to_string(), near: None }.diagnose()
    });
    let unlike = misfits(plan, data, &run_file.train).into_iter().map(one);
    unlike.chain(losses).chain(too_many(data, span, run_file)).collect()
}

/// Stages whose outer step asks for more samples than there are to train with.
fn too_many(data: &Dataset, net: Span, run_file: &RunFile) -> impl Iterator<Item = Diagnostic> {
    let all = data.train.len();
    run_file.train.stages.iter().filter_map(move |stage| {
        let Kind::Alternate(Alternate { samples, .. }) = stage.kind else { return None };
        let span = run_file.stage_spans.get(&(stage.name.clone(), "alternate")).copied().unwrap_or(net);
        let (key, found) = (format!("stage.{}.alternate.samples", stage.name), format!("`{samples}`"));
        let expected = format!("at most {all}: the training split of `{}` has no more", run_file.data.source.name());
        (samples > all).then(|| RunFileValue { key, span, expected, found, near: None }.diagnose())
    })
}

/// What `[start]` and stages say of tensors and cells that the network does not have.
pub fn strangers(plan: &Plan, net: Span, run_file: &RunFile) -> Vec<Diagnostic> {
    let table = Table::of(plan);
    let mut owners: Vec<&str> = table.params.iter().filter_map(|entry| Some(entry.name.rsplit_once('.')?.0)).collect();
    owners.dedup();
    let trained = || {
        let owners = words::code_list(owners.iter().copied(), "and");
        format!("names of what `{}` trains (`weights`, `cells`, {owners})", plan.net)
    };
    let of_start = run_file.train.start.iter().flat_map(|start| start.strangers(&table)).map(|selector| {
        let span = run_file.start_spans.get("fresh").copied().unwrap_or(net);
        let (key, found) = ("start.fresh".to_string(), format!("`{selector}`"));
        RunFileValue { key, span, expected: trained(), found, near: None }.diagnose()
    });
    let named = |stage: &Stage, key: &'static str, found: String| {
        let span = run_file.stage_spans.get(&(stage.name.clone(), key)).copied().unwrap_or(net);
        let expected = match key {
            "pretrain" => {
                "the name of a cell, or learned function, that all layers share, without a window, and with as many arguments as \
                           the values"
                    .to_string()
            }
            _ => trained(),
        };
        RunFileValue { key: format!("stage.{}.{key}", stage.name), span, expected, found: format!("`{found}`"), near: None }
            .diagnose()
    };
    let stages = run_file.train.stages.iter();
    let of_stages = stages.flat_map(|stage| stage.strangers(plan).into_iter().map(|(key, found)| named(stage, key, found)));
    of_start.chain(of_stages).collect()
}
