//! What a written formula calls.

use hetc_grammar::tree::{Expr, ExprKind, Name};

/// The functions and cells that `expr` calls, each once, where it is called first.
pub fn calls(expr: &Expr) -> Vec<&Name> {
    let mut found = Vec::new();
    collect(expr, &mut found);
    found
}

fn collect<'a>(expr: &'a Expr, calls: &mut Vec<&'a Name>) {
    match &expr.node {
        ExprKind::Number(_) | ExprKind::Name(_) => {}
        ExprKind::Neg(a) | ExprKind::Window(a) => collect(a, calls),
        ExprKind::Binary(_, a, b) | ExprKind::Compare(_, a, b) => {
            collect(a, calls);
            collect(b, calls);
        }
        ExprKind::Call { name, args } => {
            if calls.iter().all(|call| call.node != name.node) {
                calls.push(name);
            }
            args.iter().for_each(|arg| collect(arg, calls));
        }
    }
}
