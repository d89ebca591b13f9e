//! H0602 `run-file-key`: a run file has a key that means nothing.

use hetc_compiler::diag::suggest::near;
use hetc_compiler::diag::{Code, Diagnostic, Finding, words};
use hetc_grammar::span::Span;

/// A run file has a key that means nothing there.
#[derive(Debug, Clone)]
pub struct RunFileKey {
    /// What the file is: `run file`, `sweep file`.
    pub file: &'static str,
    /// The key.
    pub key: String,
    /// Where it stands.
    pub span: Span,
    /// The table it is in; empty at the top.
    pub table: String,
    /// The keys that mean something there.
    pub known: Vec<String>,
    /// Another table that knows this key, if there is one.
    pub belongs: Option<&'static str>,
}

impl Finding for RunFileKey {
    const CODE: &'static Code = hetc_compiler::code!("H0602", "run-file-key", Error, "a run file has a key that means nothing there");

    fn diagnose(&self) -> Diagnostic {
        let place = if self.table.is_empty() { format!("the top of a {}", self.file) } else { format!("`[{}]`", self.table) };
        let known: Vec<&str> = self.known.iter().map(String::as_str).collect();
        let near = near(&self.key, &known);
        let known = words::code_list(known.iter().copied(), "and");
        let diagnostic = Diagnostic::new(Self::CODE, format!("{place} has no key `{}`", self.key)).label(self.span, "no such key");
        match self.belongs {
            Some(table) if near.is_none() => diagnostic.help(format!("`{}` is a key of `[{table}]`", self.key)),
            _ => diagnostic.offer(self.span, near.clone()).help_if(near.is_none().then(|| format!("its keys are {known}"))),
        }
    }
}
