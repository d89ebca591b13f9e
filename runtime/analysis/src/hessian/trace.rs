//! The trace of the Hessian (Hutchinson 1990).

use super::{Failure, Hessian, Progress, dot, signs, tell};

/// When there are probes enough.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Probes at most.
    pub probes: usize,
    /// Probes at least, if that is not more.
    pub least: usize,
    /// Enough once a probe changes the mean by less than this part of it.
    pub change: f64,
}

impl Default for Rule {
    /// PyHessian's rule: at most 100 probes, until one changes the mean by less than a thousandth. It may stop early by chance: the
    /// standard error says how much that matters. `change: 0.0` takes all probes.
    fn default() -> Self {
        Self { probes: 100, least: 1, change: 1e-3 }
    }
}

/// An estimated trace.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// `vᵀ H v` of each probe.
    pub probes: Vec<f64>,
}

impl Trace {
    /// The estimate: the mean over the probes; NaN for none.
    pub fn mean(&self) -> f64 {
        self.probes.iter().sum::<f64>() / self.probes.len() as f64
    }

    /// The standard error of the mean; `None` for fewer than two probes.
    pub fn standard_error(&self) -> Option<f64> {
        let (n, mean) = (self.probes.len() as f64, self.mean());
        let squares: f64 = self.probes.iter().map(|x| (x - mean).powi(2)).sum();
        (self.probes.len() > 1).then(|| (squares / (n - 1.0) / n).sqrt())
    }
}

/// The trace of `hessian` as the mean of `vᵀ H v` over vectors of independent signs.
///
/// The change is taken in parts of the mean's magnitude plus 1e-6. (PyHessian leaves out the magnitude, so that it stops at the first
/// negative mean.)
pub fn trace(
    hessian: &mut dyn Hessian,
    coins: &mut dyn FnMut() -> bool,
    rule: Rule,
    progress: &mut Progress,
) -> Result<Trace, Failure> {
    let mut trace = Trace { probes: Vec::new() };
    let mut before = 0.0;
    for done in 1..=rule.probes {
        let v = signs(coins, hessian.size());
        let product = hessian.times(&v)?;
        trace.probes.push(dot(&v, &product));
        tell(progress, done, rule.probes)?;
        let mean = trace.mean();
        if done >= rule.least && (mean - before).abs() / (before.abs() + 1e-6) < rule.change {
            break;
        }
        before = mean;
    }
    Ok(trace)
}
