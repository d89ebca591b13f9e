//! The intermediate form: every cell's value and derivative as numbered operations, then the layers that use them.

use super::what::what;
use crate::diag::words;
use crate::formula::text::input_name;
use crate::formula::{Formula, Node, NodeId};
use crate::plan::{Layer, Op, Plan};
use std::fmt::Write;

/// The formulas of `plan` in evaluation order, and which layer runs which of them over how many elements.
pub fn ir(plan: &Plan) -> String {
    let mut out = format!("net {}\n", plan.net);
    for (i, cell) in plan.cells.iter().enumerate() {
        let _ = writeln!(out, "\ncell {i} = {}", cell.name);
        let _ = writeln!(out, "  value      {}", cell.formula);
        operations(&cell.formula, &mut out);
        let derivative = cell.formula.derivative(0);
        let _ = writeln!(out, "  derivative {derivative}");
        operations(&derivative, &mut out);
    }
    out.push('\n');
    for layer in &plan.layers {
        let what = what(layer);
        let parts = [layer.name.as_str(), what.as_str()].into_iter().filter(|part| !part.is_empty());
        let _ = writeln!(out, "{}: {} -> {}{}", parts.collect::<Vec<_>>().join(" "), layer.input, layer.output, work(layer));
    }
    out
}

/// Which cells run over how many values of a sample, and in how many pieces.
fn work(layer: &Layer) -> String {
    let Op::Cells(mix) = &layer.op else { return String::new() };
    let runs = mix.runs(&layer.input);
    let values = |share: usize| runs.iter().filter(|run| run.share == share).map(|run| run.len).sum::<usize>();
    let shares = mix.shares.iter().enumerate().map(|(i, share)| format!("{} values by cell {}", values(i), share.cell));
    let pieces = words::count(runs.len(), "run");
    format!("  {} in {pieces}", shares.collect::<Vec<_>>().join(", "))
}

fn operations(formula: &Formula, out: &mut String) {
    let id = |id: NodeId| format!("%{}", id.0);
    for (i, node) in formula.nodes().iter().enumerate() {
        let text = match *node {
            Node::Input(k) => input_name(formula.inputs(), k),
            Node::Const(value) => value.to_string(),
            Node::Unary(op, a) => format!("{op} {}", id(a)),
            Node::Binary(op, a, b) => format!("{} {}, {}", format!("{op:?}").to_lowercase(), id(a), id(b)),
            Node::Select { op, a, b, then, otherwise } => {
                format!("select {} {} {}, {}, {}", id(a), op.symbol(), id(b), id(then), id(otherwise))
            }
        };
        let _ = writeln!(out, "    %{i} = {text}");
    }
}
