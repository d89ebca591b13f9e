//! H0301 `ratio-parts`: a ratio has another number of parts than there are cells.

use super::{Code, Diagnostic, Finding};
use super::words;
use hetc_grammar::span::Span;

/// A ratio has another number of parts than there are cells.
#[derive(Debug, Clone)]
pub struct RatioParts {
    /// Parts of the ratio.
    pub parts: usize,
    /// Cells in the mix.
    pub cells: usize,
    /// The ratio.
    pub ratio: Span,
    /// The cells.
    pub mix: Span,
}

impl Finding for RatioParts {
    const CODE: &'static Code = crate::code!("H0301", "ratio-parts", Error, "a ratio has another number of parts than there are cells");

    fn diagnose(&self) -> Diagnostic {
        let equal = vec!["1"; self.cells].join(":");
        let help = if self.cells == 1 { "a single cell needs no ratio".to_string() } else { format!("equal shares are `ratio {equal}`") };
        Diagnostic::new(Self::CODE, format!("the ratio has {}, but there {}", words::count(self.parts, "part"), verb(self.cells)))
            .label(self.ratio, words::count(self.parts, "part"))
            .label(self.mix, words::count(self.cells, "cell"))
            .help(help)
    }
}

fn verb(cells: usize) -> String {
    if cells == 1 { "is 1 cell".to_string() } else { format!("are {cells} cells") }
}
