//! H0112 `unknown-tap`: a value is named that no `tap` above it has named.

use super::{Code, Diagnostic, Finding};
use super::{suggest, words};
use hetc_grammar::span::Span;

/// A value is named that no `tap` above it has named.
#[derive(Debug, Clone)]
pub struct UnknownTap {
    /// The name.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// Every tap so far.
    pub known: Vec<String>,
    /// Whether several uses of a block or repetitions have made one of this name.
    pub several: bool,
}

impl Finding for UnknownTap {
    const CODE: &'static Code = crate::code!("H0112", "unknown-tap", Error, "a value is named that no `tap` above it has named");

    fn diagnose(&self) -> Diagnostic {
        if self.several {
            return Diagnostic::new(Self::CODE, format!("several values are called `{}`", self.name))
                .label(self.span, "one for each use of its block, or each repetition")
                .help("put a `tap` of another name behind the use that is meant");
        }
        let near = suggest::meant(&self.name, self.known.iter().map(String::as_str));
        let all = match (near.is_none(), self.known.is_empty()) {
            (false, _) => None,
            (true, true) => Some(format!("name a value above: `tap {}`", self.name)),
            (true, false) => Some(format!("there are {}", words::code_list(self.known.iter().map(String::as_str), "and"))),
        };
        Diagnostic::new(Self::CODE, format!("unknown tap `{}`", self.name))
            .label(self.span, "no `tap` above has this name")
            .offer(self.span, near)
            .help_if(all)
    }
}
