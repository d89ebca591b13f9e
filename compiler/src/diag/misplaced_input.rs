//! H0405 `misplaced-input`: a net does not start with exactly one `input`.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A net does not start with exactly one `input`.
#[derive(Debug, Clone)]
pub struct MisplacedInput {
    /// The network.
    pub net: String,
    /// What stands there instead, or the second `input`.
    pub span: Span,
    /// The first `input`, if this is the second.
    pub first: Option<Span>,
}

impl Finding for MisplacedInput {
    const CODE: &'static Code = crate::code!("H0405", "misplaced-input", Error, "a net does not start with exactly one `input`");

    fn diagnose(&self) -> Diagnostic {
        match self.first {
            Some(first) => Diagnostic::new(Self::CODE, format!("`{}` has a second `input`", self.net))
                .label(self.span, "second input")
                .label(first, "first input")
                .help("remove one of them"),
            None => Diagnostic::new(Self::CODE, format!("`{}` does not start with `input`", self.net))
                .label(self.span, "the input's shape is not known here")
                .help("start with the shape of one sample: `input 3x32x32` or `input 40`"),
        }
    }
}
