//! H0410 `replacement-does-not-fit`: what is put in the place of other cells does not fit there.

use super::{Code, Diagnostic, Finding};
use crate::rewrite::RewriteError;
use hetc_grammar::span::Span;

/// What is put in the place of other cells does not fit there.
#[derive(Debug, Clone)]
pub struct ReplacementDoesNotFit {
    /// What is put there.
    pub span: Span,
    /// What does not follow from it.
    pub error: RewriteError,
    /// The statement of the layer that does not.
    pub from: Option<Span>,
}

impl Finding for ReplacementDoesNotFit {
    const CODE: &'static Code = crate::code!("H0410", "replacement-does-not-fit", Error, "what is put in the place of other cells does not fit there");

    fn diagnose(&self) -> Diagnostic {
        let layer = self.error.layer.as_ref();
        let headline = layer.map_or("the network is not whole with this".to_string(), |layer| format!("`{layer}` is not whole with this"));
        Diagnostic::new(Self::CODE, headline)
            .label(self.span, self.error.reason.clone())
            .label_if(self.from, layer.map_or("here".to_string(), |layer| format!("`{layer}`")))
    }
}
