//! H0002 `beyond-limit`: nested too deeply, too long, or a number that cannot be held.

use super::{Code, Diagnostic, Finding, words};
use hetc_grammar::tree::{SyntaxError, SyntaxErrorKind};
use hetc_grammar::{MAX_BYTES, MAX_DEPTH, MAX_OPERATORS};

/// A text beyond what the language reads.
#[derive(Debug, Clone)]
pub struct BeyondLimit(pub SyntaxError);

impl Finding for BeyondLimit {
    const CODE: &'static Code = crate::code!("H0002", "beyond-limit", Error, "nesting, length or a number is beyond what the language reads");

    fn diagnose(&self) -> Diagnostic {
        let (headline, label) = match &self.0.kind {
            SyntaxErrorKind::TooLong { bytes } => {
                (format!("the text is too long: {} bytes", words::thousands(*bytes as u64)), format!("at most {} bytes are read", words::thousands(MAX_BYTES as u64)))
            }
            SyntaxErrorKind::TooManyOperators => {
                (format!("more than {MAX_OPERATORS} operators in one formula"), "this is one too many".to_string())
            }
            SyntaxErrorKind::NumberTooLarge => ("number too large".to_string(), "no such number can be held".to_string()),
            _ => (format!("nested more than {MAX_DEPTH} deep"), "this is one level too many".to_string()),
        };
        let parts = matches!(self.0.kind, SyntaxErrorKind::TooManyOperators).then_some("make a part of it a cell of its own and call that");
        Diagnostic::new(Self::CODE, headline).label(self.0.span, label).help_if(parts)
    }
}
