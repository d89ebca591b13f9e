//! H0608 `no-validation`: a training goes by a validation split that the data do not have.

use hetc_compiler::diag::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A training goes by a validation split that the data do not have.
#[derive(Debug, Clone)]
pub struct NoValidation {
    /// The key that needs it: `keep = "best"`, `stop`.
    pub key: &'static str,
    /// Where it stands.
    pub span: Span,
    /// Where the run file names the data set.
    pub set_span: Option<Span>,
}

impl Finding for NoValidation {
    const CODE: &'static Code =
        hetc_compiler::code!("H0608", "no-validation", Error, "a training goes by a validation split that the data do not have");

    fn diagnose(&self) -> Diagnostic {
        Diagnostic::new(Self::CODE, format!("`{}` goes by the validation split, and the data have none", self.key))
            .label(self.span, "needs a validation split")
            .label_if(self.set_span, "has none by itself")
            .help("`data.validation = 0.1` takes a tenth of the training samples for it")
    }
}
