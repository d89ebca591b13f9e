//! H0110 `circular-use`: a file uses itself, directly or through others.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A file uses itself, directly or through others.
#[derive(Debug, Clone)]
pub struct CircularUse {
    /// The file that is used again, as written.
    pub path: String,
    /// The `use` that closes the circle.
    pub span: Span,
    /// The other `use`s on the way round, in order.
    pub way: Vec<Span>,
}

impl Finding for CircularUse {
    const CODE: &'static Code = crate::code!("H0110", "circular-use", Error, "a file uses itself, directly or through others");

    fn diagnose(&self) -> Diagnostic {
        let new = Diagnostic::new(Self::CODE, format!("`{}` uses itself", self.path)).label(self.span, "this closes the circle");
        let way = self.way.iter().fold(new, |diagnostic, span| diagnostic.label(*span, "on the way round"));
        way.help("put what both files need into a third one that both use")
    }
}
