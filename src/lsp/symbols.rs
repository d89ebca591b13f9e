//! What a text defines, for the editor's outline.

use super::analysis::{Analysis, SOURCE};
use super::describe;
use super::names::{Definition, Kind};
use super::texts::Text;
use lsp_types::{DocumentSymbol, SymbolKind};
use std::collections::BTreeMap;

/// Nets and cell types, in order, with their parameters inside.
pub fn symbols(analysis: &Analysis) -> Vec<DocumentSymbol> {
    let text = analysis.text();
    let mut inside: BTreeMap<u32, Vec<DocumentSymbol>> = BTreeMap::new();
    for definition in &analysis.names.definitions {
        if let Some(scope) = definition.scope.filter(|scope| scope.source == SOURCE) {
            inside.entry(scope.start).or_default().push(symbol(text, definition, None, Vec::new()));
        }
    }
    let top = analysis
        .names
        .definitions
        .iter()
        .filter(|definition| definition.scope.is_none() && definition.kind != Kind::Tap && definition.at.source == SOURCE);
    let symbols = top.map(|definition| {
        let children = inside.remove(&definition.whole.start).unwrap_or_default();
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
        Kind::Block => SymbolKind::CLASS,
        Kind::Cell | Kind::Inner => SymbolKind::FUNCTION,
        Kind::Parameter | Kind::Variable | Kind::Tap => SymbolKind::VARIABLE,
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
