//! Findings for other programs: what every format says of a diagnostic, gathered once.
//!
//! Lines and columns count from 1, columns in Unicode characters; an end is the place right behind the last character.

mod github;
mod json;
mod sarif;
mod short;

pub use github::{failure as github_failure, github};
pub use json::json;
pub use sarif::sarif;
pub use short::short;

use crate::sources::Sources;
use hetc_compiler::diag::{Code, Diagnostic};
use hetc_grammar::span::{SourceId, Span};
use serde::Serialize;
use std::collections::BTreeMap;

/// A diagnostic with its places worked out, apart from the texts they are in.
pub struct Found {
    pub code: &'static Code,
    pub headline: String,
    /// The first is the place to look at.
    pub labels: Vec<(Place, String)>,
    pub help: Vec<String>,
    /// What to put in which place.
    pub fix: Option<(Place, String)>,
}

/// A range of a text.
#[derive(Serialize, Clone)]
pub struct Place {
    /// A file's path as it was given, or the flag that the text was given with.
    pub file: String,
    pub start: Position,
    pub end: Position,
    #[serde(skip)]
    pub is_file: bool,
}

/// A place between two characters.
#[derive(Serialize, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// From 0.
    pub byte: usize,
    pub line: usize,
    pub column: usize,
}

/// Works out the places of `diagnostics`.
pub fn found(diagnostics: &[Diagnostic], sources: &Sources) -> Vec<Found> {
    let mut starts: BTreeMap<SourceId, Vec<usize>> = BTreeMap::new();
    let mut place = |span: Span| {
        let source = sources.get(span.source)?;
        let starts = starts.entry(span.source).or_insert_with(|| {
            let ends = source.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0).chain(ends.map(|(end, _)| end + 1)).collect()
        });
        let (start, end) = (span.range().start, span.range().end);
        let at = |byte| position(&source.text, starts, byte);
        Some(Place { file: source.name.clone(), start: at(start), end: at(end), is_file: source.is_file() })
    };
    let one = |diagnostic: &Diagnostic| {
        let labels = diagnostic.labels.iter().filter_map(|label| Some((place(label.span)?, label.text.clone())));
        Found {
            code: diagnostic.code,
            headline: diagnostic.headline.clone(),
            labels: labels.collect(),
            help: diagnostic.help.clone(),
            fix: diagnostic.fix.as_ref().and_then(|fix| Some((place(fix.span)?, fix.text.clone()))),
        }
    };
    diagnostics.iter().map(one).collect()
}

fn position(text: &str, starts: &[usize], byte: usize) -> Position {
    let line = starts.partition_point(|start| *start <= byte).max(1);
    let before = text.get(starts[line - 1]..byte).unwrap_or_default();
    // A byte order mark is part of the file, but no character of it.
    let column = 1 + before.chars().filter(|c| *c != '\u{FEFF}').count();
    Position { byte, line, column }
}

impl Found {
    /// The place to look at.
    fn primary(&self) -> Option<&Place> {
        self.labels.first().map(|(place, _)| place)
    }

    /// `error[H0401]`
    fn title(&self) -> String {
        format!("{}[{}]", self.code.severity.word(), self.code.id)
    }
}

#[cfg(test)]
mod tests {
    use super::position;

    #[test]
    fn columns_are_characters() {
        let text = "\u{FEFF}ä b\r\nc";
        let at = |words: &str| {
            let place = position(text, &[0, 9], text.find(words).unwrap());
            (place.line, place.column)
        };
        assert_eq!(at("ä"), (1, 1));
        assert_eq!(at("b"), (1, 3));
        assert_eq!(at("c"), (2, 1));
        assert_eq!(position(text, &[0, 9], text.len()).column, 2);
    }
}
