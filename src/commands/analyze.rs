//! `hetc analyze`: what cell types do to trained networks.

use super::report::open;
use super::sweep;
use super::train::load;
use crate::Status;
use crate::cli::{Analyze, Distance, Ensemble, What};
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::watch::interrupts;
use hetc_analysis::attack::Norm;
use hetc_compiler::diag::words;
use hetc_data::Dataset;
use hetc_runtime::analyse::attacks::{Attacks, Robustness};
use hetc_runtime::analyse::cells::Work;
use hetc_runtime::analyse::corruptions::Corruptions;
use hetc_runtime::analyse::curvature::Curvature;
use hetc_runtime::analyse::functions::Functions;
use hetc_runtime::analyse::pages::FOLDER;
use hetc_runtime::analyse::participation::Dimensions;
use hetc_runtime::analyse::{Listen, Measure, Sample, Stop, Subject, analyse, subjects};
use hetc_runtime::network::cores;
use hetc_runtime::study::Source;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Without a terminal, a line at most this often.
const BETWEEN_LINES: Duration = Duration::from_secs(15);

pub fn run(args: Analyze, terminal: &Terminal) -> Result<Status, Failure> {
    let stop = interrupts("what was found so far is kept; the same command goes on")?;
    for folder in &args.folders {
        let source = open(folder)?;
        let all = subjects(&source)?;
        let some = chosen(&args, &all, folder)?;
        let done = look(&args, (&some, &all), &data(&args, &source)?, folder, terminal, &stop)?;
        if done == Status::Interrupted {
            terminal.note("interrupted; what was found so far is kept, and the same command goes on");
            return Ok(done);
        }
        terminal.note(&format!("findings in {}; `hetc report {}` draws them", folder.join(FOLDER).display(), folder.display()));
    }
    Ok(Status::Fine)
}

fn subjects(source: &Source) -> Result<Vec<Subject<'_>>, Failure> {
    match source {
        Source::Run(experiment) => Ok(subjects::of_run(experiment)),
        Source::Sweep(sweep) => subjects::of_sweep(sweep).map_err(|error| Failure::new(error.to_string())),
    }
}

/// The data that all trainings have.
fn data(args: &Analyze, source: &Source) -> Result<Dataset, Failure> {
    match source {
        Source::Run(run) => load(&run.run_file.data, args.data.as_deref().or(run.data_folder.as_deref())),
        Source::Sweep(sweep) => {
            let mut sets = sweep::data_of(sweep, args.data.as_deref())?.into_values();
            match (sets.next(), sets.next()) {
                (Some(only), None) => Ok(only),
                _ => Err(Failure::new(
                    "the points of this sweep have different data, so their networks cannot be asked about the same samples",
                )),
            }
        }
    }
}

/// The trained networks that are meant.
fn chosen<'a>(args: &Analyze, all: &[Subject<'a>], folder: &Path) -> Result<Vec<Subject<'a>>, Failure> {
    if all.is_empty() {
        let help = "`hetc train --resume` and `hetc sweep run` go on with what is under way";
        return Err(Failure::new(format!("no training in `{}` has come to its end", folder.display())).help(help));
    }
    let is_meant = |subject: &&Subject| {
        args.net.as_ref().is_none_or(|net| [&subject.network, &subject.folder].contains(&net))
            && args.seed.is_none_or(|seed| seed == subject.seed)
    };
    let some: Vec<Subject> = all.iter().filter(is_meant).cloned().collect();
    if some.is_empty() {
        let mut names: Vec<&str> = all.iter().map(|subject| subject.network.as_str()).collect();
        names.dedup();
        return Err(
            Failure::new("no finished training is of that network and seed").help(format!("there are {}", names.join("; ")))
        );
    }
    Ok(some)
}

fn look(
    args: &Analyze,
    (subjects, every): (&[Subject], &[Subject]),
    data: &Dataset,
    folder: &Path,
    terminal: &Terminal,
    stop: &Arc<AtomicBool>,
) -> Result<Status, Failure> {
    let first = &subjects[0]; // there is at least one
    let sample = Sample::new(first.plan, data, first.config, args.samples).map_err(|error| Failure::new(error.to_string()))?;
    let all = if sample.len() == data.test.len() { ", all there are" } else { "" };
    terminal.note(&format!(
        "{}, {} of the test split{all}: {}",
        words::count(subjects.len(), "trained network"),
        words::count(sample.len(), "sample"),
        data.source
    ));
    let scene = Scene { args, subjects, every, sample: &sample, folder, terminal, stop };
    for what in &args.what {
        let ended = match what {
            What::Participation => scene.find(&Dimensions),
            What::Cells => scene.find(&Work),
            What::Functions => scene.find(&Functions::default()),
            What::Hessian => scene.find(&curvature(args)),
            What::Attacks => scene.find(&robustness(args)),
            What::Corruptions => scene.find(&Corruptions::new(args.cifar10c.clone())),
        };
        if ended? == Status::Interrupted {
            return Ok(Status::Interrupted);
        }
    }
    Ok(Status::Fine)
}

fn curvature(args: &Analyze) -> Curvature {
    let own = &args.hessian;
    Curvature {
        samples: own.hessian_samples,
        probes: own.probes as usize,
        steps: own.steps as usize,
        runs: own.runs as usize,
        exact: own.exact as usize,
    }
}

fn robustness(args: &Analyze) -> Robustness {
    let own = &args.attack;
    let attacks = match own.attack {
        Ensemble::Pgd => Attacks::Pgd,
        Ensemble::Pair => Attacks::Pair,
        Ensemble::Fab => Attacks::Fab,
        Ensemble::Square => Attacks::Square,
        Ensemble::Standard => Attacks::Standard,
    };
    let (norm, usual) = match own.norm {
        Distance::Linf => (Norm::Linf, 8.0 / 255.0),
        Distance::L2 => (Norm::L2, 0.5),
    };
    Robustness { attacks, norm, radius: own.radius.unwrap_or(usual), samples: own.attacked }
}

/// What one measure after the other is taken of.
struct Scene<'a> {
    args: &'a Analyze,
    subjects: &'a [Subject<'a>],
    every: &'a [Subject<'a>],
    sample: &'a Sample,
    folder: &'a Path,
    terminal: &'a Terminal,
    stop: &'a Arc<AtomicBool>,
}

impl Scene<'_> {
    /// A network that has no such thing is no failure: a note says so, and the next measure is taken.
    fn find<M: Measure>(&self, measure: &M) -> Result<Status, Failure> {
        let threads = self.args.threads.map_or_else(cores, usize::from);
        let mut ear = Ear::new(measure.name(), self);
        let found = analyse(measure, (self.subjects, self.every), self.sample, &self.folder.join(FOLDER), threads, &mut ear);
        ear.bar.finish_and_clear();
        match found {
            Ok(records) => {
                self.terminal.note(&format!("{}: {}", measure.name(), words::count(records.len(), "network")));
                Ok(Status::Fine)
            }
            Err(Stop::Asked) => Ok(Status::Interrupted),
            Err(Stop::Without(why)) => {
                self.terminal.note(&format!("{}: nothing to find: {why}", measure.name()));
                Ok(Status::Fine)
            }
            Err(Stop::Error(error)) => Err(Failure::new(error.to_string())),
        }
    }
}

/// Shows how far a measure is: a bar in a terminal, lines elsewhere.
struct Ear<'a> {
    name: &'static str,
    scene: &'a Scene<'a>,
    bar: ProgressBar,
    last_line: Instant,
}

impl<'a> Ear<'a> {
    fn new(name: &'static str, scene: &'a Scene) -> Self {
        let bar = if scene.terminal.live {
            let style = ProgressStyle::with_template("{bar:24} {percent:>3} %  {elapsed} of about {duration}  {msg}");
            ProgressBar::with_draw_target(Some(1000 * scene.subjects.len() as u64), ProgressDrawTarget::stderr())
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        } else {
            ProgressBar::hidden()
        };
        Self { name, scene, bar, last_line: Instant::now() }
    }
}

impl Listen for Ear<'_> {
    fn goes_on(&mut self, subject: usize, part: f64) -> bool {
        let own = &self.scene.subjects[subject];
        let text = format!("{}: [{}/{}] {}, seed {}", self.name, subject + 1, self.scene.subjects.len(), own.network, own.seed);
        self.bar.set_position(1000 * subject as u64 + (1000.0 * part) as u64);
        self.bar.set_message(text.clone());
        if !self.scene.terminal.live && self.last_line.elapsed() > BETWEEN_LINES {
            self.scene.terminal.note(&format!("{text}, {:.0} %", 100.0 * part));
            self.last_line = Instant::now();
        }
        !self.scene.stop.load(Ordering::SeqCst)
    }
}
