//! The loss around the weights that training found: the Hessian's trace and spectrum (Choudhary et al. 2022, p. 4; Yao et al. 2020).

use super::{Measure, Opened, Stop, number, optional};
use crate::loss::Loss;
use crate::params::Weights;
use crate::streams::Stream;
use hetc_analysis::hessian::{
    Failure, Gradient, Hessian, Rule, Spectrum, Threshold, Trace, exact, lanczos, near_zero, thresholds, trace,
};
use hetc_data::Targets;
use hetc_engine::Probe;
use hetc_engine::op::Look;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// What counts as near zero, of the largest eigenvalue, unless said otherwise.
pub const NEAR: f64 = 1e-3;
/// The thresholds of the sweep: from here to one tenth, of the largest.
const SWEEP: (f64, f64, usize) = (1e-6, 0.1, 16);
/// Eigenvalues that are listed.
const TOP: usize = 5;
/// Probes of the trace at least: PyHessian's rule alone may end after five, by chance.
const LEAST: usize = 30;

/// The Hessian of the mean loss over the first samples of the sample, in evaluation.
///
/// Products with it are differences of slopes at two points near the weights. Where cells have kinks (ReLU, tables, windows, maxima), units
/// that cross one between the two points count as curvature, which derivatives at a point leave out: for a network of ReLUs the trace
/// may be many times that of automatic differentiation. So compare smooth cells with smooth ones; findings name the layers.
#[derive(Debug, Clone, Copy)]
pub struct Curvature {
    /// Samples; the authors take one batch of 200.
    pub samples: usize,
    /// Probes of the trace at most; where the spectrum is not that of the whole Hessian.
    pub probes: usize,
    /// Steps of each Lanczos run.
    pub steps: usize,
    /// Lanczos runs.
    pub runs: usize,
    /// The most parameters for which the spectrum is that of the whole Hessian.
    pub exact: usize,
}

impl Default for Curvature {
    /// PyHessian's numbers, but for the least number of probes; whole Hessians of up to 1500 parameters.
    fn default() -> Self {
        Self { samples: 200, probes: 100, steps: 100, runs: 1, exact: 1500 }
    }
}

/// What the loss is like around a network's weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// Samples that the loss is over.
    pub samples: usize,
    /// The loss there.
    pub loss: f64,
    /// Trained numbers.
    pub params: usize,
    /// The trace: the sum of all eigenvalues, or by Hutchinson's probes.
    pub trace: f64,
    /// The standard error of that, where there were probes.
    pub trace_error: Option<f64>,
    /// How many probes there were.
    pub probes: usize,
    /// Whether the spectrum is that of the whole Hessian; otherwise quadratures.
    pub exact: bool,
    /// The eigenvalues, or nodes with weights, of each run.
    pub spectra: Vec<Nodes>,
    /// Layers whose slopes jump: products are differences of slopes, so jumps between the two points count as curvature.
    pub kinks: Vec<String>,
    /// The share of eigenvalues below each threshold, in parts of the largest magnitude.
    pub near_zero: Vec<(f64, f64)>,
}

/// Where eigenvalues lie.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Nodes {
    /// Ascending.
    pub at: Vec<f64>,
    /// The share of each.
    pub weights: Vec<f64>,
}

impl Shape {
    /// The eigenvalues of largest magnitude, largest first, of the first run.
    pub fn top(&self) -> Vec<f64> {
        let mut all = self.spectra.first().map_or(Vec::new(), |nodes| nodes.at.clone());
        all.sort_by(|a, b| b.abs().total_cmp(&a.abs()));
        all.truncate(TOP);
        all
    }

    /// The share of eigenvalues below [`NEAR`] of the largest.
    pub fn share_near_zero(&self) -> Option<f64> {
        self.near_zero.iter().find(|(threshold, _)| *threshold == NEAR).map(|(_, share)| *share)
    }
}

impl Measure for Curvature {
    type Finding = Shape;

    fn name(&self) -> &'static str {
        "hessian"
    }

    fn settings(&self) -> serde_json::Value {
        let Self { samples, probes, steps, runs, exact } = self;
        serde_json::json!({ "samples": samples, "probes": probes, "steps": steps, "runs": runs, "exact": exact })
    }

    fn find(&self, network: &mut Opened, tell: &mut dyn FnMut(f64) -> bool) -> Result<Shape, Stop> {
        let start = network.weights.params.clone();
        let params = start.len();
        let (look, sample) = (network.look, network.sample.len());
        let mut loss = self.loss(network);
        let value = loss.value(&start);
        let coins = |name: &str, run: usize| {
            let mut stream = Stream::new(look.seed, name, &[run as u64]);
            move || stream.coin()
        };
        let whole = params <= self.exact;
        let mut hessian =
            Hessian::new(&mut loss, &start).ok_or_else(|| Stop::Without("its weights are not all finite".to_string()))?;
        let stopped = |failure: Failure| match failure {
            Failure::Stopped => Stop::Asked,
            other => Stop::Without(other.to_string()),
        };
        let products = if whole { params } else { self.probes + self.runs * self.steps };
        let mut count = |done: usize| match tell(done as f64 / products as f64) {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        };
        let (mut probes, mut spectra) = (Trace { probes: Vec::new() }, Vec::new());
        if whole {
            spectra.push(exact(&mut hessian, &mut |done, _| count(done)).map_err(stopped)?);
        } else {
            let rule = Rule { probes: self.probes, least: LEAST, ..Rule::default() };
            probes = trace(&mut hessian, &mut coins("hessian trace", 0), rule, &mut |done, _| count(done)).map_err(stopped)?;
            for run in 0..self.runs {
                let before = self.probes + run * self.steps;
                let mut coins = coins("hessian spectrum", run);
                spectra
                    .push(lanczos(&mut hessian, &mut coins, self.steps, &mut |done, _| count(before + done)).map_err(stopped)?);
            }
        }
        let sum = |spectrum: &Spectrum| spectrum.nodes.iter().sum::<f64>();
        let (low, high, points) = SWEEP;
        let all = thresholds(low, high, points).into_iter().filter(|threshold| (threshold / NEAR - 1.0).abs() > 1e-9);
        let mut all: Vec<f64> = all.chain([NEAR]).collect();
        all.sort_by(f64::total_cmp);
        let share = |threshold: f64| Some((threshold, near_zero(&spectra, Threshold::Relative(threshold))?));
        Ok(Shape {
            samples: self.samples.min(sample),
            loss: value,
            params,
            trace: if whole { spectra.iter().map(sum).sum() } else { probes.mean() },
            trace_error: probes.standard_error(),
            probes: probes.probes.len(),
            exact: whole,
            kinks: network.plan.kinks().into_iter().map(str::to_string).collect(),
            near_zero: all.into_iter().filter_map(share).collect(),
            spectra: spectra.into_iter().map(|spectrum| Nodes { at: spectrum.nodes, weights: spectrum.weights }).collect(),
        })
    }

    fn head(&self) -> Vec<&'static str> {
        vec!["samples", "loss", "params", "trace", "trace_error", "probes", "exact", "largest", "smallest", "near_zero"]
    }

    fn rows(&self, finding: &Shape) -> Vec<Vec<String>> {
        let nodes = || finding.spectra.iter().flat_map(|nodes| &nodes.at).copied();
        vec![vec![
            finding.samples.to_string(),
            number(finding.loss),
            finding.params.to_string(),
            number(finding.trace),
            optional(finding.trace_error),
            finding.probes.to_string(),
            finding.exact.to_string(),
            optional(nodes().max_by(f64::total_cmp)),
            optional(nodes().min_by(f64::total_cmp)),
            optional(finding.share_near_zero()),
        ]]
    }
}

impl Curvature {
    fn loss<'a>(&self, network: &'a mut Opened) -> Mean<'a> {
        let samples = self.samples.min(network.sample.len());
        let mut targets = Targets::default();
        targets.choose(&network.sample.targets, &(0..samples).collect::<Vec<_>>());
        let inputs = &network.sample.inputs[..samples * network.plan.input.elements()];
        let weights = network.weights.clone();
        Mean { probe: &mut network.probe, weights, inputs, targets, loss: network.loss, look: network.look }
    }
}

/// The mean loss over samples, as a function of the parameters.
struct Mean<'a> {
    probe: &'a mut Probe,
    weights: Weights,
    inputs: &'a [f32],
    targets: Targets,
    loss: Loss,
    look: Look,
}

impl Mean<'_> {
    fn value(&mut self, at: &[f32]) -> f64 {
        self.pass(at) / self.targets.len() as f64
    }

    /// The sum of the losses; the gradient of their mean stays in the probe.
    fn pass(&mut self, at: &[f32]) -> f64 {
        self.weights.params.copy_from_slice(at);
        let (loss, targets) = (self.loss, &self.targets);
        let slopes = |samples: std::ops::Range<usize>, logits: &[f32], slopes: &mut [f32]| {
            let own = targets.part(samples);
            loss.slopes(logits, own, targets.len(), slopes);
            loss.score(logits, own).loss
        };
        self.probe.slopes(&self.weights, self.inputs, self.look, slopes, &[], |_| ()).into_iter().sum()
    }
}

impl Gradient for Mean<'_> {
    fn parameters(&self) -> usize {
        self.weights.params.len()
    }

    fn at(&mut self, parameters: &[f32]) -> Vec<f64> {
        self.pass(parameters);
        self.probe.gradients().into_iter().map(f64::from).collect()
    }
}
