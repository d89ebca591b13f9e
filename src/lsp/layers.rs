//! From a place in the text to the layers that it asks for.

use super::analysis::{Analysis, SOURCE};
use hetc_compiler::plan::{Layer, Plan};
use hetc_grammar::tree::{Item, Net, Stmt};
use std::borrow::Cow;

/// A statement with what is around it.
pub struct Place<'a> {
    pub net: &'a Net,
    pub stmt: &'a Stmt,
    /// How many braces are open before it.
    depth: usize,
}

/// The innermost statement at `offset`.
pub fn statement_at(analysis: &Analysis, offset: usize) -> Option<Place<'_>> {
    analysis.parsed.file.items.iter().find_map(|item| match item {
        Item::Net(net) => innermost(&net.body, offset, 1).map(|(stmt, depth)| Place { net, stmt, depth }),
        Item::Cell(_) => None,
    })
}

fn innermost(stmts: &[Stmt], offset: usize, depth: usize) -> Option<(&Stmt, usize)> {
    let stmt = stmts.iter().find(|stmt| (stmt.span.start as usize..=stmt.span.end as usize).contains(&offset))?;
    let inner = stmt.bodies.iter().find_map(|body| innermost(&body.stmts, offset, depth + 1));
    Some(inner.unwrap_or((stmt, depth)))
}

/// A net's plan, at least up to a statement, and the layers of the statement in it.
pub struct Layers<'a> {
    plan: Cow<'a, Plan>,
    /// The first layer that the statement or a later one asks for, and the first that a later one does.
    own: std::ops::Range<usize>,
}

impl Layers<'_> {
    /// The plan that they belong to.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The layers that the statement asks for.
    pub fn own(&self) -> &[Layer] {
        &self.plan.layers[self.own.clone()]
    }

    /// The layers up to and with those of the statement.
    pub fn up_to_here(&self) -> &[Layer] {
        &self.plan.layers[..self.own.end]
    }
}

/// The layers of a statement; `None` if something at or before it is wrong.
pub fn of<'a>(analysis: &'a Analysis, place: &Place) -> Option<Layers<'a>> {
    let line = compiler_line(&analysis.text().text, place.stmt.span.start as usize);
    let compiled = analysis.compilation.nets.iter().find(|net| net.span == place.net.name.span)?;
    let plan = match &compiled.plan {
        Some(plan) => Cow::Borrowed(plan),
        None => Cow::Owned(plan_up_to(analysis, place)?),
    };
    let own = plan.layers.partition_point(|layer| layer.line < line)..plan.layers.partition_point(|layer| layer.line <= line);
    Some(Layers { plan, own })
}

/// The line of a byte as the compiler counts: from 1, by LF.
fn compiler_line(text: &str, offset: usize) -> u32 {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count() as u32
}

/// The plan of a net that ends behind a statement: what stands further down may be wrong.
fn plan_up_to(analysis: &Analysis, place: &Place) -> Option<Plan> {
    let text = &analysis.text().text;
    let (head, tail) = (text.get(..place.stmt.span.end as usize)?, text.get(place.net.span.end as usize..)?);
    let shortened = format!("{head}\n{}\n{tail}", "}".repeat(place.depth));
    let compilation = hetc_compiler::compile(SOURCE, &shortened, &[]);
    compilation.nets.into_iter().find(|net| net.span == place.net.name.span)?.plan
}
