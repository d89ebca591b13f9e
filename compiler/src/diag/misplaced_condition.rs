//! H0505 `misplaced-condition`: a comparison stands where a number is needed, or the reverse.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A comparison stands where a number is needed, or the reverse.
#[derive(Debug, Clone)]
pub struct MisplacedCondition {
    /// The expression.
    pub span: Span,
    /// Whether it is a comparison.
    pub is_condition: bool,
}

impl Finding for MisplacedCondition {
    const CODE: &'static Code = crate::code!("H0505", "misplaced-condition", Error, "a comparison stands where a number is needed, or the reverse");

    fn diagnose(&self) -> Diagnostic {
        let (found, wanted) = if self.is_condition { ("a comparison", "a number") } else { ("a number", "a comparison") };
        Diagnostic::new(Self::CODE, format!("{found} stands where {wanted} is needed"))
            .label(self.span, format!("this is {found}"))
            .help("a choice is written `select(x > 0, THEN, OTHERWISE)`")
    }
}
