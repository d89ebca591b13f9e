//! H0001 `syntax`: text that fits no shape of the language.

use super::{Code, Diagnostic, Finding, words};
use hetc_grammar::tree::{SyntaxError, SyntaxErrorKind};

/// How two conditions are joined.
const NESTED: &str = "conditions are joined by one `select` in another: `select(x > 0, select(x < 1, THEN, OTHERWISE), OTHERWISE)`";

/// Text that fits no shape of the language.
#[derive(Debug, Clone)]
pub struct Syntax(pub SyntaxError);

impl Finding for Syntax {
    const CODE: &'static Code = crate::code!("H0001", "syntax", Error, "the text fits no shape of the language");

    fn diagnose(&self) -> Diagnostic {
        let span = self.0.span;
        let new = |headline: String| Diagnostic::new(Self::CODE, headline);
        match &self.0.kind {
            SyntaxErrorKind::Expected { wanted, found } => {
                let in_formula = wanted.iter().any(|wanted| wanted == "an operator");
                let wanted = words::list(wanted, "or");
                let found = found.as_ref().map_or("the end of the line".to_string(), |found| format!("`{found}`"));
                let joins = matches!(found.as_str(), "`and`" | "`or`" | "`&`");
                new(format!("expected {wanted}, found {found}"))
                    .label(span, format!("expected {wanted}"))
                    .help_if((joins && in_formula).then_some(NESTED))
            }
            SyntaxErrorKind::Unclosed { open } => {
                new(format!("`{open}` is never closed")).label(span, "opened here").help(format!("add the matching `{}`", closing(*open)))
            }
            SyntaxErrorKind::Unopened => new("`}` closes nothing".to_string()).label(span, "no `{` is open here"),
            SyntaxErrorKind::TooDeep
            | SyntaxErrorKind::TooManyOperators
            | SyntaxErrorKind::TooLong { .. }
            | SyntaxErrorKind::NumberTooLarge => {
                new("beyond a limit of the language".to_string()).label(span, "here")
            }
        }
    }
}

fn closing(open: char) -> char {
    match open {
        '(' => ')',
        '[' => ']',
        '"' => '"',
        _ => '}',
    }
}
