//! Everything that is known about one text: its tree, its plans, what is wrong with it, and its names.

use super::names::Names;
use super::texts::{OpenText, Text, Texts, neighbour};
use hetc_compiler::Compilation;
use hetc_compiler::diag::{Diagnostic, Severity};
use hetc_grammar::span::{SourceId, Span};
use hetc_grammar::tree::{CellBody, Item, Parsed};
use lsp_types::{Location, Uri};

/// The source that spans into the text itself name; the prelude is the one before.
pub const SOURCE: SourceId = SourceId(1);

/// Everything that is known about one text.
pub struct Analysis {
    /// By [`SourceId`]: the prelude, the text itself, and what it uses.
    texts: Vec<Text>,
    /// What it uses and could not be had.
    missing: Vec<Uri>,
    pub parsed: Parsed,
    pub compilation: Compilation,
    pub names: Names,
}

impl Analysis {
    /// Of `text`, which is called `uri` and may use what `open` gives.
    pub fn of(uri: &Uri, text: &str, open: OpenText) -> Self {
        let mut texts = Texts::new(uri, text, open);
        let parsed = hetc_grammar::parse(SOURCE, text);
        let compilation = hetc_compiler::compile_with(SOURCE, text, &[], &mut texts);
        let mut names = Names::of(&parsed.file);
        for (used, text) in texts.list.iter().enumerate().skip(SOURCE.0 as usize + 1) {
            if text.uri.as_str().ends_with(".net") {
                names.add(&hetc_grammar::parse(SourceId(used as u32), &text.text).file);
            }
        }
        Self { texts: texts.list, missing: texts.missing, parsed, compilation, names }
    }

    /// What another text in this one's place would be.
    pub fn compile_instead(&self, text: &str) -> Compilation {
        let known = |uri: &Uri| self.texts.iter().find(|text| text.uri == *uri).map(|text| text.text.clone());
        hetc_compiler::compile_with(SOURCE, text, &[], &mut Texts::new(&self.text().uri, text, &known))
    }

    /// The text itself.
    pub fn text(&self) -> &Text {
        &self.texts[SOURCE.0 as usize]
    }

    /// Whether the text takes names from `uri`, or would like to.
    pub fn uses(&self, uri: &Uri) -> bool {
        let used = self.texts.iter().skip(SOURCE.0 as usize + 1).map(|text| &text.uri);
        used.chain(&self.missing).any(|used| used == uri)
    }

    /// The file that the `use` (or table) at `offset` names.
    pub fn used_at(&self, offset: usize) -> Option<Uri> {
        self.parsed.file.items.iter().find_map(|item| {
            let path = match item {
                Item::Use(used) => &used.path,
                Item::Cell(cell) => match &cell.body {
                    CellBody::Table(path) => path,
                    CellBody::Formula(_) => return None,
                },
                _ => return None,
            };
            let here = (path.span.start as usize..=path.span.end as usize).contains(&offset);
            here.then(|| neighbour(&self.text().uri, &path.node)).flatten()
        })
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

    /// What was found in this text.
    pub fn diagnostics(&self) -> impl Iterator<Item = &Diagnostic> {
        let here = |diagnostic: &&Diagnostic| diagnostic.primary().is_none_or(|span| span.source == SOURCE);
        self.compilation.diagnostics.iter().filter(here)
    }

    /// The errors in texts that this one uses, with the place of the `use` that leads to them.
    pub fn errors_elsewhere(&self) -> impl Iterator<Item = (Span, &Diagnostic)> {
        let uses =
            || self.parsed.file.items.iter().filter_map(|item| if let Item::Use(used) = item { Some(&used.path) } else { None });
        self.compilation.diagnostics.iter().filter_map(move |found| {
            let source = found.primary().filter(|span| span.source != SOURCE)?.source;
            let uri = &self.texts.get(source.0 as usize)?.uri;
            let direct = uses().find(|path| neighbour(&self.text().uri, &path.node).as_ref() == Some(uri));
            let by = direct.or_else(|| uses().next())?.span;
            (found.code.severity == Severity::Error).then_some((by, found))
        })
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
