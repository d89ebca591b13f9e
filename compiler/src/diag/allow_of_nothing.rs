//! H0804 `allow-of-nothing`: an `allow` stands where there is nothing to allow.

use super::{Code, Diagnostic, Finding, Fix};
use hetc_grammar::span::Span;

/// An `allow` stands where there is nothing to allow.
#[derive(Debug, Clone)]
pub struct AllowOfNothing {
    /// The code, as it is written.
    pub name: String,
    /// Where it is written.
    pub span: Span,
    /// Whether it stands alone on its line, above a line without code.
    pub alone: bool,
    /// Its removal, if it is all that its comment says.
    pub fix: Option<Fix>,
}

impl Finding for AllowOfNothing {
    const CODE: &'static Code =
        crate::code!("H0804", "allow-of-nothing", Warning, "an `allow` stands where there is nothing to allow");

    fn diagnose(&self) -> Diagnostic {
        let place = if self.alone { "no statement directly below it" } else { "no such warning on the line it is about" };
        let help = if self.alone {
            "an `allow` alone on its line is about the line directly below: move it there, or remove it"
        } else {
            "remove it"
        };
        let mut diagnostic =
            Diagnostic::new(Self::CODE, format!("`allow {}` has nothing to allow", self.name)).label(self.span, place).help(help);
        // One that stands apart may have lost its place; only one that has a line is surely of no use.
        diagnostic.fix = self.fix.clone().filter(|_| !self.alone);
        diagnostic
    }
}
