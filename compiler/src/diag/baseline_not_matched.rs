//! H0420 `baseline-not-matched`: no widths bring a baseline near enough to the network that it is of.

use super::words::thousands;
use super::{Code, Diagnostic, Finding};
use crate::rewrite::MatchError;
use hetc_grammar::span::Span;

/// No widths bring a baseline near enough to the network that it is of.
#[derive(Debug, Clone)]
pub struct BaselineNotMatched {
    /// The `match` statement.
    pub span: Span,
    /// The baseline's name.
    pub name: String,
    /// The network that it is of.
    pub of: String,
    /// How far off its count may be, as a part of 1.
    pub tolerance: f64,
    /// Why.
    pub error: MatchError,
}

impl Finding for BaselineNotMatched {
    const CODE: &'static Code =
        crate::code!("H0420", "baseline-not-matched", Error, "no widths bring a baseline near enough to the network that it is of");

    fn diagnose(&self) -> Diagnostic {
        let percent = 100.0 * self.tolerance;
        let headline = format!("no widths bring `{}` to the parameters of `{}`", self.name, self.of);
        let found = Diagnostic::new(Self::CODE, headline);
        match &self.error {
            MatchError::NotMatched { nearest, held } => {
                let (count, target) = (thousands(nearest.count), thousands(nearest.target));
                let off = 100.0 * nearest.difference().abs();
                let found = found.label(self.span, format!("nearest: {}", nearest.summary())).help(format!(
                    "{count} is {off:.2} % off {target}; up to {percent} % is taken as equal, which `tolerance=` sets"
                ));
                match held {
                    Some(held) => found.help(format!("other widths do not fit ({held}); `widths=all` scales every width")),
                    None => found,
                }
            }
            MatchError::NothingToSolve => found
                .label(self.span, "no replaced cells stand behind a `conv` or `dense` whose width could be solved for")
                .help("`replace` comes before `match`; `widths=all` scales every width"),
            MatchError::DoesNotFit(error) => {
                found.label(self.span, error.to_string()).help("`widths=all` scales every width by one factor")
            }
        }
    }
}
