//! H0105 `duplicate`: two definitions have the same name.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// Two definitions have the same name.
#[derive(Debug, Clone)]
pub struct Duplicate {
    /// `net`, `cell`, `parameter`
    pub what: &'static str,
    /// The name.
    pub name: String,
    /// The first definition; `None` if it is built in.
    pub first: Option<Span>,
    /// The second one.
    pub second: Span,
}

impl Finding for Duplicate {
    const CODE: &'static Code = crate::code!("H0105", "duplicate", Error, "two definitions have the same name");

    fn diagnose(&self) -> Diagnostic {
        match self.first {
            Some(first) => Diagnostic::new(Self::CODE, format!("{} `{}` is defined twice", self.what, self.name))
                .label(self.second, "defined again here")
                .label(first, "first defined here")
                .help("give one of them another name, or remove it"),
            None if self.what == "parameter" => Diagnostic::new(Self::CODE, format!("`{}` has a meaning in this formula already", self.name))
                .label(self.second, if self.name == "pi" { "pi is a number" } else { "this is the input of the cell" })
                .help("choose another name"),
            None if self.what == "statement" => Diagnostic::new(Self::CODE, format!("`{}` is a statement already", self.name))
                .label(self.second, "a block by the name of a statement")
                .help("choose another name"),
            None => Diagnostic::new(Self::CODE, format!("`{}` is a built-in cell or function already", self.name))
                .label(self.second, "defined again here")
                .help("choose another name"),
        }
    }
}
