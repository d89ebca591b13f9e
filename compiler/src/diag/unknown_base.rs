//! H0113 `unknown-base`: a net is made from one that does not exist, or from itself.

use super::{Code, Diagnostic, Finding, suggest, words};
use hetc_grammar::span::Span;

/// A net is made from one that does not exist, or from itself.
#[derive(Debug, Clone)]
pub struct UnknownBase {
    /// The net that it is to be made from.
    pub name: String,
    /// Where that is named.
    pub span: Span,
    /// Every net that could be meant.
    pub known: Vec<String>,
    /// The net that is made, if it is made from itself, directly or through others.
    pub circle: Option<String>,
}

impl Finding for UnknownBase {
    const CODE: &'static Code = crate::code!("H0113", "unknown-base", Error, "a net is made from one that does not exist, or from itself");

    fn diagnose(&self) -> Diagnostic {
        if let Some(net) = &self.circle {
            return Diagnostic::new(Self::CODE, format!("net `{net}` is made from itself"))
                .label(self.span, "the circle goes through here")
                .help("begin with a net that is written out: `net NAME { … }`");
        }
        let near = suggest::meant(&self.name, self.known.iter().map(String::as_str));
        let all = near.is_none().then(|| format!("there are {}", words::code_list(self.known.iter().map(String::as_str), "and")));
        Diagnostic::new(Self::CODE, format!("there is no net `{}` to make this one from", self.name))
            .label(self.span, "no such net")
            .offer(self.span, near)
            .help_if(all.filter(|_| !self.known.is_empty()))
    }
}
