//! Where a name gets its meaning.

use super::analysis::Analysis;
use hetc_grammar::span::Span;
use lsp_types::{Location, Position, Range};

/// Where the name at a position is defined. Cell types of the prelude have a place only for a client that can show it.
pub fn definition(analysis: &Analysis, position: Position, prelude: bool) -> Option<Location> {
    let text = analysis.text();
    let offset = text.lines.offset(&text.text, position);
    if let Some(file) = analysis.used_at(offset) {
        return Some(Location::new(file, Range::default()));
    }
    let mention = analysis.names.at(offset)?;
    let span: Option<Span> = analysis.names.definition(&mention).map(|definition| definition.at);
    let in_library = || {
        let library = &analysis.compilation.library;
        library.definition(&mention.name).filter(|_| mention.may_be_cell()).map(|cell| cell.name.span)
    };
    analysis.location(span.or_else(in_library)?, prelude)
}
