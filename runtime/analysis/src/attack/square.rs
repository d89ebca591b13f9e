//! Square (Andriushchenko et al. 2020): random search with square windows, from logits alone.

mod euclidean;

use super::bounds::into_box;
use super::setting::{Found, Sample, Setting};
use super::{AttackError, Budget, Norm};
use crate::stream::Stream;
use std::ops::ControlFlow;

/// Samples as images: channels of rows of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Channels, the outermost dimension.
    pub channels: usize,
    /// Rows of a channel.
    pub rows: usize,
    /// Numbers of a row.
    pub columns: usize,
}

/// Square. Samples that are not images are one channel of one row. Windows may lie anywhere in the image, as the paper has it; the authors'
/// code leaves out the last row and column, and breaks fewer samples where images are small.
#[derive(Debug, Clone, PartialEq)]
pub struct Square {
    /// What a sample looks like.
    pub shape: Shape,
    /// How often the classifier is asked about a sample, at least 1.
    pub queries: usize,
    /// Runs, at least 1.
    pub restarts: usize,
    /// The part of the image that the first windows take. It halves after 10, 50, 200, 500, 1000, 2000, 4000, 6000 and 8000 queries.
    pub part: f64,
}

/// The queries after which windows shrink.
const SHRINK: [usize; 9] = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];

impl Square {
    /// As in AutoAttack: 5000 queries, one run, 0.8 of the image.
    pub fn new(shape: Shape) -> Self {
        Self { shape, queries: 5000, restarts: 1, part: 0.8 }
    }

    pub(super) fn check(&self, inputs: usize) -> Result<(), AttackError> {
        let wrong = |setting, must| Err(AttackError::Setting { of: "square", setting, must });
        let Shape { channels, rows, columns } = self.shape;
        match self {
            _ if channels.checked_mul(rows).and_then(|area| area.checked_mul(columns)) != Some(inputs) => {
                wrong("shape", "that of a sample")
            }
            Self { queries: 0, .. } => wrong("queries", "1 or more"),
            Self { restarts: 0, .. } => wrong("restarts", "1 or more"),
            Self { part, .. } if !(*part > 0.0 && *part <= 1.0) => wrong("part", "above 0, up to 1"),
            _ => Ok(()),
        }
    }

    pub(super) fn run(&self, setting: &mut Setting, samples: &[Sample]) -> Found {
        setting.in_turn(samples, self.restarts, |setting, samples, restart| self.once(setting, samples, restart))
    }

    fn once(&self, setting: &mut Setting, samples: &[Sample], restart: usize) -> Found {
        let budget = setting.budget;
        let mut streams: Vec<Stream> = samples.iter().map(|sample| setting.stream("square", sample, restart)).collect();
        let first = |(sample, random): (&Sample, &mut Stream)| self.start(&budget, sample.x, random);
        let mut best: Vec<Search> = samples.iter().zip(&mut streams).map(first).map(Search::new).collect();
        let mut tries: Vec<Vec<f32>> = best.iter().map(|search| search.point.clone()).collect();
        for query in 0..self.queries {
            let going: Vec<usize> = (0..samples.len()).filter(|index| !best[*index].fooled).collect();
            if going.is_empty() {
                break;
            }
            if query > 0 {
                let side = self.side(query - 1, budget.norm);
                going.iter().for_each(|i| tries[*i] = self.next(&budget, samples[*i].x, &best[*i].point, side, &mut streams[*i]));
            }
            let logits = setting.logits(going.iter().map(|index| &tries[*index][..]))?;
            going.iter().zip(logits).for_each(|(index, logits)| best[*index].see(&samples[*index], &tries[*index], &logits));
        }
        ControlFlow::Continue(best.into_iter().map(|search| search.fooled.then_some(search.point)).collect())
    }

    /// The window's side before so many queries were answered since the start.
    fn side(&self, queries: usize, norm: Norm) -> usize {
        let halved = SHRINK.iter().filter(|shrink| queries > **shrink).count();
        let part = self.part / f64::from(1u32 << halved);
        let side = (part * (self.shape.rows * self.shape.columns) as f64).sqrt().round() as usize;
        let side = match norm {
            Norm::Linf => side.max(1),
            Norm::L2 => side.max(3) | 1,
        };
        side.min(self.shape.rows).min(self.shape.columns)
    }

    /// Vertical stripes (l∞), or tiles (l2).
    fn start(&self, budget: &Budget, x: &[f32], random: &mut Stream) -> Vec<f32> {
        let direction = match budget.norm {
            Norm::L2 => return euclidean::start(self.shape, budget, x, random),
            Norm::Linf => self.stripes(random),
        };
        Budget::moved(x, &direction, budget.radius)
    }

    fn stripes(&self, random: &mut Stream) -> Vec<f32> {
        let Shape { channels, rows, columns } = self.shape;
        let signs: Vec<f32> = (0..channels * columns).map(|_| random.sign()).collect();
        let channel = |channel: usize| signs[channel * columns..][..columns].repeat(rows);
        (0..channels).flat_map(channel).collect()
    }

    /// `point` with another window: all of it at one end of the ball, a sign for each channel (l∞), or a new tile (l2).
    fn next(&self, budget: &Budget, x: &[f32], point: &[f32], side: usize, random: &mut Stream) -> Vec<f32> {
        if budget.norm == Norm::L2 {
            return euclidean::next(self.shape, budget, (x, point), side, random);
        }
        let window = Window::random(self.shape, side, random);
        let mut next = point.to_vec();
        for channel in 0..self.shape.channels {
            let end = random.sign() * budget.radius;
            window.places(self.shape, channel).for_each(|at| next[at] = x[at] + end);
        }
        into_box(&mut next);
        next
    }
}

/// A square part of an image.
struct Window {
    row: usize,
    column: usize,
    side: usize,
}

impl Window {
    /// Anywhere in the image.
    fn random(shape: Shape, side: usize, random: &mut Stream) -> Self {
        Self { row: random.below(shape.rows - side + 1), column: random.below(shape.columns - side + 1), side }
    }

    /// Where its numbers are in a sample, row by row.
    fn places(&self, shape: Shape, channel: usize) -> impl Iterator<Item = usize> + use<> {
        let (side, columns) = (self.side, shape.columns);
        let first = (channel * shape.rows + self.row) * columns + self.column;
        (0..side * side).map(move |at| first + at / side * columns + at % side)
    }
}

/// The best point so far.
struct Search {
    point: Vec<f32>,
    margin: f32,
    fooled: bool,
}

impl Search {
    fn new(point: Vec<f32>) -> Self {
        Self { point, margin: f32::INFINITY, fooled: false }
    }

    /// Keeps a try that is got wrong, or that makes the label's lead smaller.
    fn see(&mut self, sample: &Sample, point: &[f32], logits: &[f32]) {
        let others = logits.iter().enumerate().filter(|(class, _)| *class != sample.label);
        let margin = logits[sample.label] - others.map(|(_, logit)| *logit).fold(f32::NEG_INFINITY, f32::max);
        self.fooled = sample.fooled(logits);
        if self.fooled || margin < self.margin {
            self.margin = margin;
            self.point = point.to_vec();
        }
    }
}
