//! H0203 `out-of-domain`: a cell's parameter has a value that its declaration excludes.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A cell's parameter has a value that its declaration excludes.
#[derive(Debug, Clone)]
pub struct OutOfDomain {
    /// The cell.
    pub cell: String,
    /// Its parameter.
    pub parameter: String,
    /// The value.
    pub value: f64,
    /// Where the value is given.
    pub span: Span,
    /// The bound that it breaks: `> 0`.
    pub bound: String,
    /// The bound, if the user wrote it.
    pub declared: Option<Span>,
    /// The declaration as written.
    pub declaration: String,
}

impl Finding for OutOfDomain {
    const CODE: &'static Code = crate::code!("H0203", "out-of-domain", Error, "a cell's parameter has a value that its declaration excludes");

    fn diagnose(&self) -> Diagnostic {
        let prelude = self.declared.is_none().then(|| format!("the prelude declares `{}`", self.declaration));
        Diagnostic::new(Self::CODE, format!("`{}` of `{}` must be {}, found {}", self.parameter, self.cell, self.bound, self.value))
            .label(self.span, format!("not {}", self.bound))
            .label_if(self.declared, "declared here")
            .help_if(prelude)
    }
}
