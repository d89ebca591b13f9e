//! H0303 `layout-needs-map`: a checkerboard is asked for where there is no map.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A checkerboard is asked for where there is no map.
#[derive(Debug, Clone)]
pub struct LayoutNeedsMap {
    /// The layout.
    pub span: Span,
    /// What there is instead.
    pub shape: crate::shape::Shape,
    /// What produces it.
    pub from: Option<Span>,
}

impl Finding for LayoutNeedsMap {
    const CODE: &'static Code = crate::code!("H0303", "layout-needs-map", Error, "a checkerboard is asked for where there is no map");

    fn diagnose(&self) -> Diagnostic {
        Diagnostic::new(Self::CODE, format!("a checkerboard needs a map, but there is a vector of {}", self.shape))
            .label(self.span, "goes by position in a map")
            .label_if(self.from, format!("this produces {}", self.shape))
            .help("for a vector use `layout interleave`, `block` or `random`")
    }
}
