//! From pest's pairs to the tree.
//!
//! A `bad_…` pair becomes an error and leaves nothing in the tree. The functions return `None` for text that fits the grammar but still
//! cannot be represented, such as a number that is too large; the error is noted by then.

mod braces;
mod definition;
mod formula;
mod item;
mod stmt;
mod value;

use std::ops::Range;

use pest::iterators::Pair;

use crate::explain;
use crate::parse::Rule;
use crate::span::{SourceId, Span};
use crate::tree::{Name, SyntaxError, SyntaxErrorKind};
use braces::Braces;

/// Builds the tree of one text and collects what was wrong.
pub(crate) struct Builder<'t> {
    source: SourceId,
    text: &'t str,
    /// The braces of the item being read.
    braces: Braces,
    errors: Vec<SyntaxError>,
    broken_cells: Vec<String>,
}

impl<'t> Builder<'t> {
    pub(crate) fn new(source: SourceId, text: &'t str) -> Self {
        Self { source, text, braces: Braces::default(), errors: Vec::new(), broken_cells: Vec::new() }
    }

    /// The cells that are defined, but not so that their definition could be read.
    pub(crate) fn take_broken_cells(&mut self) -> Vec<String> {
        std::mem::take(&mut self.broken_cells)
    }

    /// What was wrong, in the order of the text.
    pub(crate) fn into_errors(mut self) -> Vec<SyntaxError> {
        self.errors.sort_by_key(|error| error.span.start);
        self.errors
    }

    fn span(&self, pair: &Pair<'t, Rule>) -> Span {
        self.span_of(range(pair))
    }

    fn span_of(&self, range: Range<usize>) -> Span {
        Span::new(self.source, range.start, range.end)
    }

    fn name(&self, pair: &Pair<'t, Rule>) -> Name {
        Name::new(pair.as_str().to_owned(), self.span(pair))
    }

    fn error(&mut self, kind: SyntaxErrorKind, span: Span) {
        self.errors.push(SyntaxError { kind, span });
    }

    /// Notes why `pair`, caught by a `bad_…` rule, is not what `rule` reads.
    fn not_a(&mut self, rule: Rule, pair: &Pair<'t, Rule>) {
        self.errors.push(explain::why(self.source, self.text, range(pair), rule));
    }
}

fn range(pair: &Pair<'_, Rule>) -> Range<usize> {
    let span = pair.as_span();
    span.start()..span.end()
}
