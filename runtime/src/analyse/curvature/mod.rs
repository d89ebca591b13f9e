//! The loss around the weights that training found: the Hessian's trace and spectrum (Choudhary et al. 2022, p. 4; Yao et al. 2020).

mod derivatives;
mod differences;

use super::{Measure, Opened, Stop, number, optional};
use crate::streams::Stream;
use derivatives::Derivatives;
use differences::Mean;
use hetc_analysis::hessian::{
    Differences, Failure, Hessian, Rule, Spectrum, Threshold, Trace, exact, lanczos, near_zero, thresholds, trace,
};
use hetc_compiler::plan::{Op, Plan};
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// What counts as near zero, of the largest eigenvalue, unless said otherwise.
pub const NEAR: f64 = 1e-3;
/// The thresholds of the sweep: from here to one tenth, of the largest.
const SWEEP: (f64, f64, usize) = (1e-6, 0.1, 16);
/// Probes of the trace at least: PyHessian's rule alone may end after five, by chance.
const LEAST: usize = 30;

/// Multiply-adds up to which derivatives are taken where nothing else is asked for: a minute or two on two cores.
const MOST: f64 = 1e11;

/// How products with the Hessian are had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Products {
    /// As derivatives at the weights, in double precision: what automatic differentiation twice gives. Jumps of slopes beside the weights do
    /// not count.
    Derivatives,
    /// As differences of slopes at two points near the weights, in single precision: for large networks. Where cells have kinks (ReLU,
    /// tables, windows, maxima), units that cross one between the two points count as curvature, so the trace may be many times
    /// that of derivatives. Compare smooth cells with smooth ones; findings name the layers.
    Differences,
}

/// The Hessian of the mean loss over the first samples of the sample, in evaluation.
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
    /// Where not said: derivatives for networks where they take minutes at most.
    pub products: Option<Products>,
}

impl Default for Curvature {
    /// PyHessian's numbers, but for the least number of probes; whole Hessians of up to 1500 parameters.
    fn default() -> Self {
        Self { samples: 200, probes: 100, steps: 100, runs: 1, exact: 1500, products: None }
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
    /// How products were had.
    pub products: Products,
    /// Layers whose slopes jump: to [`Products::Differences`], jumps between the two points count as curvature.
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
        let Self { samples, probes, steps, runs, exact, products } = self;
        serde_json::json!({
            "samples": samples, "probes": probes, "steps": steps, "runs": runs, "exact": exact, "products": products,
        })
    }

    fn find(&self, network: &mut Opened, tell: &mut dyn FnMut(f64) -> bool) -> Result<Shape, Stop> {
        let (start, seed, plan) = (network.weights.params.clone(), network.look.seed, network.plan);
        let samples = self.samples.min(network.sample.len());
        let products = self.products.unwrap_or_else(|| self.usual(plan, samples));
        let sound = match start.is_empty() {
            true => Err("it has no weights"),
            false if start.iter().any(|number| !number.is_finite()) => Err("its weights are not all finite"),
            false => Ok(()),
        };
        sound.map_err(|why| Stop::Without(why.to_string()))?;
        let loss = Mean::new(network, samples).value(&start);
        let found = match products {
            Products::Derivatives => self.look(&mut Derivatives::new(network, samples)?, seed, tell),
            Products::Differences => {
                let mut mean = Mean::new(network, samples);
                let mut hessian = Differences::new(&mut mean, &start).expect("weights are there and finite");
                self.look(&mut hessian, seed, tell)
            }
        };
        let Found { probes, spectra } = found.map_err(|failure| match failure {
            Failure::Stopped => Stop::Asked,
            other => Stop::Without(other.to_string()),
        })?;
        let exact = probes.is_none();
        let probes = probes.unwrap_or(Trace { probes: Vec::new() });
        let sum = |spectrum: &Spectrum| spectrum.nodes.iter().sum::<f64>();
        Ok(Shape {
            samples,
            loss,
            params: start.len(),
            trace: if exact { spectra.iter().map(sum).sum() } else { probes.mean() },
            trace_error: probes.standard_error(),
            probes: probes.probes.len(),
            exact,
            products,
            kinks: plan.kinks().into_iter().map(str::to_string).collect(),
            near_zero: shares_near_zero(&spectra),
            spectra: spectra.into_iter().map(|spectrum| Nodes { at: spectrum.nodes, weights: spectrum.weights }).collect(),
        })
    }

    fn head(&self) -> Vec<&'static str> {
        vec![
            "samples",
            "loss",
            "params",
            "trace",
            "trace_error",
            "probes",
            "exact",
            "products",
            "largest",
            "smallest",
            "near_zero",
        ]
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
            finding.products.to_string(),
            optional(nodes().max_by(f64::total_cmp)),
            optional(nodes().min_by(f64::total_cmp)),
            optional(finding.share_near_zero()),
        ]]
    }
}

/// What products with the Hessian tell.
struct Found {
    /// `None` where the spectrum is that of the whole Hessian.
    probes: Option<Trace>,
    spectra: Vec<Spectrum>,
}

impl Curvature {
    /// Derivatives, unless there is noise, or they take more than minutes: forward and twice that back, for every sample and product.
    fn usual(&self, plan: &Plan, samples: usize) -> Products {
        let noisy = plan.layers.iter().any(|layer| matches!(layer.op, Op::Noise { always: true, .. }));
        let work = 3.0 * plan.macs as f64 * samples as f64 * self.products_of(plan.params as usize) as f64;
        if noisy || work > MOST { Products::Differences } else { Products::Derivatives }
    }

    /// Products that are taken at most, for so many parameters.
    fn products_of(&self, params: usize) -> usize {
        if params <= self.exact { params } else { self.probes + self.runs * self.steps }
    }

    fn look(&self, hessian: &mut dyn Hessian, seed: u64, tell: &mut dyn FnMut(f64) -> bool) -> Result<Found, Failure> {
        let all = self.products_of(hessian.size());
        let mut count = |done: usize| match tell(done as f64 / all as f64) {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        };
        if hessian.size() <= self.exact {
            return Ok(Found { probes: None, spectra: vec![exact(hessian, &mut |done, _| count(done))?] });
        }
        let coins = |name: &str, run: usize| {
            let mut stream = Stream::new(seed, name, &[run as u64]);
            move || stream.coin()
        };
        let rule = Rule { probes: self.probes, least: LEAST, ..Rule::default() };
        let probes = trace(hessian, &mut coins("hessian trace", 0), rule, &mut |done, _| count(done))?;
        let mut spectra = Vec::with_capacity(self.runs);
        for run in 0..self.runs {
            let before = self.probes + run * self.steps;
            spectra.push(lanczos(hessian, &mut coins("hessian spectrum", run), self.steps, &mut |done, _| count(before + done))?);
        }
        Ok(Found { probes: Some(probes), spectra })
    }
}

/// For each threshold of the sweep, and [`NEAR`].
fn shares_near_zero(spectra: &[Spectrum]) -> Vec<(f64, f64)> {
    let (low, high, points) = SWEEP;
    let others = thresholds(low, high, points).into_iter().filter(|threshold| (threshold / NEAR - 1.0).abs() > 1e-9);
    let mut all: Vec<f64> = others.chain([NEAR]).collect();
    all.sort_by(f64::total_cmp);
    let share = |threshold: f64| Some((threshold, near_zero(spectra, Threshold::Relative(threshold))?));
    all.into_iter().filter_map(share).collect()
}

impl std::fmt::Display for Products {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(match self {
            Products::Derivatives => "derivatives",
            Products::Differences => "differences",
        })
    }
}
