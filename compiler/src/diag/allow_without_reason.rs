//! H0801 `allow-without-reason`: an `allow` does not say why.

use super::{Code, Diagnostic, Finding, Fix};
use hetc_grammar::span::Span;

/// An `allow` does not say why.
#[derive(Debug, Clone)]
pub struct AllowWithoutReason {
    /// The code, as it is written.
    pub name: String,
    /// Where it is written.
    pub span: Span,
    /// Where a colon is missing, if words follow.
    pub colon: Option<Span>,
}

impl Finding for AllowWithoutReason {
    const CODE: &'static Code = crate::code!("H0801", "allow-without-reason", Warning, "an `allow` does not say why");

    fn diagnose(&self) -> Diagnostic {
        let new = Diagnostic::new(Self::CODE, format!("`allow {}` does not say why", self.name));
        let Some(colon) = self.colon else {
            return new.label(self.span, "no reason behind it").help(format!("write `# allow {}: the reason`", self.name));
        };
        let mut diagnostic = new.label(self.span, "no colon behind it").help("the reason stands behind a colon");
        diagnostic.fix = Some(Fix { span: colon, text: ":".to_string() });
        diagnostic
    }
}
