//! Losses: from outputs and what was wanted to a number and its slope, in f64.

use hetc_data::Wanted;
use serde::{Deserialize, Serialize};

/// What training minimises; the mean over a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Minus the logarithm of the softmax probability of the label.
    #[default]
    CrossEntropy,
    /// The mean over all outputs of the squared distance to what was wanted: for a class, 1 at its place and 0 elsewhere. It is also what
    /// [`Loss::CrossEntropy`] means where numbers are wanted.
    Mse,
}

/// Sums over the samples of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Score {
    /// Sum of the losses.
    pub loss: f64,
    /// Samples whose largest logit is the label's (the first of equal ones counts).
    pub correct: u64,
    /// Samples that have a label.
    pub labelled: u64,
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
        Self { loss, correct, labelled: self.labelled + other.labelled, samples: self.samples + other.samples }
    }

    /// Mean loss a sample.
    pub fn mean_loss(&self) -> f64 {
        self.loss / self.samples as f64
    }

    /// Part of the samples with a label that are right; not a number if none has one.
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.labelled as f64
    }
}

impl Loss {
    /// The score of `logits`, `[samples, outputs]`, against what was wanted.
    pub fn score(self, logits: &[f32], wanted: Wanted) -> Score {
        let mut score = Score { samples: wanted.len() as u64, ..Score::default() };
        for (row, wanted) in rows(logits, wanted) {
            score.loss += match (self, wanted) {
                (Loss::CrossEntropy, One::Class(class)) => log_sum_exp(row) - f64::from(row[class]),
                _ => row.iter().enumerate().map(|(i, y)| wanted.distance(i, *y).powi(2)).sum::<f64>() / row.len() as f64,
            };
            if let One::Class(class) = wanted {
                score.labelled += 1;
                score.correct += u64::from(first_largest(row) == Some(class));
            }
        }
        score
    }

    /// The derivative of the mean loss of a batch of `samples` with respect to each of `logits`, those of all its samples or some, written
    /// over `slopes`.
    pub fn slopes(self, logits: &[f32], wanted: Wanted, samples: usize, slopes: &mut [f32]) {
        let samples = samples as f64;
        let outputs = logits.len() / wanted.len().max(1);
        for ((row, wanted), slopes) in rows(logits, wanted).zip(slopes.chunks_exact_mut(outputs.max(1))) {
            let log_sum = log_sum_exp(row);
            for (i, (y, slope)) in row.iter().zip(slopes).enumerate() {
                let each = match (self, wanted) {
                    (Loss::CrossEntropy, One::Class(class)) => (f64::from(*y) - log_sum).exp() - f64::from(u8::from(i == class)),
                    _ => 2.0 * wanted.distance(i, *y) / outputs as f64,
                };
                *slope = (each / samples) as f32;
            }
        }
    }
}

/// What is wanted of one sample.
#[derive(Debug, Clone, Copy)]
enum One<'a> {
    Class(usize),
    Values(&'a [f32]),
}

impl One<'_> {
    /// How far output `i` is from what it should be.
    fn distance(self, i: usize, y: f32) -> f64 {
        f64::from(y)
            - match self {
                One::Class(class) => f64::from(u8::from(i == class)),
                One::Values(values) => f64::from(values[i]),
            }
    }
}

fn rows<'a>(logits: &'a [f32], wanted: Wanted<'a>) -> impl Iterator<Item = (&'a [f32], One<'a>)> {
    let outputs = logits.len() / wanted.len().max(1);
    let one = move |sample: usize| match wanted {
        Wanted::Classes(classes) => One::Class(usize::from(classes[sample])),
        Wanted::Values { width, values } => One::Values(&values[sample * width..(sample + 1) * width]),
    };
    logits.chunks_exact(outputs.max(1)).take(wanted.len()).enumerate().map(move |(sample, row)| (row, one(sample)))
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
    const CLASSES: Wanted = Wanted::Classes(&[2, 1]);
    const VALUES: Wanted = Wanted::Values { width: 3, values: &[0.25, -2.0, 1.5, 0.0, 1.0, 4.0] };

    #[test]
    fn slopes_are_differences_of_the_loss() {
        for (loss, wanted) in [(Loss::CrossEntropy, CLASSES), (Loss::Mse, CLASSES), (Loss::Mse, VALUES)] {
            let mut slopes = [0.0; 6];
            loss.slopes(&LOGITS, wanted, 2, &mut slopes);
            for i in 0..6 {
                let at = |shift: f32| {
                    let mut moved = LOGITS;
                    moved[i] += shift;
                    loss.score(&moved, wanted).mean_loss()
                };
                let difference = (at(1.0 / 256.0) - at(-1.0 / 256.0)) * 128.0;
                assert!((difference - f64::from(slopes[i])).abs() < 1e-5, "{loss:?} {i}");
            }
        }
    }

    #[test]
    fn numbers_have_a_mean_square_and_no_accuracy() {
        let score = Loss::Mse.score(&LOGITS, VALUES);
        let squares = [0.0625, 1.0, 0.25, 1.0, 0.0, 49.0];
        assert_eq!(score.mean_loss(), squares.iter().sum::<f64>() / 6.0);
        assert!(score.accuracy().is_nan() && Loss::Mse.score(&LOGITS, CLASSES).accuracy() == 0.5);
    }

    #[test]
    fn ties_go_to_the_first_and_nan_is_never_right() {
        assert_eq!(Loss::CrossEntropy.score(&LOGITS, CLASSES).correct, 1);
        assert_eq!(Loss::CrossEntropy.score(&[f32::NAN; 3], Wanted::Classes(&[0])).correct, 0);
        assert!(Loss::CrossEntropy.score(&[f32::NAN, 0.0], Wanted::Classes(&[1])).loss.is_nan());
    }

    #[test]
    fn large_logits_do_not_overflow() {
        let score = Loss::CrossEntropy.score(&[1e30, 0.0], Wanted::Classes(&[0]));
        assert_eq!(score.loss, 0.0);
    }
}
