//! H0803 `allow-of-error`: an `allow` names an error.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// An `allow` names an error, which cannot be allowed.
#[derive(Debug, Clone)]
pub struct AllowOfError {
    /// The error.
    pub code: &'static Code,
    /// Where it is named.
    pub span: Span,
}

impl Finding for AllowOfError {
    const CODE: &'static Code = crate::code!("H0803", "allow-of-error", Warning, "an `allow` names an error");

    fn diagnose(&self) -> Diagnostic {
        let Code { id, name, .. } = self.code;
        Diagnostic::new(Self::CODE, format!("the error {id} `{name}` cannot be allowed"))
            .label(self.span, "an error")
            .help("only warnings can be allowed; mend what it is about, and remove this")
    }
}
