//! H0107 `unknown-word`: a word stands where only certain words may.

use super::{Code, Diagnostic, Finding};
use super::suggest::meant;
use super::words;
use hetc_grammar::span::Span;

/// A word stands where only certain words may.
#[derive(Debug, Clone)]
pub struct UnknownWord {
    /// The word.
    pub word: String,
    /// Where it stands.
    pub span: Span,
    /// The words that may stand there.
    pub known: Vec<&'static str>,
    /// What the word chooses: `kind of pool`.
    pub what: &'static str,
}

impl Finding for UnknownWord {
    const CODE: &'static Code = crate::code!("H0107", "unknown-word", Error, "a word stands where only certain words may");

    fn diagnose(&self) -> Diagnostic {
        let near = meant(&self.word, self.known.iter().copied());
        let all = words::code_list(self.known.iter().copied(), "or");
        Diagnostic::new(Self::CODE, format!("unknown {} `{}`", self.what, self.word))
            .label(self.span, format!("expected {all}"))
            .offer(self.span, near)
    }
}
