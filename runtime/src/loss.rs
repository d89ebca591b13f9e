//! Losses: from logits and labels to a number and its slope, in f64.

use serde::{Deserialize, Serialize};

/// What training minimises; the mean over a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Minus the logarithm of the softmax probability of the label.
    #[default]
    CrossEntropy,
    /// The mean over all outputs of the squared distance to 1 at the label and 0 elsewhere.
    Mse,
}

/// Sums over the samples of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Score {
    /// Sum of the losses.
    pub loss: f64,
    /// Samples whose largest logit is the label's (the first of equal ones counts).
    pub correct: u64,
    /// Samples.
    pub samples: u64,
}

impl Score {
    /// Adds another batch.
    pub fn add(&mut self, other: Score) {
        *self = self.plus(other);
    }

    /// With another batch.
    #[must_use]
    pub fn plus(self, other: Score) -> Self {
        let (loss, correct) = (self.loss + other.loss, self.correct + other.correct);
        Self { loss, correct, samples: self.samples + other.samples }
    }

    /// Mean loss a sample.
    pub fn mean_loss(&self) -> f64 {
        self.loss / self.samples as f64
    }

    /// Part of the samples that are right.
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.samples as f64
    }
}

impl Loss {
    /// The score of `logits`, `[samples, classes]` with one label a sample.
    pub fn score(self, logits: &[f32], labels: &[u16]) -> Score {
        let mut score = Score { samples: labels.len() as u64, ..Score::default() };
        for (row, label) in rows(logits, labels) {
            score.loss += match self {
                Loss::CrossEntropy => log_sum_exp(row) - f64::from(row[label]),
                Loss::Mse => {
                    row.iter().enumerate().map(|(i, y)| distance(*y, i == label).powi(2)).sum::<f64>() / row.len() as f64
                }
            };
            score.correct += u64::from(first_largest(row) == Some(label));
        }
        score
    }

    /// The derivative of the mean loss of a batch of `samples` with respect to each of `logits`, those of all its samples or some, written
    /// over `slopes`.
    pub fn slopes(self, logits: &[f32], labels: &[u16], samples: usize, slopes: &mut [f32]) {
        let samples = samples as f64;
        let classes = logits.len() / labels.len().max(1);
        for ((row, label), slopes) in rows(logits, labels).zip(slopes.chunks_exact_mut(classes.max(1))) {
            let log_sum = log_sum_exp(row);
            for (i, (y, slope)) in row.iter().zip(slopes).enumerate() {
                let each = match self {
                    Loss::CrossEntropy => (f64::from(*y) - log_sum).exp() - f64::from(u8::from(i == label)),
                    Loss::Mse => 2.0 * distance(*y, i == label) / classes as f64,
                };
                *slope = (each / samples) as f32;
            }
        }
    }
}

fn rows<'a>(logits: &'a [f32], labels: &'a [u16]) -> impl Iterator<Item = (&'a [f32], usize)> {
    let classes = logits.len() / labels.len().max(1);
    logits.chunks_exact(classes.max(1)).zip(labels.iter().map(|label| usize::from(*label)))
}

fn distance(y: f32, is_label: bool) -> f64 {
    f64::from(y) - f64::from(u8::from(is_label))
}

fn log_sum_exp(row: &[f32]) -> f64 {
    let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = row.iter().map(|y| (f64::from(*y) - f64::from(largest)).exp()).sum();
    f64::from(largest) + sum.ln()
}

fn first_largest(row: &[f32]) -> Option<usize> {
    let mut best: Option<(usize, f32)> = None;
    for (i, y) in row.iter().enumerate() {
        if best.is_none_or(|(_, largest)| *y > largest) && !y.is_nan() {
            best = Some((i, *y));
        }
    }
    best.map(|(i, _)| i)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGITS: [f32; 6] = [0.5, -1.0, 2.0, 1.0, 1.0, -3.0];
    const LABELS: [u16; 2] = [2, 1];

    #[test]
    fn slopes_are_differences_of_the_loss() {
        for loss in [Loss::CrossEntropy, Loss::Mse] {
            let mut slopes = [0.0; 6];
            loss.slopes(&LOGITS, &LABELS, 2, &mut slopes);
            for i in 0..6 {
                let at = |shift: f32| {
                    let mut moved = LOGITS;
                    moved[i] += shift;
                    loss.score(&moved, &LABELS).mean_loss()
                };
                let difference = (at(1.0 / 256.0) - at(-1.0 / 256.0)) * 128.0;
                assert!((difference - f64::from(slopes[i])).abs() < 1e-5, "{loss:?} {i}");
            }
        }
    }

    #[test]
    fn ties_go_to_the_first_and_nan_is_never_right() {
        assert_eq!(Loss::CrossEntropy.score(&LOGITS, &LABELS).correct, 1);
        assert_eq!(Loss::CrossEntropy.score(&[f32::NAN; 3], &[0]).correct, 0);
        assert!(Loss::CrossEntropy.score(&[f32::NAN, 0.0], &[1]).loss.is_nan());
    }

    #[test]
    fn large_logits_do_not_overflow() {
        let score = Loss::CrossEntropy.score(&[1e30, 0.0], &[0]);
        assert_eq!(score.loss, 0.0);
    }
}
