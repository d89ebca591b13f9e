//! H0109 `unreadable-file`: a file that a spec names cannot be read.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A file that a spec names cannot be read.
#[derive(Debug, Clone)]
pub struct UnreadableFile {
    /// As written.
    pub path: String,
    /// Where it is named.
    pub span: Span,
    /// Why it cannot be read, in words.
    pub reason: String,
}

impl Finding for UnreadableFile {
    const CODE: &'static Code = crate::code!("H0109", "unreadable-file", Error, "a file that a spec names cannot be read");

    fn diagnose(&self) -> Diagnostic {
        Diagnostic::new(Self::CODE, format!("`{}` cannot be read", self.path))
            .label(self.span, self.reason.clone())
            .help("paths start from the folder of the file that names them")
    }
}
