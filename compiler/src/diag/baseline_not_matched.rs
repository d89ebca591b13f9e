//! H0411 `baseline-not-matched`: no widths bring a baseline to the number of parameters.

use super::{Code, Diagnostic, Finding};
use super::words::thousands;
use crate::rewrite::{MatchError, Solved};
use hetc_grammar::span::Span;

/// No widths bring a baseline to the number of parameters.
#[derive(Debug, Clone)]
pub struct BaselineNotMatched {
    /// The `match`.
    pub span: Span,
    /// The parameters that are wanted.
    pub target: u64,
    /// How far away they may be, as a part of them.
    pub tolerance: f64,
    /// Why there are none.
    pub error: MatchError,
}

impl Finding for BaselineNotMatched {
    const CODE: &'static Code = crate::code!("H0411", "baseline-not-matched", Error, "no widths bring a baseline to the number of parameters");

    fn diagnose(&self) -> Diagnostic {
        let new = |headline: String, label: String| Diagnostic::new(Self::CODE, headline).label(self.span, label);
        match &self.error {
            MatchError::NotMatched { nearest, held } => {
                let within = format!("{} %", 100.0 * self.tolerance);
                new(
                    format!("no widths come within {within} of {} parameters", thousands(self.target)),
                    format!("the nearest have {}", thousands(nearest.count)),
                )
                .help(format!("the nearest are {}", nearest.summary()))
                .help_if(held.as_ref().map(|error| format!("beyond them {error}")))
                .help_if(Some(accepting(nearest.difference())).filter(|part| *part < 1.0).map(|part| format!("`tolerance={part}` would accept them")))
                .help_if(matches!(nearest.solved, Solved::Beta(_)).then_some("`widths=all` lets every width move, which may come nearer"))
            }
            MatchError::NothingToSolve => {
                new("there is no width to solve for".to_string(), "no replaced site stands behind a `conv` or `dense`".to_string())
                    .help("replace sites first, or let all widths move with `widths=all`")
            }
            MatchError::DoesNotFit(error) => new("the network is not whole with any other widths".to_string(), error.to_string()),
        }
    }
}

/// A round tolerance that accepts `difference`, a part of the parameters.
fn accepting(difference: f64) -> f64 {
    let percent = 100.0 * difference.abs();
    let step = if percent < 1.0 { 0.1 } else { 1.0 };
    // Rounded up, with two places of a percent to spare for how it prints.
    let above = ((percent / step).floor() + 1.0) * step;
    (above * 1000.0).round() / 100_000.0
}
