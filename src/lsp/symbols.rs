//! What a text defines, for the editor's outline.

use super::analysis::{Analysis, Text};
use super::describe;
use super::names::{Definition, Kind};
use lsp_types::{DocumentSymbol, SymbolKind};

/// Nets and cell types, in order; a net has its parameters inside.
pub fn symbols(analysis: &Analysis) -> Vec<DocumentSymbol> {
    let text = analysis.text();
    let all = &analysis.names.definitions;
    let top = all.iter().filter(|definition| definition.scope.is_none());
    let symbols = top.map(|definition| {
        let inside = all.iter().filter(|inner| inner.scope == Some(definition.whole));
        let children: Vec<DocumentSymbol> = inside.map(|inner| symbol(text, inner, None, Vec::new())).collect();
        symbol(text, definition, detail(analysis, definition), children)
    });
    symbols.collect()
}

/// `3x32x32 → 10, 119,674 parameters`
fn detail(analysis: &Analysis, definition: &Definition) -> Option<String> {
    let net = analysis.compilation.nets.iter().find(|net| net.span == definition.at)?;
    net.plan.as_ref().map(describe::totals)
}

#[allow(deprecated)] // the protocol's own field
fn symbol(text: &Text, definition: &Definition, detail: Option<String>, children: Vec<DocumentSymbol>) -> DocumentSymbol {
    let kind = match definition.kind {
        Kind::Net => SymbolKind::MODULE,
        Kind::Cell => SymbolKind::FUNCTION,
        Kind::Parameter | Kind::Variable => SymbolKind::VARIABLE,
    };
    DocumentSymbol {
        name: definition.name.clone(),
        detail,
        kind,
        tags: None,
        deprecated: None,
        range: text.lines.range(&text.text, definition.whole),
        selection_range: text.lines.range(&text.text, definition.at),
        children: (!children.is_empty()).then_some(children),
    }
}
