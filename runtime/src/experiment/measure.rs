//! What networks are compared by.

use crate::observe::EpochMetrics;
use serde::{Deserialize, Serialize};

/// What networks are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Measure {
    /// Percent of the test split that is right.
    #[serde(rename = "test accuracy (%)")]
    Accuracy,
    /// Mean loss on the test split, where numbers are to be found.
    #[serde(rename = "test loss")]
    Loss,
    /// Mean square on the grid of a cell that is pretrained, where the last stage does nothing else.
    #[serde(rename = "pretraining loss")]
    Pretraining,
}

impl Measure {
    /// Of what trainings kept: the first of accuracy, test loss and pretraining loss that any of them has; the accuracy if there is none.
    pub fn of<'k>(kept: impl Iterator<Item = &'k EpochMetrics> + Clone) -> Self {
        let all = [Measure::Accuracy, Measure::Loss, Measure::Pretraining];
        let had = |measure: &Measure| kept.clone().any(|epoch| measure.value(epoch).is_some());
        all.into_iter().find(had).unwrap_or(Measure::Accuracy)
    }

    /// What an epoch came to.
    pub fn value(self, epoch: &EpochMetrics) -> Option<f64> {
        match self {
            Measure::Accuracy => epoch.test_accuracy.map(|part| 100.0 * part),
            Measure::Loss => epoch.test_loss,
            Measure::Pretraining => epoch.train_loss,
        }
    }

    /// As tables say it.
    pub fn words(self) -> &'static str {
        match self {
            Measure::Accuracy => "test accuracy (%)",
            Measure::Loss => "test loss",
            Measure::Pretraining => "pretraining loss",
        }
    }

    /// The larger, the better a network is.
    pub fn goodness(self, value: f64) -> f64 {
        match self {
            Measure::Accuracy => value,
            Measure::Loss | Measure::Pretraining => -value,
        }
    }

    /// Digits behind the point that tables have.
    pub fn decimals(self) -> usize {
        match self {
            Measure::Accuracy => 2,
            Measure::Loss | Measure::Pretraining => 5,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_figure_that_anything_has_is_compared() {
        let epoch = |accuracy, test, train| EpochMetrics {
            test_accuracy: accuracy,
            test_loss: test,
            train_loss: train,
            ..Default::default()
        };
        let classes = epoch(Some(0.5), Some(0.7), Some(0.6));
        let numbers = epoch(None, Some(0.7), Some(0.6));
        let pretrained = epoch(None, None, Some(0.6));
        let of = |kept: &[EpochMetrics]| Measure::of(kept.iter());
        assert_eq!(of(&[pretrained.clone(), classes.clone()]), Measure::Accuracy);
        assert_eq!(
            (of(std::slice::from_ref(&numbers)), of(std::slice::from_ref(&pretrained)), of(&[])),
            (Measure::Loss, Measure::Pretraining, Measure::Accuracy)
        );
        assert_eq!([Measure::Accuracy.value(&classes), Measure::Loss.value(&numbers)], [Some(50.0), Some(0.7)]);
        assert_eq!(Measure::Pretraining.value(&pretrained), Some(0.6));
    }
}
