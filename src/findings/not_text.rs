//! H0901 `not-text`: a file is not UTF-8 text.

use hetc_compiler::diag::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A file is not UTF-8 text.
pub struct NotText {
    pub path: String,
    /// The first byte that is no text.
    pub offset: usize,
    pub line: usize,
    /// Its place.
    pub span: Span,
}

impl Finding for NotText {
    const CODE: &'static Code = hetc_compiler::code!("H0901", "not-text", Error, "a file is not UTF-8 text");

    fn diagnose(&self) -> Diagnostic {
        Diagnostic::new(Self::CODE, format!("`{}` is not UTF-8 text (byte {}, line {})", self.path, self.offset, self.line))
            .label(self.span, "no text from here on")
            .help("save it as UTF-8, or check that it is the file you mean")
    }
}
