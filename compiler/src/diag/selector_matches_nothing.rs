//! H0421 `selector-matches-nothing`: no cells stand where a `replace` looks for them.

use super::{Code, Diagnostic, Finding, words};
use crate::rewrite::{NoSites, Selector};
use hetc_grammar::span::Span;

/// No cells stand where a `replace` looks for them.
#[derive(Debug, Clone)]
pub struct SelectorMatchesNothing {
    /// The selector.
    pub span: Span,
    /// What it says.
    pub selector: Selector,
    /// The network that is searched.
    pub of: String,
    /// Why nothing is found.
    pub reason: NoSites,
}

impl Finding for SelectorMatchesNothing {
    const CODE: &'static Code =
        crate::code!("H0421", "selector-matches-nothing", Error, "no cells stand where a `replace` looks for them");

    fn diagnose(&self) -> Diagnostic {
        let found = Diagnostic::new(Self::CODE, format!("`{}` is no cells of `{}`", self.selector, self.of));
        match &self.reason {
            NoSites::None => found
                .label(self.span, "nothing to replace")
                .help("`hetc compile` shows the layers and which of them have cells"),
            NoSites::Only(n) => {
                found.label(self.span, format!("there {} only {n}", if *n == 1 { "is" } else { "are" })).help("they count from 1")
            }
            NoSites::NoTap(known) if known.is_empty() => found
                .label(self.span, "no tap has this name, and it is none of `all`, `conv`, `dense`, `act`, `window`, `inner`")
                .help("`tap NAME` behind an `act`, `window` or `inner` names it"),
            NoSites::NoTap(known) => {
                let known = words::code_list(known.iter().map(String::as_str), "and");
                found.label(self.span, "no tap has this name").help(format!("the taps are {known}"))
            }
            NoSites::NotBehind(layer) => {
                let layer = layer.as_deref().unwrap_or("input");
                found
                    .label(self.span, format!("this tap stands behind `{layer}`, which has no cells"))
                    .help("put `tap` right behind an `act`, `window` or `inner`")
            }
        }
    }
}
