//! H0101 `unknown-statement`: a line starts with a word that is no statement.

use super::{Code, Diagnostic, Finding};
use super::alias::NOTES;
use super::suggest::meant;
use super::words;
use hetc_grammar::span::Span;

/// A line starts with a word that is no statement.
#[derive(Debug, Clone)]
pub struct UnknownStatement {
    /// The word.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// The blocks that there are.
    pub blocks: Vec<String>,
}

impl Finding for UnknownStatement {
    const CODE: &'static Code = crate::code!("H0101", "unknown-statement", Error, "a line starts with a word that is no statement");

    fn diagnose(&self) -> Diagnostic {
        let diagnostic = Diagnostic::new(Self::CODE, format!("unknown statement `{}`", self.name)).label(self.span, "not a statement");
        if let Some((_, note)) = NOTES.iter().find(|(word, _)| *word == self.name) {
            return diagnostic.help(*note);
        }
        let statements = crate::network::STATEMENTS.iter().map(|statement| statement.head);
        let known = statements.chain(self.blocks.iter().map(String::as_str));
        let near = meant(&self.name, known.clone());
        let all = near.is_none().then(|| format!("statements are {}", words::code_list(known, "and")));
        diagnostic.offer(self.span, near).help_if(all)
    }
}
