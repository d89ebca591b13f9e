//! Robustness against white-box attacks, in pixel units and in evaluation (Yoon et al. 2021, Table 1; Croce and Hein 2020).

use super::{Measure, Opened, Stop, number};
use crate::params::Weights;
use hetc_analysis::attack::{
    Attack, AttackError, Budget, Classifier, Fab, Norm, Options, Outcome, Pgd, Samples, Shape, Slopes, Square,
    cross_entropy_and_dlr, evaluate, standard,
};
use hetc_data::Normalise;
use hetc_engine::op::Look;
use hetc_engine::{Probe, Seen};
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use std::sync::Mutex;

/// Samples that are attacked together.
const BATCH: usize = 128;
/// Names the attacks' draws.
const SEED: u64 = 0;

/// Which attacks are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attacks {
    /// Projected gradient descent with random starts.
    Pgd,
    /// APGD on the cross-entropy and on the difference of logits ratio: the pair that the code of Yoon et al. ran.
    Pair,
    /// The fast adaptive boundary attack by itself, at each step towards the nearest of all boundaries.
    Fab,
    /// Square by itself.
    Square,
    /// AutoAttack's standard ensemble.
    Standard,
}

/// How far and by what a network is attacked.
#[derive(Debug, Clone, Copy)]
pub struct Robustness {
    /// The attacks.
    pub attacks: Attacks,
    /// The norm that bounds perturbations.
    pub norm: Norm,
    /// The bound, in pixel units: the whole range of a pixel is 1.
    pub radius: f32,
    /// The first so many samples are attacked.
    pub samples: usize,
}

/// What attacks came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Robust {
    /// Samples attacked.
    pub samples: usize,
    /// Part that is right without attack.
    pub clean: f64,
    /// After each attack, in order: its name and the part that is right still.
    pub after: Vec<(String, f64)>,
    /// The mean length of the perturbations that succeeded.
    pub length: Option<f64>,
}

impl Robust {
    /// The part that no attack broke.
    pub fn robust(&self) -> f64 {
        self.after.last().map_or(self.clean, |(_, part)| *part)
    }
}

impl Measure for Robustness {
    type Finding = Robust;

    fn name(&self) -> &'static str {
        "attacks"
    }

    fn settings(&self) -> serde_json::Value {
        let Self { attacks, norm, radius, samples } = self;
        serde_json::json!({
            "attacks": format!("{attacks:?}"), "norm": format!("{norm:?}"), "radius": radius, "samples": samples, "seed": SEED,
        })
    }

    fn find(&self, network: &mut Opened, tell: &mut dyn FnMut(f64) -> bool) -> Result<Robust, Stop> {
        let classes = network.sample.classes.ok_or_else(|| Stop::Without("attacks need classes".to_string()))?;
        let Some(pixels) = network.sample.pixels() else {
            return Err(Stop::Without("attacks in pixel units need images".to_string()));
        };
        let budget = Budget { norm: self.norm, radius: self.radius };
        let [channels, rows, columns] = network.sample.axes[..] else {
            return Err(Stop::Without("attacks in pixel units need images".to_string()));
        };
        let shape = Shape { channels, rows, columns };
        let attacks = match self.attacks {
            Attacks::Pgd => vec![Attack::Pgd(Pgd::new(budget))],
            Attacks::Pair => cross_entropy_and_dlr(),
            Attacks::Fab => vec![Attack::Fab(Fab::new(None))],
            Attacks::Square => vec![Attack::Square(Square::new(shape))],
            Attacks::Standard => standard(shape),
        };
        let count = self.samples.min(network.sample.len());
        let inputs = network.plan.input.elements();
        let mut labels = network.sample.labels();
        labels.truncate(count);
        let samples = Samples { x: &pixels[..count * inputs], labels: &labels };
        let options = Options { budget, batch: BATCH, seed: SEED };
        let of = attacks.len();
        let mut watch = |progress: hetc_analysis::attack::Progress| {
            let part = (progress.attack as f64 + progress.done as f64 / progress.of.max(1) as f64) / of as f64;
            if tell(part) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        let mut model = Pixels {
            probe: &mut network.probe,
            weights: &network.weights,
            look: network.look,
            normalise: &network.sample.normalise,
            inputs,
            classes,
        };
        let report = evaluate(&mut model, samples, &attacks, &options, &mut watch).map_err(|error| match error {
            AttackError::Stopped => Stop::Asked,
            other => Stop::Without(other.to_string()),
        })?;
        let lengths = report.outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Broken(broken) => Some(broken.length),
            _ => None,
        });
        let lengths: Vec<f64> = lengths.collect();
        let after = report.attacks.iter().enumerate();
        Ok(Robust {
            samples: count,
            clean: report.clean_accuracy(),
            after: after.map(|(index, name)| (name.to_string(), report.accuracy_after(index))).collect(),
            length: (!lengths.is_empty()).then(|| lengths.iter().sum::<f64>() / lengths.len() as f64),
        })
    }

    fn head(&self) -> Vec<&'static str> {
        vec!["samples", "attack", "accuracy"]
    }

    fn rows(&self, found: &Robust) -> Vec<Vec<String>> {
        let row = |name: &str, part: f64| vec![found.samples.to_string(), name.to_string(), number(part)];
        let after = found.after.iter().map(|(name, part)| row(name, *part));
        [row("none", found.clean)].into_iter().chain(after).collect()
    }
}

/// A network that takes pixels: what is normalised for it otherwise, it normalises here.
struct Pixels<'a> {
    probe: &'a mut Probe,
    weights: &'a Weights,
    look: Look,
    normalise: &'a Normalise,
    inputs: usize,
    classes: usize,
}

impl Pixels<'_> {
    fn normalised(&self, x: &[f32]) -> Vec<f32> {
        let mut x = x.to_vec();
        x.chunks_exact_mut(self.inputs).for_each(|sample| self.normalise.apply(sample));
        x
    }
}

impl Classifier for Pixels<'_> {
    fn inputs(&self) -> usize {
        self.inputs
    }

    fn classes(&self) -> usize {
        self.classes
    }

    fn logits(&mut self, x: &[f32]) -> Vec<f32> {
        let x = self.normalised(x);
        self.probe.values(self.weights, &x, self.look, &[], &[], |_| ())
    }

    fn slopes(&mut self, x: &[f32], slopes: &Slopes) -> (Vec<f32>, Vec<f32>) {
        let x = self.normalised(x);
        let (classes, inputs) = (self.classes, self.inputs);
        let gradients = Mutex::new(vec![0.0; x.len()]);
        let each = |samples: std::ops::Range<usize>, logits: &[f32], out: &mut [f32]| {
            let rows = logits.chunks_exact(classes).zip(out.chunks_exact_mut(classes));
            samples.zip(rows).for_each(|(number, (logits, out))| slopes(number, logits, out));
            logits.to_vec()
        };
        let take = |Seen { samples, numbers, .. }: Seen| {
            let mut gradients = gradients.lock().expect("nobody panics while holding it");
            gradients[samples.start * inputs..samples.end * inputs].copy_from_slice(numbers);
        };
        let logits = self.probe.slopes(self.weights, &x, self.look, each, &[0], take).concat();
        let mut gradients = gradients.into_inner().expect("nobody panicked");
        gradients.chunks_exact_mut(inputs).for_each(|sample| self.normalise.spread(sample));
        (logits, gradients)
    }
}
