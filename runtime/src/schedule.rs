//! Learning rates over time: a factor on every group's own rate.

use serde::{Deserialize, Serialize};

/// How the learning rate moves within a stage.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Schedule {
    /// After the warm-up.
    #[serde(flatten)]
    pub shape: Shape,
    /// Epochs over which the factor grows evenly to 1; may be a part of one.
    #[serde(default)]
    pub warmup: f64,
}

/// The factor after the warm-up.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Shape {
    /// 1.
    #[default]
    Constant,
    /// From 1 along half a cosine to `end` at the end of the stage (Loshchilov and Hutter 2017, without restarts).
    Cosine {
        /// The last factor.
        end: f64,
    },
    /// From 1 along a line to `end` at the end of the stage.
    Linear {
        /// The last factor.
        end: f64,
    },
    /// Times `factor` after every `every` epochs (`torch.optim.lr_scheduler.StepLR`).
    Steps {
        /// Epochs.
        every: u64,
        /// What each step multiplies by.
        factor: f64,
    },
    /// Times `factor` after every epoch.
    Exponential {
        /// What each epoch multiplies by.
        factor: f64,
    },
}

impl Schedule {
    /// The factor of step number `step` (from 0) of a stage of `epochs` epochs with `steps` steps each.
    pub fn factor(&self, step: u64, steps: u64, epochs: u64) -> f64 {
        let warmup = self.warmup * steps as f64;
        let now = step as f64;
        if now < warmup {
            return (now + 1.0) / (warmup.ceil() + 1.0);
        }
        let part = ((now - warmup) / ((epochs * steps) as f64 - warmup).max(1.0)).clamp(0.0, 1.0);
        let epoch = ((now - warmup) / steps as f64).floor();
        match self.shape {
            Shape::Constant => 1.0,
            Shape::Cosine { end } => end + (1.0 - end) * 0.5 * (1.0 + (std::f64::consts::PI * part).cos()),
            Shape::Linear { end } => 1.0 + (end - 1.0) * part,
            Shape::Steps { every, factor } => factor.powf((epoch / every as f64).floor()),
            Shape::Exponential { factor } => factor.powf(epoch),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factors(shape: Shape, warmup: f64, steps: [u64; 5]) -> [f64; 5] {
        steps.map(|step| (1e6 * Schedule { shape, warmup }.factor(step, 10, 8)).round() / 1e6)
    }

    #[test]
    fn factors_are_those_of_the_formulas() {
        let steps = [0, 19, 20, 40, 79];
        assert_eq!(factors(Shape::Constant, 0.0, steps), [1.0; 5]);
        assert_eq!(factors(Shape::Linear { end: 0.2 }, 0.0, steps), [1.0, 0.81, 0.8, 0.6, 0.21]);
        assert_eq!(factors(Shape::Cosine { end: 0.0 }, 0.0, steps), [1.0, 0.867_161, 0.853_553, 0.5, 0.000_385]);
        assert_eq!(factors(Shape::Steps { every: 2, factor: 0.5 }, 0.0, steps), [1.0, 1.0, 0.5, 0.25, 0.125]);
        assert_eq!(factors(Shape::Exponential { factor: 0.9 }, 0.0, steps), [1.0, 0.9, 0.81, 0.6561, 0.478_297]);
    }

    #[test]
    fn a_warm_up_rises_evenly_and_what_follows_begins_after_it() {
        let shape = Shape::Linear { end: 0.0 };
        assert_eq!(factors(shape, 1.9, [0, 9, 18, 19, 49]), [0.05, 0.5, 0.95, 1.0, 0.508_197]);
        assert_eq!(factors(Shape::Constant, 100.0, [0, 9, 18, 19, 79]), [0.000_999, 0.00999, 0.018_981, 0.01998, 0.07992]);
    }
}
