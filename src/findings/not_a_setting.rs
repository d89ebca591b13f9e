//! H0902 `not-a-setting`: a `--set` or `--with` without a name or value.

use hetc_compiler::diag::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A `--set` or `--with` that is not `NAME=VALUE`.
pub struct NotASetting {
    /// `--set` or `--with`
    pub flag: &'static str,
    pub span: Span,
}

impl Finding for NotASetting {
    const CODE: &'static Code = hetc_compiler::code!("H0902", "not-a-setting", Error, "a setting on the command line is not `NAME=VALUE`");

    fn diagnose(&self) -> Diagnostic {
        let example = if self.flag == "--set" { "--set cells='swish(2)|ptanh(1)'" } else { "--with optimiser.lr=0.01" };
        Diagnostic::new(Self::CODE, format!("`{}` needs a name and a value", self.flag))
            .label(self.span, "no `=` here")
            .help(format!("write it as `{example}`"))
    }
}
