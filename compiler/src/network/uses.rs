//! Which names a net mentions, for warnings about what is never used.

use hetc_grammar::tree::{self, Arg, Stmt, ValueKind};
use std::collections::BTreeSet;

/// Every word that stands where a cell could: in the parameters' defaults and in the body of `net`.
pub fn names_used<'a>(net: &'a tree::Net, names: &mut BTreeSet<&'a str>) {
    net.params.iter().filter_map(|param| param.default.as_ref()).for_each(|value| names_in(&value.node, names));
    names_in_body(&net.body, names);
}

/// Every word that stands as a value in `stmts`.
pub fn names_in_body<'a>(stmts: &'a [Stmt], names: &mut BTreeSet<&'a str>) {
    for stmt in stmts {
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
