//! H0411 `baseline-not-matched`: no widths bring a baseline to the number of parameters.

use super::{Code, Diagnostic, Finding};
use super::words::thousands;
use crate::rewrite::MatchError;
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
                    format!("the nearest have {} ({:+.2} %)", thousands(nearest.count), 100.0 * nearest.difference()),
                )
                .help(format!("the nearest are {}", nearest.summary()))
                .help_if(held.as_ref().map(|error| format!("beyond them {error}")))
                .help("allow more with `tolerance=0.05`, or let all widths move with `widths=all`")
            }
            MatchError::NothingToSolve => {
                new("there is no width to solve for".to_string(), "no replaced site stands behind a `conv` or `dense`".to_string())
                    .help("replace sites first, or let all widths move with `widths=all`")
            }
            MatchError::DoesNotFit(error) => new("the network is not whole with any other widths".to_string(), error.to_string()),
        }
    }
}
