//! H0402 `needs-map`: a statement that works on maps follows one that produces a vector.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A statement that works on maps follows one that produces a vector.
#[derive(Debug, Clone)]
pub struct NeedsMap {
    /// The statement.
    pub head: String,
    /// Where it stands.
    pub span: Span,
    /// What there is instead.
    pub shape: crate::shape::Shape,
    /// What produces it.
    pub from: Option<Span>,
}

impl Finding for NeedsMap {
    const CODE: &'static Code = crate::code!("H0402", "needs-map", Error, "a statement that works on maps follows one that produces a vector");

    fn diagnose(&self) -> Diagnostic {
        let one_dimensional = format!("a one-dimensional signal of {0} values is the map `1x1x{0}`", self.shape);
        Diagnostic::new(Self::CODE, format!("`{}` needs a map, but there is a vector of {}", self.head, self.shape))
            .label(self.span, "works on channels, height and width")
            .label_if(self.from, format!("this produces {}", self.shape))
            .help(format!("`{}` comes before the first `dense`, on a map such as `input 3x32x32`; {one_dimensional}", self.head))
    }
}
