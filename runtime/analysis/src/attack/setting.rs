//! What attacks are run against: the classifier, the bounds, the streams, and who may stop them.

use super::goal::{Goal, right};
use super::{Budget, Classifier};
use crate::stream::Stream;
use std::ops::ControlFlow;

/// A sample that is still got right.
#[derive(Clone, Copy)]
pub(super) struct Sample<'a> {
    /// Its place in the set: it names the random streams.
    pub number: usize,
    /// Its pixels.
    pub x: &'a [f32],
    /// Its class.
    pub label: usize,
}

/// A point, and what is climbed there.
pub(super) struct Ask<'a> {
    pub x: &'a [f32],
    pub label: usize,
    pub goal: Goal,
}

/// The logits at a point, and the gradient of what is climbed.
pub(super) struct Answer {
    pub logits: Vec<f32>,
    pub gradient: Vec<f32>,
}

/// For each sample an input within bounds that is got wrong, if one was found; or the word to stop.
pub(super) type Found = ControlFlow<(), Vec<Option<Vec<f32>>>>;

/// The classifier, the bounds, and the way to stop.
pub(super) struct Setting<'a> {
    pub classifier: &'a mut dyn Classifier,
    pub budget: Budget,
    pub seed: u64,
    /// Called before the classifier is asked.
    pub tick: &'a mut dyn FnMut() -> ControlFlow<()>,
}

impl Setting<'_> {
    /// The logits at points, one slice each.
    pub fn logits<'p>(&mut self, points: impl Iterator<Item = &'p [f32]>) -> ControlFlow<(), Vec<Vec<f32>>> {
        (self.tick)()?;
        let x: Vec<f32> = points.flatten().copied().collect();
        let logits = self.classifier.logits(&x);
        ControlFlow::Continue(logits.chunks_exact(self.classifier.classes()).map(<[f32]>::to_vec).collect())
    }

    /// The logits at points, and the gradients of each one's goal there; slopes that are not numbers move nothing.
    pub fn climb(&mut self, points: &[Ask]) -> ControlFlow<(), Vec<Answer>> {
        (self.tick)()?;
        let x: Vec<f32> = points.iter().flat_map(|point| point.x).copied().collect();
        let slopes =
            |number: usize, logits: &[f32], slopes: &mut [f32]| points[number].goal.slopes(logits, points[number].label, slopes);
        let (logits, gradients) = self.classifier.slopes(&x, &slopes);
        let logits = logits.chunks_exact(self.classifier.classes());
        let gradients = gradients.chunks_exact(self.classifier.inputs());
        let finite = |gradient: &[f32]| gradient.iter().map(|g| if g.is_finite() { *g } else { 0.0 }).collect();
        let answer = |(logits, gradient): (&[f32], &[f32])| Answer { logits: logits.to_vec(), gradient: finite(gradient) };
        ControlFlow::Continue(logits.zip(gradients).map(answer).collect())
    }

    /// The stream of `attack` for a sample and a restart.
    pub fn stream(&self, attack: &str, sample: &Sample, restart: usize) -> Stream {
        Stream::new(self.seed, attack, sample.number as u64, restart as u64)
    }

    /// Makes attempts at the samples of which none has found anything yet.
    pub fn in_turn(
        &mut self,
        samples: &[Sample],
        attempts: usize,
        mut attempt: impl FnMut(&mut Self, &[Sample], usize) -> Found,
    ) -> Found {
        let mut found = vec![None; samples.len()];
        for turn in 0..attempts {
            let left: Vec<usize> = (0..samples.len()).filter(|index| found[*index].is_none()).collect();
            if left.is_empty() {
                break;
            }
            let remaining: Vec<Sample> = left.iter().map(|index| samples[*index]).collect();
            let news = attempt(self, &remaining, turn)?;
            left.into_iter().zip(news).for_each(|(index, news)| found[index] = news);
        }
        ControlFlow::Continue(found)
    }
}

impl Sample<'_> {
    /// Asks at a point near it.
    pub fn ask<'p>(&self, x: &'p [f32], goal: Goal) -> Ask<'p> {
        Ask { x, label: self.label, goal }
    }

    /// The classifier with these logits gets it wrong.
    pub fn fooled(&self, logits: &[f32]) -> bool {
        !right(logits, self.label)
    }
}
