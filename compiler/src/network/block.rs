//! `basic 64 stride=2`: the statements of a block, with values for its parameters.

use super::scope::{Bound, Frame};
use super::{Argument, Builder};
use crate::cells::user_span;
use crate::diag::{ArgumentCount, ArgumentKind, RecursiveBlock, RepeatedOption, UnknownParameter};
use hetc_grammar::span::Span;
use hetc_grammar::tree::{Block, Name, Stmt, Value};
use std::collections::BTreeMap;

impl Builder<'_> {
    /// The statements of `block`, which `stmt` asks for.
    pub(super) fn block(&mut self, block: &Block, stmt: &Stmt) -> Option<()> {
        let name = &block.name.node;
        if let Some(first) = self.frames.iter().position(|frame| frame.block.as_deref() == Some(name.as_str())) {
            let open = self.frames[first..].iter().filter_map(|frame| frame.block.clone());
            let path = open.chain([name.clone()]).collect();
            return self.findings.report(RecursiveBlock { path, span: stmt.head.span });
        }
        if let Some(body) = stmt.bodies.first() {
            return self.findings.report(ArgumentKind {
                head: name.clone(),
                span: Span { end: body.span.start + 1, ..body.span },
                expected: "no `{ … }`".to_string(),
                found: "one".to_string(),
                origin: None,
                declared: user_span(block.name.span),
                written: None,
                usage: Some(usage(block)),
            });
        }
        let (plain, options) = self.arguments(stmt)?;
        let given = self.given(block, plain, options)?;
        if self.context.broken_in(block.span).is_some() {
            return None; // said where it is broken
        }
        let params = self.filled(block, stmt, given)?;
        self.frames.push(Frame { params, block: Some(name.clone()) });
        let found_before = self.findings.len();
        let (asked, statement) = (self.asked, self.statement);
        let outer = self.open_taps();
        let built = self.body(&block.body);
        self.close_taps(outer, name);
        self.frames.pop();
        (self.asked, self.statement) = (asked, statement);
        self.findings.label_since(found_before, stmt.head.span, &format!("in this use of `{name}`"));
        built
    }

    /// One place a parameter, filled where the statement gives a value.
    fn given(&mut self, block: &Block, plain: Vec<Argument>, options: Vec<(Name, Argument)>) -> Option<Vec<Option<Argument>>> {
        let owner = &block.name.node;
        let declared = user_span(block.name.span);
        let mut given: Vec<Option<Argument>> = vec![None; block.params.len()];
        let mut plain = plain.into_iter();
        given.iter_mut().zip(&mut plain).for_each(|(place, argument)| *place = Some(argument));
        if let Some(extra) = plain.next() {
            let (head, span, usage) = (owner.clone(), extra.span, usage(block));
            return self.findings.report(ArgumentCount { head, span, missing: None, written: None, usage, declared });
        }
        for (key, argument) in options {
            let Some(place) = block.params.iter().position(|param| param.name.node == key.node) else {
                let known = block.params.iter().map(|param| param.name.node.clone()).collect();
                let owner = format!("block `{owner}`");
                return self.findings.report(UnknownParameter { name: key.node, span: key.span, owner, known, declared });
            };
            if let Some(first) = &given[place] {
                let first = first.span;
                return self.findings.report(RepeatedOption { name: key.node, first, second: key.span });
            }
            given[place] = Some(argument);
        }
        Some(given)
    }

    /// A value for every parameter: what is given, or its default, which may name the parameters before it.
    fn filled(&mut self, block: &Block, stmt: &Stmt, given: Vec<Option<Argument>>) -> Option<BTreeMap<String, Bound>> {
        let mut params: BTreeMap<String, Bound> = BTreeMap::new();
        for (param, given) in block.params.iter().zip(given) {
            let value = match (given, &param.default) {
                (Some(argument), _) => Value::new(argument.kind, argument.origin.unwrap_or(argument.span)),
                (None, Some(default)) => {
                    self.frames.push(Frame { params: params.clone(), block: None });
                    let argument = self.argument(&stmt.head, default);
                    self.frames.pop();
                    Value::new(argument?.kind, default.span)
                }
                (None, None) => {
                    let missing = Some(format!("a value for `{}`", param.name.node));
                    let (head, span, usage) = (block.name.node.clone(), stmt.head.span, usage(block));
                    let declared = user_span(block.name.span);
                    return self.findings.report(ArgumentCount { head, span, missing, written: None, usage, declared });
                }
            };
            params.insert(param.name.node.clone(), Bound { value, declared: param.name.span });
        }
        Some(params)
    }
}

/// `basic WIDTH [stride=1]`
pub(super) fn usage(block: &Block) -> String {
    let params = block.params.iter().map(|param| match &param.default {
        Some(default) => format!(" [{}={}]", param.name.node, default.node),
        None => format!(" {}", param.name.node.to_uppercase()),
    });
    format!("{}{}", block.name.node, params.collect::<String>())
}
