//! Progress of a run: a live bar in a terminal, plain lines elsewhere, and the user's interrupt.

use crate::failure::Failure;
use crate::terminal::{Terminal, note};
use hetc_compiler::diag::words;
use hetc_runtime::experiment::{Experiment, Finished, Member, Watch};
use hetc_runtime::observe::{EpochMetrics, Observer, Warning};
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
    title: String,
    number: usize,
    total: usize,
    last_line: Instant,
    warned: Vec<Warning>,
}

impl<'a> Watcher<'a> {
    /// Listens for Ctrl-C and SIGTERM from here on; a second one ends the process at once.
    pub fn new(terminal: &'a Terminal) -> Result<Self, Failure> {
        let stop = Arc::new(AtomicBool::new(false));
        let heard = stop.clone();
        let handler = move || {
            if heard.swap(true, Ordering::SeqCst) {
                note("stopped at once; `hetc train --resume` goes on from the last checkpoint");
                std::process::exit(130);
            }
        };
        ctrlc::set_handler(handler).map_err(|error| Failure::new(format!("cannot listen for Ctrl-C: {error}")))?;
        let (title, warned) = (String::new(), Vec::new());
        Ok(Self { terminal, stop, bar: ProgressBar::hidden(), title, number: 0, total: 0, last_line: Instant::now(), warned })
    }

    /// The bar goes.
    pub fn finish(&mut self) {
        self.bar.finish_and_clear();
    }

    fn line(&mut self, text: &str) {
        self.bar.suspend(|| self.terminal.note(text));
        self.last_line = Instant::now();
    }
}

fn percent(part: Option<f64>) -> String {
    part.map_or("-".to_string(), |part| format!("{:.2} %", 100.0 * part))
}

fn figure(value: Option<f64>) -> String {
    value.map_or("not a number".to_string(), |value| format!("{value:.4}"))
}

impl Observer for Watcher<'_> {
    fn epoch(&mut self, metrics: &EpochMetrics) {
        let text = format!(
            "[{}/{}] {}: epoch {}, loss {}, test loss {}, test accuracy {}",
            self.number,
            self.total,
            self.title,
            metrics.epoch,
            figure(metrics.train_loss),
            figure(metrics.test_loss),
            percent(metrics.test_accuracy)
        );
        if self.terminal.live {
            self.bar.set_message(text);
        } else if self.last_line.elapsed() >= BETWEEN_LINES {
            self.line(&text);
        }
    }

    fn progress(&mut self, step: u64, steps: u64, _loss: f64) {
        let before = self.number.saturating_sub(1) as u64 * TICKS;
        self.bar.set_position(before + TICKS * step / steps.max(1));
    }

    fn warning(&mut self, warning: Warning) {
        if !self.warned.contains(&warning) {
            self.line(&format!("warning: {warning}"));
            self.warned.push(warning);
        }
    }

    fn stop_requested(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
}

impl Watch for Watcher<'_> {
    fn start(&mut self, experiment: &Experiment) {
        let (networks, seeds) = (experiment.members.len(), experiment.run_file.seeds.len());
        self.terminal.note(&experiment.data);
        self.terminal.note(&format!(
            "{} × {}, {}, in {}",
            words::count(networks, "network"),
            words::count(seeds, "seed"),
            words::count(experiment.config().epochs as usize, "epoch"),
            experiment.folder.display()
        ));
        if self.terminal.live {
            let style = ProgressStyle::with_template("{bar:24} {percent:>3} %  {elapsed} of about {duration}  {msg}");
            let bar = ProgressBar::with_draw_target(Some((networks * seeds) as u64 * TICKS), ProgressDrawTarget::stderr());
            self.bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        }
    }

    fn begin(&mut self, member: &Member, seed: u64, number: usize, total: usize) {
        self.title = format!("{}, seed {seed}", member.title);
        (self.number, self.total) = (number, total);
        self.bar.set_message(format!("[{number}/{total}] {}", self.title));
    }

    fn end(&mut self, _member: &Member, finished: &Finished) {
        let outcome = match &finished.result {
            Some(result) => {
                format!(
                    "test accuracy {}, test loss {}, {:.1} s",
                    percent(result.last.test_accuracy),
                    figure(result.last.test_loss),
                    result.seconds
                )
            }
            None => "diverged: its loss is no longer a number (a smaller learning rate may help)".to_string(),
        };
        let text = format!("[{}/{}] {}: {outcome}", self.number, self.total, self.title);
        self.line(&text);
    }
}
