//! Everything that is known about one text: its tree, its plans, what is wrong with it, and its names.

use super::lines::Lines;
use super::names::Names;
use hetc_compiler::Compilation;
use hetc_compiler::cells::PRELUDE;
use hetc_compiler::diag::Diagnostic;
use hetc_grammar::span::{SourceId, Span};
use hetc_grammar::tree::Parsed;
use lsp_types::{Location, Uri};
use std::str::FromStr;

/// The source that spans into the text itself name; the prelude is the one before.
pub const SOURCE: SourceId = SourceId(1);
/// Where the prelude is found by clients that ask us for it.
pub const PRELUDE_URI: &str = "hetc:/prelude.net";

/// A text with its place in the editor's world.
pub struct Text {
    pub uri: Uri,
    pub text: String,
    pub lines: Lines,
}

impl Text {
    fn new(uri: Uri, text: &str) -> Self {
        Self { uri, text: text.to_string(), lines: Lines::of(text) }
    }
}

/// Everything that is known about one text.
pub struct Analysis {
    /// By [`SourceId`]: the prelude, the text itself, and what it uses.
    texts: Vec<Text>,
    pub parsed: Parsed,
    pub compilation: Compilation,
    pub names: Names,
}

impl Analysis {
    /// Of `text`, which is called `uri`.
    pub fn of(uri: &Uri, text: &str) -> Self {
        let prelude = Uri::from_str(PRELUDE_URI).unwrap_or_else(|_| uri.clone());
        let texts = vec![Text::new(prelude, PRELUDE), Text::new(uri.clone(), text)];
        let parsed = hetc_grammar::parse(SOURCE, text);
        let compilation = hetc_compiler::analyse(text, &parsed, &[]);
        let names = Names::of(&parsed.file);
        Self { texts, parsed, compilation, names }
    }

    /// The text itself.
    pub fn text(&self) -> &Text {
        &self.texts[SOURCE.0 as usize]
    }

    /// Whether the text takes names from `uri`.
    pub fn uses(&self, uri: &Uri) -> bool {
        self.texts.iter().skip(SOURCE.0 as usize + 1).any(|used| used.uri == *uri)
    }

    /// Where a span lies; `None` for a source that is no file (the prelude, unless `prelude` says that the client can show it).
    pub fn location(&self, span: Span, prelude: bool) -> Option<Location> {
        if span.source < SOURCE && !prelude {
            return None;
        }
        let text = self.texts.get(span.source.0 as usize)?;
        Some(Location::new(text.uri.clone(), text.lines.range(&text.text, span)))
    }

    /// The words at a span.
    pub fn words(&self, span: Span) -> &str {
        self.texts.get(span.source.0 as usize).and_then(|text| text.text.get(span.range())).unwrap_or_default()
    }

    /// What was found in this text; what was found in a text that it uses is told there.
    pub fn diagnostics(&self) -> impl Iterator<Item = &Diagnostic> {
        let here = |diagnostic: &&Diagnostic| diagnostic.primary().is_none_or(|span| span.source == SOURCE);
        self.compilation.diagnostics.iter().filter(here)
    }

    /// What the comments at a definition say: the one behind it on its line, or else those alone on the lines above it.
    pub fn comment(&self, definition: Span) -> Option<String> {
        if definition.source != SOURCE {
            return None;
        }
        let lines = &self.text().lines;
        let line_of = |offset: u32| lines.line(offset as usize);
        let words = |comment: &hetc_grammar::tree::Comment| comment.text.trim_start_matches('#').trim().to_string();
        let behind = self.parsed.comments.iter().find(|comment| {
            comment.trailing && comment.span.start >= definition.end && line_of(comment.span.start) == line_of(definition.end)
        });
        if let Some(comment) = behind {
            return Some(words(comment));
        }
        let mut next = line_of(definition.start);
        let mut above: Vec<String> = Vec::new();
        let before = self.parsed.comments.partition_point(|comment| comment.span.start < definition.start);
        for comment in self.parsed.comments[..before].iter().rev() {
            let line = line_of(comment.span.start);
            if comment.trailing || line + 1 != next {
                break;
            }
            next = line;
            above.push(words(comment));
        }
        above.reverse();
        (!above.is_empty()).then(|| above.join(" "))
    }
}
