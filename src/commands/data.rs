//! `hetc data`: where the data sets are, whether they are sound, and how to get them.

use crate::Status;
use crate::cli::Data;
use crate::failure::Failure;
use crate::findings;
use crate::terminal::Terminal;
use hetc_data::check::{ChannelFacts, Check, SplitFacts, channel_facts, check};
use hetc_data::get::{Options, Progress, get};
use hetc_data::ode::VanDerPol;
use hetc_data::registry::{self, Found, Places};
use hetc_data::smooth::Field;
use hetc_data::{DataError, DataErrorKind, Dataset, Request, Source, Task};
use hetc_runtime::data::Folders;
use indicatif::{ProgressBar, ProgressStyle};
use std::path::{Path, PathBuf};

pub fn run(args: Data, terminal: &Terminal) -> Result<Status, Failure> {
    let places = Places::from_environment();
    match args {
        Data::List { data } => list(&places, data.as_deref(), terminal),
        Data::Check { name, data } => report(&name, &places, data.as_deref(), terminal),
        Data::Get { name, data } => download(&name, &places, data, terminal),
    }
}

/// A problem with data as a reason not to run.
pub fn failure(error: &DataError) -> Failure {
    Failure::from(findings::data(error))
}

/// What is not looked for.
const OTHERS: &str = "\
van-der-pol    generated: the van der Pol oscillator
ode            generated: differential equations in formulas
smooth         generated: a smooth random function
folder         your own: a folder of PNG and JPEG files, a folder for each class
arrays         your own: .npy, .npz, .safetensors and .csv files

";

fn list(places: &Places, folder: Option<&Path>, terminal: &Terminal) -> Result<Status, Failure> {
    for set in registry::SETS {
        let sample: Vec<String> = set.sample.iter().map(usize::to_string).collect();
        let mut out = format!(
            "{:<14} {}: {} + {} samples of {}, {} classes\n",
            set.name,
            set.title,
            set.train,
            set.test,
            sample.join("x"),
            set.classes
        );
        out += &format!("{:<14} {} ({})\n", "", set.home, set.licence);
        let looked = places.look(set, folder);
        if looked.is_empty() {
            out += &format!("{:<14} generated on the spot, nothing to download\n", "");
        }
        for look in &looked {
            let found = match &look.found {
                Found::Whole => "found".to_string(),
                Found::Nothing => "not there".to_string(),
                Found::Part { missing } => format!("incomplete, without {}", missing.join(", ")),
            };
            out += &format!("{:<14} {}: {found}\n", "", look.folder.display());
        }
        terminal.print(&(out + "\n"));
    }
    terminal.print(OTHERS);
    terminal.print(
        "Each set is read from the first of its folders that holds any of its files. `hetc data get NAME` downloads one.\n",
    );
    Ok(Status::Fine)
}

fn report(name: &str, places: &Places, folder: Option<&Path>, terminal: &Terminal) -> Result<Status, Failure> {
    if name.ends_with(".toml") {
        return report_run_file(Path::new(name), places, folder, terminal);
    }
    let own = match name {
        "van-der-pol" => Some(Source::VanDerPol(VanDerPol::default())),
        "smooth" => Some(Source::Smooth(Field::default())),
        _ => None,
    };
    if let Some(source) = own {
        let data = hetc_runtime::data::load(&Request::of(source), folder, places).map_err(|error| failure(&error))?;
        terminal.print(&describe_loaded(&data));
        return Ok(Status::Fine);
    }
    match check(name, folder, places) {
        Ok(facts) => {
            terminal.print(&describe(&facts));
            Ok(Status::Fine)
        }
        Err(error) if could_not_look(error.kind()) => Err(failure(&error)),
        Err(error) => {
            terminal.diagnostics(&[findings::data(&error)], &crate::sources::Sources::new());
            Ok(Status::Findings)
        }
    }
}

/// Reads the data of a run file, with their splits.
fn report_run_file(path: &Path, places: &Places, folder: Option<&Path>, terminal: &Terminal) -> Result<Status, Failure> {
    let mut sources = crate::sources::Sources::new();
    let (run_file, diagnostics) = match sources.read(path)? {
        Ok(id) => hetc_runtime::runfile::read(id, sources.text(id), &[]),
        Err(diagnostic) => (None, vec![diagnostic]),
    };
    terminal.diagnostics(&diagnostics, &sources);
    let Some(run_file) = run_file else { return Ok(Status::Findings) };
    let folders = Folders::new(folder, path);
    let data = hetc_runtime::data::load(&run_file.data, folders.of(&run_file.data), places).map_err(|error| failure(&error))?;
    terminal.print(&describe_loaded(&data));
    Ok(Status::Fine)
}

fn describe_loaded(data: &Dataset) -> String {
    let mut out = format!("{}\n", data.source);
    for (name, part) in [("training", &data.train), ("validation", &data.validation), ("test", &data.test)] {
        let facts = |classes| {
            let histogram = part.histogram(classes);
            SplitFacts { samples: part.len(), expected: part.len(), histogram }
        };
        match data.task {
            Task::Classes(classes) => out += &split(name, &facts(classes)),
            Task::Values(width) => out += &format!("  {name}: {} samples, {width} numbers to find for each\n", part.len()),
        }
    }
    out + &channels(&channel_facts(data))
}

fn channels(facts: &[ChannelFacts]) -> String {
    let line = |(i, channel): (usize, &ChannelFacts)| {
        format!("  channel {i}: mean {:.5}, standard deviation {:.5}\n", channel.mean, channel.sd)
    };
    facts.iter().enumerate().map(line).collect()
}

fn could_not_look(kind: DataErrorKind) -> bool {
    matches!(kind, DataErrorKind::UnknownSet | DataErrorKind::NotFound | DataErrorKind::Read)
}

fn describe(facts: &Check) -> String {
    let mut out = format!("{}\n", facts.source);
    for file in &facts.files {
        let published = if file.published { "published bytes" } else { "other bytes than the published ones" };
        out += &format!(
            "  {}  {} bytes, SHA-256 {}…, {published}\n",
            file.path.display(),
            file.bytes,
            &file.sha256[..12.min(file.sha256.len())]
        );
    }
    out += &split("training", &facts.train);
    out += &split("test", &facts.test);
    out + &channels(&facts.channels)
}

fn split(name: &str, facts: &SplitFacts) -> String {
    let expected =
        if facts.samples == facts.expected { String::new() } else { format!(" (the published set has {})", facts.expected) };
    let classes: Vec<String> = facts.histogram.iter().map(usize::to_string).collect();
    format!("  {name}: {} samples{expected}; a class: {}\n", facts.samples, classes.join(" "))
}

fn download(name: &str, places: &Places, folder: Option<PathBuf>, terminal: &Terminal) -> Result<Status, Failure> {
    let set = registry::find(name).map_err(|error| failure(&error))?;
    let target = folder.or_else(|| places.target(set));
    let target = target.ok_or_else(|| Failure::new("there is no user's data folder").help("name a folder with `--data`"))?;
    let bar = ProgressBar::hidden();
    if terminal.live {
        bar.set_draw_target(indicatif::ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{msg} {bar:24} {bytes} of {total_bytes}, {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    }
    let mut current = String::new();
    let mut show = |progress: Progress| {
        if progress.file != current {
            current = progress.file.to_string();
            bar.set_message(current.clone());
            bar.set_length(progress.total);
            if !terminal.live {
                terminal.note(&format!("{current}: {} bytes", progress.total));
            }
        }
        bar.set_position(progress.done);
    };
    let got = get(name, &target, &Options::default(), &mut show);
    bar.finish_and_clear();
    let folder = got.map_err(|error| failure(&error))?;
    terminal.print(&format!("{} is in {}, verified\n", set.title, folder.display()));
    Ok(Status::Fine)
}
