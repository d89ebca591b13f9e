//! One measure after the other, of networks with the same data.

use crate::Status;
use crate::cli::{self, Analyze, Distance, Ensemble, What};
use crate::failure::Failure;
use crate::terminal::Terminal;
use hetc_analysis::attack::Norm;
use hetc_compiler::diag::words;
use hetc_data::Dataset;
use hetc_runtime::analyse::attacks::{Attacks, Robustness};
use hetc_runtime::analyse::cells::Work;
use hetc_runtime::analyse::corruptions::Corruptions;
use hetc_runtime::analyse::curvature::{Curvature, Products};
use hetc_runtime::analyse::functions::Functions;
use hetc_runtime::analyse::pages::FOLDER;
use hetc_runtime::analyse::participation::Dimensions;
use hetc_runtime::analyse::{Analysis, Listen, Measure, Missed, Sample, Stop, Subject, analyse};
use hetc_runtime::network::cores;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Without a terminal, a line at most this often.
const BETWEEN_LINES: Duration = Duration::from_secs(15);

/// What one measure after the other is taken of.
pub struct Scene<'a> {
    pub args: &'a Analyze,
    /// At least one.
    pub subjects: &'a [Subject<'a>],
    /// All of the folder.
    pub every: &'a [Subject<'a>],
    pub data: &'a Dataset,
    pub folder: &'a Path,
    pub terminal: &'a Terminal,
    pub stop: &'a Arc<AtomicBool>,
    /// Those whose weights are not what training left.
    pub broken: &'a mut Vec<Missed>,
}

impl Scene<'_> {
    /// Takes all measures that are asked for.
    pub fn look(&mut self) -> Result<Status, Failure> {
        let sample = self.sample(self.args.samples)?;
        let all = if sample.len() == self.data.test.len() { ", all there are" } else { "" };
        self.terminal.note(&format!(
            "{}, {} of the test split{all}: {}",
            words::count(self.subjects.len(), "trained network"),
            words::count(sample.len(), "sample"),
            self.data.source
        ));
        for what in &self.args.what {
            let ended = match what {
                What::Participation => self.find(&Dimensions, &sample),
                What::Cells => self.find(&Work, &sample),
                What::Functions => self.find(&Functions::default(), &sample),
                What::Hessian => self.find(&curvature(self.args), &self.sample(self.args.hessian.hessian_samples)?),
                What::Attacks => self.find(&robustness(self.args), &self.sample(self.args.attack.attacked)?),
                What::Corruptions => self.find(&Corruptions::new(self.args.cifar10c.clone()), &sample),
            };
            if ended? == Status::Interrupted {
                return Ok(Status::Interrupted);
            }
        }
        Ok(Status::Fine)
    }

    /// `--samples` of them, or `least` if that is more.
    fn sample(&self, least: usize) -> Result<Sample, Failure> {
        let first = &self.subjects[0]; // there is at least one
        let count = self.args.samples.max(least);
        Sample::new(first.plan, self.data, first.config, count).map_err(|error| Failure::new(error.to_string()))
    }

    /// A network that has no such thing is no failure: a note says so, and the next measure is taken.
    fn find<M: Measure>(&mut self, measure: &M, sample: &Sample) -> Result<Status, Failure> {
        let threads = self.args.threads.map_or_else(cores, usize::from);
        let mut ear = Ear::new(measure.name(), self);
        let found = analyse(measure, (self.subjects, self.every), sample, &self.folder.join(FOLDER), threads, &mut ear);
        ear.bar.finish_and_clear();
        match found {
            Ok(analysis) => {
                self.say(measure.name(), &analysis);
                self.broken.extend(analysis.broken);
                Ok(Status::Fine)
            }
            Err(Stop::Asked) => Ok(Status::Interrupted),
            Err(other) => Err(Failure::new(other.to_string())),
        }
    }

    /// What became of a measure, and which networks have nothing to find.
    fn say<F>(&self, measure: &str, analysis: &Analysis<F>) {
        let Analysis { found, without, aside, .. } = analysis;
        if let Some(aside) = aside {
            self.terminal.note(&format!("{measure}: former findings could not be read; they are in {}", aside.display()));
        }
        let reasons: BTreeSet<&String> = without.iter().map(|without| &without.why).collect();
        for why in reasons {
            let of_reason = without.iter().filter(|without| without.why == *why);
            let name = |without: &Missed| match found.iter().any(|record| record.network == without.network) {
                true => format!("{}, seed {}", without.network, without.seed),
                false => without.network.clone(),
            };
            let names: BTreeSet<String> = of_reason.map(name).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let place = if found.is_empty() { String::new() } else { format!(" in {}", names.join("; ")) };
            self.terminal.note(&format!("{measure}: nothing to find{place}: {why}"));
        }
        if !found.is_empty() {
            self.terminal.note(&format!("{measure}: {}", words::count(found.len(), "network")));
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

fn curvature(args: &Analyze) -> Curvature {
    let own = &args.hessian;
    Curvature {
        samples: own.hessian_samples,
        probes: own.probes as usize,
        steps: own.steps as usize,
        runs: own.runs as usize,
        exact: own.exact as usize,
        products: own.products.map(|products| match products {
            cli::Products::Derivatives => Products::Derivatives,
            cli::Products::Differences => Products::Differences,
        }),
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
