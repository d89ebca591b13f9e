//! In which order cells can be lowered: what a cell calls comes before it. A circle has no such order.

use crate::formula::calls::calls;
use hetc_grammar::span::Span;
use hetc_grammar::tree::{self, Name};
use std::collections::BTreeMap;

/// A cell that is defined by itself, directly or through others.
pub(super) struct Circle {
    /// The cells on the way round, the first of them again at the end.
    pub path: Vec<String>,
    /// The call that closes it.
    pub span: Span,
}

/// A cell whose calls are being followed.
struct Step<'a> {
    cell: &'a tree::Cell,
    calls: std::vec::IntoIter<&'a Name>,
}

impl<'a> Step<'a> {
    fn new(cell: &'a tree::Cell) -> Self {
        Self { cell, calls: cell.body.formula().map(calls).unwrap_or_default().into_iter() }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Seen {
    OnTheWay,
    Done,
}

/// The names of `cells` (those with equal names count once), callees first, and the circles among them.
///
/// The way is kept in a list and not on the stack: a file may hold a chain of any length.
pub(super) fn order(cells: &[&tree::Cell]) -> (Vec<String>, Vec<Circle>) {
    let by_name: BTreeMap<&str, &tree::Cell> = cells.iter().map(|cell| (cell.name.node.as_str(), *cell)).collect();
    let mut seen: BTreeMap<&str, Seen> = BTreeMap::new();
    let (mut ordered, mut circles) = (Vec::new(), Vec::new());
    for cell in cells {
        if seen.contains_key(cell.name.node.as_str()) {
            continue;
        }
        seen.insert(&cell.name.node, Seen::OnTheWay);
        let mut way = vec![Step::new(cell)];
        while let Some(step) = way.last_mut() {
            let Some(call) = step.calls.next() else {
                seen.insert(&step.cell.name.node, Seen::Done);
                ordered.push(step.cell.name.node.clone());
                way.pop();
                continue;
            };
            match (seen.get(call.node.as_str()), by_name.get(call.node.as_str())) {
                (Some(Seen::OnTheWay), _) => circles.push(circle(&way, call)),
                (None, Some(callee)) => {
                    seen.insert(&callee.name.node, Seen::OnTheWay);
                    way.push(Step::new(callee));
                }
                _ => {}
            }
        }
    }
    (ordered, circles)
}

fn circle(way: &[Step], call: &Name) -> Circle {
    let names = way.iter().map(|step| step.cell.name.node.clone());
    let path = names.skip_while(|name| *name != call.node).chain([call.node.clone()]).collect();
    Circle { path, span: call.span }
}
