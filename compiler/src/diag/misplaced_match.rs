//! H0412 `misplaced-match`: a `match` stands where its widths would not last.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A `match` stands where its widths would not last.
#[derive(Debug, Clone)]
pub struct MisplacedMatch {
    /// The statement that is wrong.
    pub span: Span,
    /// What is wrong with it.
    pub why: MatchAt,
}

/// Where a `match` cannot stand.
#[derive(Debug, Clone, Copy)]
pub enum MatchAt {
    /// In a variant, whose widths stay.
    Variant,
    /// Behind another one.
    Again {
        /// That one.
        first: Span,
    },
    /// Before a `replace`, which is the statement that is wrong.
    Before {
        /// The `match`.
        first: Span,
    },
}

impl Finding for MisplacedMatch {
    const CODE: &'static Code = crate::code!("H0412", "misplaced-match", Error, "a `match` stands where its widths would not last");

    fn diagnose(&self) -> Diagnostic {
        let new = |headline: &str, label: &str| Diagnostic::new(Self::CODE, headline).label(self.span, label);
        match self.why {
            MatchAt::Variant => new("a `variant` keeps its widths", "nothing to match here")
                .help("write `baseline` in place of `variant` to have widths solved for"),
            MatchAt::Again { first } => {
                new("widths are solved for twice", "solved for again").label(first, "solved for here").help("remove one of them")
            }
            MatchAt::Before { first } => new("cells are replaced after widths were solved for", "would change the count")
                .label(first, "solved for here")
                .help("put `match` last"),
        }
    }
}
