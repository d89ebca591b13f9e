//! Which names a net mentions, for warnings about what is never used.

use crate::formula::calls::calls;
use hetc_grammar::tree::{self, Arg, Item, Stmt, ValueKind};
use std::collections::{BTreeMap, BTreeSet};

/// Every word that stands where a cell could: in the parameters' defaults and in the body of `net`.
pub fn names_used<'a>(net: &'a tree::Net, names: &mut BTreeSet<&'a str>) {
    net.params.iter().filter_map(|param| param.default.as_ref()).for_each(|value| names_in(&value.node, names));
    names_in_body(&net.body, names);
}

/// Every word that the body of `net` comes to: its own, and those of the blocks that it uses, directly or through others.
pub fn names_reached<'a>(net: &'a tree::Net, blocks: &BTreeMap<&'a str, &'a tree::Block>, names: &mut BTreeSet<&'a str>) {
    let values = net.params.iter().filter_map(|param| param.default.as_ref());
    values.for_each(|value| names_in(&value.node, names));
    names_in_body(&net.body, names);
    let mut open: Vec<&str> = names.iter().copied().filter(|name| blocks.contains_key(name)).collect();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    while let Some(name) = open.pop() {
        let Some(block) = blocks.get(name).filter(|_| seen.insert(name)) else { continue };
        let mut inside = BTreeSet::new();
        names_in_block(block, &mut inside);
        open.extend(inside.iter().copied().filter(|name| blocks.contains_key(name)));
        names.extend(inside);
    }
}

/// What the definition `item` mentions.
pub fn mentioned(item: &Item) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    match item {
        Item::Cell(cell) => {
            names.extend(cell.body.formula().map(calls).unwrap_or_default().into_iter().map(|call| call.node.as_str()));
        }
        Item::Inner(inner) => inner.options.iter().for_each(|(_, value)| names_in(&value.node, &mut names)),
        Item::Block(block) => names_in_block(block, &mut names),
        _ => {}
    }
    names
}

fn names_in_block<'a>(block: &'a tree::Block, names: &mut BTreeSet<&'a str>) {
    block.params.iter().filter_map(|param| param.default.as_ref()).for_each(|value| names_in(&value.node, names));
    names_in_body(&block.body, names);
}

/// Every word that stands as a head or as a value in `stmts`.
pub fn names_in_body<'a>(stmts: &'a [Stmt], names: &mut BTreeSet<&'a str>) {
    for stmt in stmts {
        names.insert(&stmt.head.node);
        for arg in &stmt.args {
            match arg {
                Arg::Plain(value) | Arg::Option { value, .. } => names_in(&value.node, names),
            }
        }
        stmt.bodies.iter().for_each(|body| names_in_body(&body.stmts, names));
    }
}

/// Every word in a value.
pub fn names_in<'a>(value: &'a ValueKind, names: &mut BTreeSet<&'a str>) {
    if let ValueKind::Cells(cells) = value {
        for cell in cells {
            names.insert(&cell.name.node);
            cell.args.iter().flatten().for_each(|arg| names_in(&arg.value.node, names));
        }
    }
}
