//! H0802 `allow-of-unknown`: an `allow` names no diagnostic of a spec.

use super::suggest::Meant;
use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// An `allow` names no diagnostic of a spec.
#[derive(Debug, Clone)]
pub struct AllowOfUnknown<'a> {
    /// What is written; empty where nothing is.
    pub name: String,
    /// Where.
    pub span: Span,
    /// The code that may be meant.
    pub near: Option<Meant<'a>>,
}

impl Finding for AllowOfUnknown<'_> {
    const CODE: &'static Code = crate::code!("H0802", "allow-of-unknown", Warning, "an `allow` names no diagnostic of a spec");

    fn diagnose(&self) -> Diagnostic {
        if self.name.is_empty() {
            let new = Diagnostic::new(Self::CODE, "an `allow` names no diagnostic").label(self.span, "no code behind it");
            return new.help("write `# allow H0302: the reason`");
        }
        let diagnostic = Diagnostic::new(Self::CODE, format!("no diagnostic of a spec is called `{}`", self.name))
            .label(self.span, "neither a code nor the name of one")
            .offer(self.span, self.near.clone());
        diagnostic.help_if(self.near.is_none().then_some("`hetc explain` lists all codes"))
    }
}
