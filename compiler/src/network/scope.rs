//! What names stand for: the parameters of the net and of the block that is being used.

use super::{Argument, Builder};
use crate::diag::{ArgumentKind, NetTooLarge, words};
use crate::limits::MAX_SHARES;
use hetc_grammar::span::Span;
use hetc_grammar::tree::{CallArg, CellRef, Name, Value, ValueKind};
use std::collections::BTreeMap;

/// What a parameter of a net or block stands for.
#[derive(Debug, Clone)]
pub struct Bound {
    /// Its value: what is given for it, or the default.
    pub value: Value,
    /// Where it is declared.
    pub declared: Span,
}

/// The parameters that one body brings.
pub(super) struct Frame {
    pub params: BTreeMap<String, Bound>,
    /// The block, if it is one's.
    pub block: Option<String>,
}

impl Builder<'_> {
    /// What `name` stands for: a parameter of the block that is being used, or else of the net.
    fn bound(&self, name: &str) -> Option<&Bound> {
        let innermost = self.frames.last().into_iter();
        innermost.chain(self.frames.first()).find_map(|frame| frame.params.get(name))
    }

    /// `value` with parameters replaced by what they stand for; `head` begins the statement it belongs to.
    pub(super) fn argument(&mut self, head: &Name, value: &Value) -> Option<Argument> {
        let ValueKind::Cells(refs) = &value.node else {
            return Some(Argument { kind: value.node.clone(), span: value.span, origin: None });
        };
        if let Some(bound) = value.node.as_word().and_then(|word| self.bound(word)) {
            return Some(Argument { kind: bound.value.node.clone(), span: value.span, origin: Some(bound.value.span) });
        }
        let mut expanded = Vec::new();
        for reference in refs {
            match self.bound(&reference.name.node).filter(|_| is_word(reference)).map(|bound| bound.value.clone()) {
                Some(bound) => expanded.extend(self.cells_of(&bound, head, reference)?),
                None => expanded.push(with_numbers(reference, |name| self.bound(name))),
            }
            if expanded.len() > MAX_SHARES {
                let (limit, span) = (MAX_SHARES as u64, value.span);
                return self.findings.report(NetTooLarge { what: "cells in one mix", limit, span });
            }
        }
        Some(Argument { kind: ValueKind::Cells(expanded), span: value.span, origin: None })
    }

    fn cells_of(&mut self, bound: &Value, head: &Name, reference: &CellRef) -> Option<Vec<CellRef>> {
        match &bound.node {
            ValueKind::Cells(cells) => Some(cells.clone()),
            other => self.findings.report(ArgumentKind {
                head: head.node.clone(),
                span: reference.span,
                expected: "a cell type".to_string(),
                found: words::value(other),
                origin: Some(bound.span),
                declared: None,
                written: None,
                usage: None,
            }),
        }
    }
}

/// `swish(b)` with the parameter `b` replaced by its number.
fn with_numbers<'p>(reference: &CellRef, bound: impl Fn(&str) -> Option<&'p Bound>) -> CellRef {
    let value_of = |arg: &CallArg| match arg.value.node.as_word().and_then(&bound) {
        Some(bound) => CallArg { key: arg.key.clone(), value: Value::new(bound.value.node.clone(), arg.value.span) },
        None => arg.clone(),
    };
    let args = reference.args.as_ref().map(|args| args.iter().map(value_of).collect());
    CellRef { args, ..reference.clone() }
}

/// Whether `reference` is nothing but a name, which a parameter can have.
fn is_word(reference: &CellRef) -> bool {
    reference.args.is_none() && reference.sizes.is_none()
}

/// The default `value` with the parameters before it replaced by what they stand for.
pub fn resolved(value: &Value, params: &BTreeMap<String, Bound>) -> Value {
    let bound = |name: &str| params.get(name);
    if let Some(known) = value.node.as_word().and_then(bound) {
        return known.value.clone();
    }
    let ValueKind::Cells(references) = &value.node else { return value.clone() };
    let expand = |reference: &CellRef| match bound(&reference.name.node).map(|bound| &bound.value.node) {
        Some(ValueKind::Cells(cells)) if is_word(reference) => cells.clone(),
        _ => vec![with_numbers(reference, bound)],
    };
    // One more than a mix can have is enough to say so where it is used.
    Value::new(ValueKind::Cells(references.iter().flat_map(expand).take(MAX_SHARES + 1).collect()), value.span)
}
