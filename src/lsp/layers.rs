//! From a place in the text to the layers that it asks for.

use super::analysis::Analysis;
use hetc_compiler::CompiledNet;
use hetc_compiler::plan::{Layer, Plan};
use hetc_grammar::span::Span;
use hetc_grammar::tree::{Item, Name, Stmt};
use std::borrow::Cow;

/// A statement with what is around it.
pub struct Place<'a> {
    /// The item that it stands in.
    item: &'a Item,
    pub stmt: &'a Stmt,
    /// How many braces are open before it.
    depth: usize,
}

/// The innermost statement at `offset`.
pub fn statement_at(analysis: &Analysis, offset: usize) -> Option<Place<'_>> {
    analysis.parsed.file.items.iter().find_map(|item| {
        let body = match item {
            Item::Net(net) => &net.body,
            Item::Block(block) => &block.body,
            Item::Derived(derived) => &derived.body,
            Item::Use(_) | Item::Cell(_) | Item::Inner(_) => return None,
        };
        innermost(body, offset, 1).map(|(stmt, depth)| Place { item, stmt, depth })
    })
}

fn innermost(stmts: &[Stmt], offset: usize, depth: usize) -> Option<(&Stmt, usize)> {
    let stmt = stmts.iter().find(|stmt| (stmt.span.start as usize..=stmt.span.end as usize).contains(&offset))?;
    let inner = stmt.bodies.iter().find_map(|body| innermost(&body.stmts, offset, depth + 1));
    Some(inner.unwrap_or((stmt, depth)))
}

impl Place<'_> {
    /// The name and the extent of the net that the statement stands in; `None` in a block, which many nets can use.
    fn net(&self) -> Option<(&Name, Span)> {
        match self.item {
            Item::Net(net) => Some((&net.name, net.span)),
            Item::Derived(derived) => Some((&derived.name, derived.span)),
            _ => None,
        }
    }
}

/// A net's plan and the layers of a statement in it.
pub struct Layers<'a> {
    pub plan: Cow<'a, Plan>,
    own: Vec<usize>,
}

impl Layers<'_> {
    /// The layers that the statement, or one inside its braces, asks for.
    pub fn own(&self) -> impl ExactSizeIterator<Item = &Layer> {
        self.own.iter().map(|place| &self.plan.layers[*place]) // places in this very plan
    }
}

/// The layers of a statement; `None` if something at or before it is wrong.
pub fn of<'a>(analysis: &'a Analysis, place: &Place) -> Option<Layers<'a>> {
    let (name, _) = place.net()?;
    let (plan, statements) = match analysis.compilation.nets.iter().find(|net| net.span == name.span)? {
        CompiledNet { plan: Some(plan), statements, .. } => (Cow::Borrowed(plan), Cow::Borrowed(statements)),
        _ => {
            let net = net_up_to(analysis, place)?;
            (Cow::Owned(net.plan?), Cow::Owned(net.statements))
        }
    };
    let stmt = place.stmt.span;
    let is_own = |span: &Span| span.source == stmt.source && stmt.start <= span.start && span.end <= stmt.end;
    let places = statements.iter().enumerate().filter(|(place, span)| is_own(span) && *place < plan.layers.len());
    let own = places.map(|(place, _)| place).collect();
    Some(Layers { plan, own })
}

/// The plan of the net as if it ended behind a statement; `None` if that is no net.
pub fn plan_up_to(analysis: &Analysis, place: &Place) -> Option<Plan> {
    net_up_to(analysis, place)?.plan
}

/// The net that ends behind a statement: what stands further down may be wrong.
fn net_up_to(analysis: &Analysis, place: &Place) -> Option<CompiledNet> {
    let text = &analysis.text().text;
    let (name, net) = place.net()?;
    let (head, tail) = (text.get(..place.stmt.span.end as usize)?, text.get(net.end as usize..)?);
    let shortened = format!("{head}\n{}\n{tail}", "}".repeat(place.depth));
    analysis.compile_instead(&shortened).nets.into_iter().find(|net| net.span == name.span)
}
