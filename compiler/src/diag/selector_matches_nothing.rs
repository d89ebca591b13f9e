//! H0409 `selector-matches-nothing`: a `replace` finds no site.

use super::{Code, Diagnostic, Finding};
use super::{suggest, words};
use crate::rewrite::NoSites;
use hetc_grammar::span::Span;

/// A `replace` finds no site.
#[derive(Debug, Clone)]
pub struct SelectorMatchesNothing {
    /// As written.
    pub selector: String,
    /// Where it stands.
    pub span: Span,
    /// Why it finds none.
    pub why: NoSites,
}

impl Finding for SelectorMatchesNothing {
    const CODE: &'static Code = crate::code!("H0409", "selector-matches-nothing", Error, "a `replace` finds no site");

    fn diagnose(&self) -> Diagnostic {
        let new = |headline: String, label: String| Diagnostic::new(Self::CODE, headline).label(self.span, label);
        let nothing = format!("`{}` finds nothing to replace", self.selector);
        match &self.why {
            NoSites::None => new(nothing, "no site of this kind above".to_string())
                .help("a site is an `act`, a `window` or an `inner` above this line"),
            NoSites::Only(count) => new(nothing, format!("there are {count}")),
            NoSites::NoTap(known) => {
                let words = crate::network::SELECTORS;
                let candidates = || known.iter().map(String::as_str).filter(|name| !name.contains('.')).chain(words);
                let near = suggest::meant(&self.selector, candidates());
                let all = near.is_none().then(|| format!("there are {}", words::code_list(candidates(), "and")));
                new(format!("there is no tap `{}`", self.selector), "no `tap` above has this name".to_string())
                    .offer(self.span, near)
                    .help_if(all)
            }
            NoSites::NotBehind(layer) => {
                let what = layer.as_ref().map_or("the input".to_string(), |layer| format!("`{layer}`"));
                new(nothing, format!("this tap names what {what} gives")).help("put the `tap` right behind the `act`, `window` or `inner` that is meant")
            }
        }
    }
}
