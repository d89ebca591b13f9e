//! H0407 `net-too-large`: a net is larger than any machine could hold.

use super::{Code, Diagnostic, Finding};
use super::words;
use hetc_grammar::span::Span;

/// A net is larger than any machine could hold.
#[derive(Debug, Clone)]
pub struct NetTooLarge {
    /// `values in one sample`, `parameters`, `layers`
    pub what: &'static str,
    /// How many there may be.
    pub limit: u64,
    /// The statement that goes beyond.
    pub span: Span,
}

impl Finding for NetTooLarge {
    const CODE: &'static Code = crate::code!("H0407", "net-too-large", Error, "a net is larger than any machine could hold");

    fn diagnose(&self) -> Diagnostic {
        let help = match self.what {
            "layers" | "cells in one mix" => "no network needs so many: a part may be repeated by mistake",
            _ => "check the sizes: a number may have a digit too many",
        };
        Diagnostic::new(Self::CODE, format!("more than {} {}", words::thousands(self.limit), self.what))
            .label(self.span, "goes beyond the limit")
            .help(help)
    }
}
