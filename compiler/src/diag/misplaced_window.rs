//! H0510 `misplaced-window`: a formula asks for a whole window where there is none.

use super::{Code, Diagnostic, Finding};
use crate::formula::lower::WindowMisuse;
use hetc_grammar::span::Span;

/// A formula asks for a whole window where there is none.
#[derive(Debug, Clone)]
pub struct MisplacedWindow {
    /// The window, or what asks for it.
    pub span: Span,
    /// In which way.
    pub misuse: WindowMisuse,
}

impl Finding for MisplacedWindow {
    const CODE: &'static Code = crate::code!("H0510", "misplaced-window", Error, "a formula asks for a whole window where there is none");

    fn diagnose(&self) -> Diagnostic {
        let alone = "a cell answers for one unit and sees no window";
        let declare = "`window NAME = FORMULA` declares a cell that answers within a window";
        match &self.misuse {
            WindowMisuse::Values => Diagnostic::new(Self::CODE, alone)
                .label(self.span, "all values of a window")
                .help("a formula of one unit uses `x` alone")
                .help(declare),
            WindowMisuse::NotReduced => Diagnostic::new(Self::CODE, "a whole window stands where one number has to")
                .label(self.span, "all values of the window")
                .help("`sum`, `mean`, `max`, `min`, `count` and `softmax` of one argument make a number of a window"),
            WindowMisuse::Reduction(name) => Diagnostic::new(Self::CODE, alone)
                .label(self.span, format!("`{name}` of one argument runs over a window"))
                .help(declare)
                .help_if(["max", "min"].contains(&name.as_str()).then(|| format!("of single values, `{name}` takes two or more"))),
            WindowMisuse::Cell(name) => Diagnostic::new(Self::CODE, alone)
                .label(self.span, format!("`{name}` answers within a window"))
                .help(declare),
        }
    }
}
