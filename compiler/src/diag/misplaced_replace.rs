//! H0413 `misplaced-replace`: a `replace` stands inside braces.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A `replace` stands inside braces.
#[derive(Debug, Clone)]
pub struct MisplacedReplace {
    /// The statement.
    pub span: Span,
}

impl Finding for MisplacedReplace {
    const CODE: &'static Code = crate::code!("H0413", "misplaced-replace", Error, "a `replace` stands inside braces");

    fn diagnose(&self) -> Diagnostic {
        Diagnostic::new(Self::CODE, "`replace` stands inside braces")
            .label(self.span, "would change layers that others have read already")
            .help("put it into the net's own body, behind the braces")
    }
}
