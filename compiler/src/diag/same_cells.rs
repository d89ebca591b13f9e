//! H0513 `same-cells`: two cells of a mix compute the same.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// Two cells of a mix compute the same.
#[derive(Debug, Clone)]
pub struct SameCells {
    /// The earlier one, as the spec would write it.
    pub first: String,
    /// Where it stands.
    pub first_span: Span,
    /// The later one.
    pub second: String,
    /// Where it stands.
    pub second_span: Span,
}

impl Finding for SameCells {
    const CODE: &'static Code = crate::code!("H0513", "same-cells", Warning, "two cells of a mix compute the same");

    fn diagnose(&self) -> Diagnostic {
        let headline = match self.first == self.second {
            true => format!("`{}` is in the mix twice", self.first),
            false => format!("`{}` and `{}` compute the same", self.first, self.second),
        };
        Diagnostic::new(Self::CODE, headline)
            .label(self.second_span, format!("answers as `{}` does", self.first))
            .label(self.first_span, "first here")
            .help("the mix is no more diverse than with one of them")
    }
}
