//! Progress of a sweep: a live bar in a terminal, one line a training elsewhere.

use super::plan::span;
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::watch::{figures, interrupts};
use hetc_compiler::diag::words;
use hetc_runtime::TrainError;
use hetc_runtime::experiment::{Crew, Finished, Training, Watch};
use hetc_runtime::observe::{EpochMetrics, Warning};
use hetc_runtime::sweep::Sweep;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Steps of the bar for one training.
const TICKS: u64 = 1_000;

/// Hears about the trainings of this process and shows them.
pub struct SweepWatcher<'a> {
    terminal: &'a Terminal,
    stop: Arc<AtomicBool>,
    bar: ProgressBar,
    names: Vec<String>,
    /// All trainings of the sweep, and those that are over.
    trainings: usize,
    over: usize,
    /// Trainings under way, in ticks.
    ticks: BTreeMap<usize, u64>,
    /// When this process began, and how many trainings were over.
    began: (Instant, usize),
    warned: Vec<Warning>,
}

impl<'a> SweepWatcher<'a> {
    /// Listens for Ctrl-C and SIGTERM from here on; a second one ends the process at once, and says how to go on.
    pub fn new(terminal: &'a Terminal, goes_on: &'static str) -> Result<Self, Failure> {
        Ok(Self {
            terminal,
            stop: interrupts(goes_on)?,
            bar: ProgressBar::hidden(),
            names: Vec::new(),
            trainings: 0,
            over: 0,
            ticks: BTreeMap::new(),
            began: (Instant::now(), 0),
            warned: Vec::new(),
        })
    }

    /// Says what there is to do.
    pub fn start(&mut self, sweep: &Sweep, crew: Crew) -> Result<(), TrainError> {
        let states = sweep.states()?;
        self.names = sweep.points.iter().map(|point| point.name.clone()).collect();
        self.trainings = states.len();
        self.over = states.iter().filter(|(_, state)| state.is_over()).count();
        let together = if crew.jobs > 1 { format!(", {} at a time", crew.jobs) } else { String::new() };
        self.terminal.note(&format!(
            "{}, {} over{together}, in {}",
            words::count(self.trainings, "training"),
            self.over,
            sweep.folder.display()
        ));
        if self.terminal.live && self.over < self.trainings {
            let style = ProgressStyle::with_template("{bar:24} {percent:>3} %  {elapsed}, about {eta} to go  {wide_msg}");
            let bar = ProgressBar::with_draw_target(Some(self.trainings as u64 * TICKS), ProgressDrawTarget::stderr());
            self.bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            self.bar.set_position(self.over as u64 * TICKS);
            self.bar.reset_eta(); // what was over before says nothing about the speed of this process
        }
        self.began = (Instant::now(), self.over);
        Ok(())
    }

    /// The bar goes.
    pub fn finish(&mut self) {
        self.bar.finish_and_clear();
    }

    /// Whether the user asked to stop.
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    fn line(&mut self, text: &str) {
        self.bar.suspend(|| self.terminal.note(text));
    }

    fn name(&self, training: Training) -> String {
        let name = self.names.get(training.member).map_or("", String::as_str);
        format!("{name}, seed {}", training.seed)
    }

    fn tick(&self) {
        self.bar.set_position(self.over as u64 * TICKS + self.ticks.values().sum::<u64>());
    }

    /// `, about 3 min to go`; nothing with the last one.
    fn rest(&self) -> String {
        let (began, before) = self.began;
        let (done, left) = (self.over.saturating_sub(before), self.trainings.saturating_sub(self.over));
        let each = began.elapsed().as_secs_f64() / done.max(1) as f64;
        if left > 0 { format!(", about {} to go", span(each * left as f64)) } else { String::new() }
    }
}

impl Watch for SweepWatcher<'_> {
    fn begin(&mut self, training: Training) {
        self.bar.set_message(self.name(training));
    }

    fn epoch(&mut self, training: Training, metrics: &EpochMetrics) {
        let text = format!("{}: epoch {}, {}", self.name(training), metrics.epoch, figures(metrics));
        self.bar.set_message(text);
    }

    fn progress(&mut self, training: Training, step: u64, steps: u64) {
        self.ticks.insert(training.number, TICKS * step / steps.max(1));
        self.tick();
    }

    fn warning(&mut self, warning: Warning) {
        if !self.warned.contains(&warning) {
            self.line(&format!("warning: {warning}"));
            self.warned.push(warning);
        }
    }

    fn end(&mut self, training: Training, finished: &Finished) {
        self.ticks.remove(&training.number);
        self.over += 1;
        self.tick();
        let outcome = match &finished.result {
            Some(result) => format!("{}, {:.1} s", figures(&result.kept), result.seconds),
            None => "diverged: its loss is no longer a number".to_string(),
        };
        let (name, rest) = (self.name(training), self.rest());
        self.line(&format!("[{}/{}] {name}: {outcome}{rest}", self.over, self.trainings));
    }

    fn stop_requested(&self) -> bool {
        self.stopped()
    }
}
