//! H0512 `broken-table`: a file that a cell names holds no points, or is not there.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A file that a cell names holds no points, or is not there.
#[derive(Debug, Clone)]
pub struct BrokenTable {
    /// The file, as the cell writes it.
    pub path: String,
    /// Where it is written.
    pub span: Span,
    /// The line of the file that is to blame, from 1.
    pub line: Option<u32>,
    /// What is wrong, in words.
    pub reason: String,
}

impl Finding for BrokenTable {
    const CODE: &'static Code = crate::code!("H0512", "broken-table", Error, "a file that a cell names holds no points, or is not there");

    fn diagnose(&self) -> Diagnostic {
        let label = match self.line {
            Some(line) => format!("line {line}: {}", self.reason),
            None => self.reason.clone(),
        };
        Diagnostic::new(Self::CODE, format!("`{}` gives no table", self.path))
            .label(self.span, label)
            .help("a table is a text with a line `x,y` for every point, at least two, and x increases from line to line")
    }
}
