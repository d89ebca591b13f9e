//! How quickly a network trains on this machine: a real training, for a moment.

use super::points::Point;
use crate::experiment::Crew;
use crate::files;
use crate::observe::{EpochMetrics, Observer};
use crate::train::{Job, train};
use hetc_data::Dataset;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long each network is looked at, unless that is fewer than [`FEWEST`] steps.
const MOMENT: Duration = Duration::from_millis(500);
/// Fewest steps that say something.
const FEWEST: usize = 2;
/// Most stretches that the moment is cut into, to see how much it varies.
const STRETCHES: usize = 10;

/// How quickly a network trains.
#[derive(Debug, Clone, PartialEq)]
pub struct Pace {
    /// Seconds before the first step is over.
    pub start: f64,
    /// Seconds a step, with all that goes with it: in the quickest stretch, on average, in the slowest.
    pub step: [f64; 3],
    /// Whether the test split was evaluated in this time too.
    pub with_evaluation: bool,
}

/// Trains a network for a moment on every core that the sweep will use, in a folder that is removed again; `None` if it cannot be trained.
pub fn pace(point: &Point, data: &Dataset, crew: Crew) -> Option<Pace> {
    let time = || {
        let folder = files::own_sibling(&std::env::temp_dir().join("hetc-sweep"));
        let clock = moment(point, data, crew, &folder);
        let _ = std::fs::remove_dir_all(&folder); // nothing was promised of a folder for temporary files
        clock.pace()
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..crew.jobs).map(|_| scope.spawn(time)).collect();
        let pace = time();
        others.into_iter().for_each(|other| _ = other.join());
        pace
    })
}

fn moment(point: &Point, data: &Dataset, crew: Crew, folder: &Path) -> Clock {
    let mut clock = Clock { begun: Instant::now(), steps: Vec::new(), epochs: 0 };
    let mut config = point.run_file.train.clone();
    for stage in config.stages.iter_mut().filter(|stage| stage.find) {
        // Any rate takes as long.
        (stage.optimiser, stage.find) = (stage.optimiser.with_lr(point.run_file.find.low), false);
    }
    let job = Job { plan: &point.plan, data, config: &config, seed: 1, folder, hardware: crew.hardware };
    let _ = train(&job, &mut clock); // a training that fails has shown its pace until then
    clock
}

/// Notes when each step is over, and stops after a moment.
struct Clock {
    begun: Instant,
    steps: Vec<Instant>,
    epochs: usize,
}

impl Observer for Clock {
    fn epoch(&mut self, _metrics: &EpochMetrics) {
        self.epochs += 1;
    }

    fn progress(&mut self, _step: u64, _steps: u64, _loss: f64) {
        self.steps.push(Instant::now());
    }

    fn stop_requested(&self) -> bool {
        self.begun.elapsed() >= MOMENT && self.steps.len() >= FEWEST
    }
}

impl Clock {
    fn pace(&self) -> Option<Pace> {
        let (first, last) = (self.steps.first()?, self.steps.last()?);
        let count = self.steps.len() - 1;
        let mean = (*last - *first).as_secs_f64() / count.max(1) as f64;
        let start = (*first - self.begun).as_secs_f64();
        let each = (count / STRETCHES).max(1);
        let stretches = self.steps.windows(each + 1).step_by(each);
        let stretches: Vec<f64> = stretches.map(|steps| (steps[each] - steps[0]).as_secs_f64() / each as f64).collect();
        let bound = |choose: fn(f64, f64) -> f64| stretches.iter().copied().fold(mean, choose);
        Some(Pace { start, step: [bound(f64::min), mean, bound(f64::max)], with_evaluation: self.epochs > 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_lies_between_the_stretches() {
        let begun = Instant::now();
        let at = |milliseconds: u64| begun + Duration::from_millis(milliseconds);
        let quick = (0..20).map(|step| at(100 + 2 * step));
        let slow = (1..=20).map(|step| at(138 + 4 * step));
        let clock = Clock { begun, steps: quick.chain(slow).collect(), epochs: 0 };
        let Pace { start, step, with_evaluation } = clock.pace().unwrap();
        assert!(!with_evaluation);
        for (found, wanted) in [(start, 0.1), (step[0], 0.002), (step[1], 118.0 / 39.0 / 1e3), (step[2], 0.004)] {
            assert!((found - wanted).abs() < 1e-9, "{found} is not {wanted}");
        }
        assert_eq!(Clock { begun, steps: Vec::new(), epochs: 0 }.pace(), None);
    }
}
