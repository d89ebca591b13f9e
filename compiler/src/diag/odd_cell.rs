//! H0304 `odd-cell`: a cell stands where one of its kind cannot.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A cell stands where one of its kind cannot.
#[derive(Debug, Clone)]
pub struct OddCell {
    /// The cell type.
    pub cell: String,
    /// Where it stands.
    pub span: Span,
    /// Why it cannot.
    pub oddity: Oddity,
}

/// Why a cell cannot stand where it does.
#[derive(Debug, Clone)]
pub enum Oddity {
    /// It looks at a window, and there is none.
    NeedsWindow,
    /// It takes several values, where a window's units answer one by one.
    TakesSeveral {
        /// How many.
        takes: u8,
    },
    /// It takes another number of values than the first of its mix.
    TakesOther {
        /// How many.
        takes: u8,
        /// The first of the mix.
        other: String,
        /// How many that takes.
        others: u8,
    },
    /// It calls no learned function.
    NotLearned,
    /// It is a learned function without a name, such as `mlp[8]`.
    Nameless {
        /// As written.
        written: String,
    },
}

impl Finding for OddCell {
    const CODE: &'static Code = crate::code!("H0304", "odd-cell", Error, "a cell stands where one of its kind cannot");

    fn diagnose(&self) -> Diagnostic {
        let cell = &self.cell;
        let new = |headline: String, label: String| Diagnostic::new(Self::CODE, headline).label(self.span, label);
        match &self.oddity {
            Oddity::NeedsWindow => new(format!("`{cell}` looks at a window"), "has no window here".to_string())
                .help(format!("it is placed with the size of its window: `window {cell} 2x2`")),
            Oddity::TakesSeveral { takes } => {
                let headline = format!("`{cell}` takes {takes} values, but a window's units answer one by one");
                new(headline, format!("takes {takes} values")).help(format!("it is placed with `act {cell}`"))
            }
            Oddity::TakesOther { takes, other, others } => {
                let headline = format!("`{cell}` takes {takes} of the layer's values, `{other}` takes {others}");
                new(headline, format!("takes {takes}")).help("all cells of one mix take the same number of values")
            }
            Oddity::Nameless { written } => new(format!("`{written}` is a learned function"), "stands behind `inner` only".to_string())
                .help(format!("it is placed with `inner {written}`; one with a name can stand anywhere: `inner NAME = {written}`")),
            Oddity::NotLearned => new(format!("`{cell}` learns nothing"), "not a learned function".to_string())
                .help(format!("a cell type is placed with `act {cell}`; a learned function is `mlp[64,64]`, or defined by `inner NAME = mlp[50]`")),
        }
    }
}
