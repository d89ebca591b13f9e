//! `hetc analyze`: what cell types do to trained networks.

mod scene;

use super::report::open;
use super::sweep;
use super::train::load;
use crate::Status;
use crate::cli::{Analyze, Distance, What};
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::watch::interrupts;
use hetc_compiler::diag::words;
use hetc_data::Dataset;
use hetc_runtime::analyse::pages::FOLDER;
use hetc_runtime::analyse::subjects::{self, Subjects};
use hetc_runtime::analyse::{Missed, Subject};
use hetc_runtime::study::Source;
use scene::Scene;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub fn run(args: Analyze, terminal: &Terminal) -> Result<Status, Failure> {
    refuse(&args)?;
    let sources: Vec<Source> = args.folders.iter().map(|folder| open(folder)).collect::<Result<_, _>>()?;
    let stop = interrupts("what was found so far is kept; the same command goes on")?;
    let mut broken = Vec::new();
    for (folder, source) in args.folders.iter().zip(&sources) {
        let all = trainings(source, folder, terminal)?;
        let chosen = chosen(&args, &all)?;
        let data = data(&args, source)?;
        for (key, data) in &data {
            let own: Vec<Subject> = chosen.iter().filter(|subject| subject.data == *key).cloned().collect();
            if own.is_empty() {
                continue;
            }
            let mut scene =
                Scene { args: &args, subjects: &own, every: &all, data, folder, terminal, stop: &stop, broken: &mut broken };
            if scene.look()? == Status::Interrupted {
                terminal.note("interrupted; what was found so far is kept, and the same command goes on");
                return Ok(Status::Interrupted);
            }
        }
        terminal.note(&format!("findings in {}; `hetc report {}` draws them", folder.join(FOLDER).display(), folder.display()));
    }
    if broken.is_empty() { Ok(Status::Fine) } else { Err(incomplete(broken)) }
}

/// Flags that make no sense together.
fn refuse(args: &Analyze) -> Result<(), Failure> {
    let radius = args.attack.radius.filter(|radius| *radius > 1.0 && args.attack.norm == Distance::Linf);
    if let Some(radius) = radius {
        let help = format!("pixels are from 0 to 1; perhaps `--radius {radius}/255`");
        return Err(Failure::new(format!("a radius of {radius} in l∞ lets every pixel be anything")).help(help));
    }
    let Some(folder) = &args.cifar10c else { return Ok(()) };
    if !args.what.contains(&What::Corruptions) {
        return Err(Failure::new("`--cifar10c` is for corruptions, which are not asked for").help("add `--what corruptions`"));
    }
    if !folder.is_dir() {
        return Err(Failure::new(format!("there is no folder `{}`", folder.display())));
    }
    Ok(())
}

/// Those that came to their end; a note counts the others.
fn trainings<'a>(source: &'a Source, folder: &Path, terminal: &Terminal) -> Result<Vec<Subject<'a>>, Failure> {
    let Subjects { finished, others } = match source {
        Source::Run(experiment) => subjects::of_run(experiment),
        Source::Sweep(sweep) => subjects::of_sweep(sweep).map_err(|error| Failure::new(error.to_string()))?,
    };
    if finished.is_empty() {
        let help = "`hetc train --resume` and `hetc sweep run` go on with what is under way";
        return Err(Failure::new(format!("no training in `{}` has come to its end", folder.display())).help(help));
    }
    if others > 0 {
        terminal.note(&format!("{} of `{}` did not come to an end", words::count(others, "training"), folder.display()));
    }
    Ok(finished)
}

/// The data sets that trainings have, by [`Subject::data`].
fn data(args: &Analyze, source: &Source) -> Result<BTreeMap<String, Dataset>, Failure> {
    match source {
        Source::Run(run) => {
            let data = load(&run.run_file.data, args.data.as_deref().or(run.data_folder.as_deref()))?;
            Ok(BTreeMap::from([(run.run_file.data_key(), data)]))
        }
        Source::Sweep(sweep) => sweep::data_of(sweep, args.data.as_deref()),
    }
}

/// The trained networks that are meant.
fn chosen<'a>(args: &Analyze, all: &[Subject<'a>]) -> Result<Vec<Subject<'a>>, Failure> {
    let is_net = |subject: &&Subject| args.net.as_ref().is_none_or(|net| [&subject.network, &subject.folder].contains(&net));
    let is_meant = |subject: &&Subject| is_net(subject) && args.seed.is_none_or(|seed| seed == subject.seed);
    let some: Vec<Subject> = all.iter().filter(is_meant).cloned().collect();
    if !some.is_empty() {
        return Ok(some);
    }
    let mut names: Vec<&str> = all.iter().map(|subject| subject.network.as_str()).collect();
    names.dedup();
    let mut seeds: Vec<u64> = all.iter().map(|subject| subject.seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    let seeds: Vec<String> = seeds.iter().map(u64::to_string).collect();
    let help = format!("there are {}; seeds {}", names.join("; "), seeds.join(", "));
    Err(Failure::new("no finished training is of that network and seed").help(help))
}

/// Weights that are not what training left: everything else was looked into.
fn incomplete(broken: Vec<Missed>) -> Failure {
    let whys: BTreeSet<String> = broken.into_iter().map(|missed| missed.why).collect();
    let count = words::count(whys.len(), "trained network");
    Failure::new(format!("{count} could not be looked into: {}", Vec::from_iter(whys).join("; ")))
}
