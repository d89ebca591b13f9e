//! H0406 `empty-net`: a net has no layers.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A net has no layers.
#[derive(Debug, Clone)]
pub struct EmptyNet {
    /// The network.
    pub net: String,
    /// Its name.
    pub span: Span,
}

impl Finding for EmptyNet {
    const CODE: &'static Code = crate::code!("H0406", "empty-net", Error, "a net has no layers");

    fn diagnose(&self) -> Diagnostic {
        Diagnostic::new(Self::CODE, format!("`{}` has no layers", self.net)).label(self.span, "nothing to compute").help("add at least one layer after `input`, e.g. `dense 10`")
    }
}
