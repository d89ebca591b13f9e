//! Progress of a run: a live bar in a terminal, plain lines elsewhere, and the user's interrupt.

use crate::failure::Failure;
use crate::terminal::{Terminal, note};
use hetc_compiler::diag::words;
use hetc_runtime::experiment::{Crew, Experiment, Finished, Member, Training, Watch};
use hetc_runtime::find::Found;
use hetc_runtime::observe::{EpochMetrics, Warning};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Without a terminal, a line for the epoch under way at most this often.
const BETWEEN_LINES: Duration = Duration::from_secs(15);
/// Steps of the bar for one training.
const TICKS: u64 = 1_000;

/// Hears about an experiment and shows it.
pub struct Watcher<'a> {
    terminal: &'a Terminal,
    stop: Arc<AtomicBool>,
    bar: ProgressBar,
    /// What each network is called.
    titles: Vec<String>,
    /// For each training how far it is, in ticks.
    ticks: Vec<u64>,
    last_line: Instant,
    warned: Vec<Warning>,
}

impl<'a> Watcher<'a> {
    /// Listens for Ctrl-C and SIGTERM from here on; a second one ends the process at once.
    pub fn new(terminal: &'a Terminal) -> Result<Self, Failure> {
        let stop = interrupts("`hetc train --resume` goes on from the last checkpoint")?;
        let bar = ProgressBar::hidden();
        Ok(Self { terminal, stop, bar, titles: Vec::new(), ticks: Vec::new(), last_line: Instant::now(), warned: Vec::new() })
    }

    /// The bar goes.
    pub fn finish(&mut self) {
        self.bar.finish_and_clear();
    }

    fn line(&mut self, text: &str) {
        self.bar.suspend(|| self.terminal.note(text));
        self.last_line = Instant::now();
    }

    /// `[3/30] sticknet8, seed 2`
    fn name(&self, training: Training) -> String {
        let title = self.titles.get(training.member).map_or("", String::as_str);
        format!("[{}/{}] {title}, seed {}", training.number, self.ticks.len(), training.seed)
    }

    fn tick(&mut self, training: Training, ticks: u64) {
        if let Some(known) = self.ticks.get_mut(training.number - 1) {
            *known = ticks;
        }
        self.bar.set_position(self.ticks.iter().sum());
    }
}

/// What Ctrl-C and SIGTERM set from here on; a second one ends the process at once, and says how to go on.
pub fn interrupts(goes_on: &'static str) -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let heard = stop.clone();
    let handler = move || {
        if heard.swap(true, Ordering::SeqCst) {
            note(&format!("stopped at once; {goes_on}"));
            std::process::exit(130);
        }
    };
    ctrlc::set_handler(handler).map_err(|error| Failure::new(format!("cannot listen for Ctrl-C: {error}")))?;
    Ok(stop)
}

/// `61.20 %`
fn percent(part: Option<f64>) -> String {
    part.map_or("-".to_string(), |part| format!("{:.2} %", 100.0 * part))
}

/// `0.6931`
fn figure(value: Option<f64>) -> String {
    value.map_or("not a number".to_string(), |value| format!("{value:.4}"))
}

/// `test accuracy 61.20 %, test loss 0.6931`, or what else an epoch has to tell.
pub fn figures(metrics: &EpochMetrics) -> String {
    match (metrics.test_accuracy, metrics.test_loss) {
        (None, None) => metrics.train_loss.map_or("nothing to train".to_string(), |loss| format!("pretraining loss {loss:.4}")),
        (None, loss) => format!("test loss {}", figure(loss)),
        (accuracy, loss) => format!("test accuracy {}, test loss {}", percent(accuracy), figure(loss)),
    }
}

impl Watch for Watcher<'_> {
    fn start(&mut self, experiment: &Experiment, crew: Crew) {
        let (networks, seeds) = (experiment.members.len(), experiment.run_file.seeds.len());
        self.terminal.note(&experiment.data);
        let together = if crew.jobs > 1 { format!(", {} at a time", crew.jobs) } else { String::new() };
        self.terminal.note(&format!(
            "{} × {}, {}{together}, in {}",
            words::count(networks, "network"),
            words::count(seeds, "seed"),
            words::count(experiment.config().epochs() as usize, "epoch"),
            experiment.folder.display()
        ));
        self.titles = experiment.members.iter().map(|member| member.title.clone()).collect();
        self.ticks = vec![0; networks * seeds];
        if self.terminal.live {
            let style = ProgressStyle::with_template("{bar:24} {percent:>3} %  {elapsed} of about {duration}  {msg}");
            let bar = ProgressBar::with_draw_target(Some((networks * seeds) as u64 * TICKS), ProgressDrawTarget::stderr());
            self.bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        }
    }

    fn found(&mut self, member: &Member, found: &Found) {
        let tests = words::count(found.tests.len(), "range test");
        self.terminal.note(&format!("{}: learning rate {:.3e} found by {tests}", member.title, found.rate));
    }

    fn begin(&mut self, training: Training) {
        self.bar.set_message(self.name(training));
    }

    fn epoch(&mut self, training: Training, metrics: &EpochMetrics) {
        let tested = metrics.test_loss.is_some();
        let loss = if tested { format!("loss {}, ", figure(metrics.train_loss)) } else { String::new() };
        let text = format!("{}: epoch {}, {loss}{}", self.name(training), metrics.epoch, figures(metrics));
        if self.terminal.live {
            self.bar.set_message(text);
        } else if self.last_line.elapsed() >= BETWEEN_LINES {
            self.line(&text);
        }
    }

    fn progress(&mut self, training: Training, step: u64, steps: u64) {
        self.tick(training, TICKS * step / steps.max(1));
    }

    fn warning(&mut self, warning: Warning) {
        if !self.warned.contains(&warning) {
            self.line(&format!("warning: {warning}"));
            self.warned.push(warning);
        }
    }

    fn end(&mut self, training: Training, finished: &Finished) {
        let outcome = match &finished.result {
            Some(result) => format!("{}, {:.1} s", figures(&result.kept), result.seconds),
            None => "diverged: its loss is no longer a number (a smaller learning rate may help)".to_string(),
        };
        self.tick(training, TICKS);
        self.line(&format!("{}: {outcome}", self.name(training)));
    }

    fn stop_requested(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
}
