//! The intermediate form: every cell's value and derivatives as numbered operations, then the layers that use them.

use super::what::{mlp, step, trained, what};
use crate::diag::words;
use crate::formula::text::input_name;
use crate::formula::{Formula, Node, NodeId};
use crate::plan::{Cell, Op, Plan, Step};
use std::fmt::Write;

/// The formulas of `plan` in evaluation order, and which layer runs which of them over how many elements.
pub fn ir(plan: &Plan) -> String {
    let mut out = format!("net {}\n", plan.net);
    for (i, function) in plan.functions.iter().enumerate() {
        let _ = writeln!(out, "\nfunction {i} = {}", function.name);
        let _ = writeln!(out, "  {}, hidden units answer {}", mlp(function), function.activation);
    }
    for (i, table) in plan.tables.iter().enumerate() {
        let _ = writeln!(out, "\ntable {i} = {}, {}", table.name, words::count(table.points.len(), "point"));
    }
    for (i, cell) in plan.cells.iter().enumerate() {
        let _ = writeln!(out, "\ncell {i} = {}", cell.name);
        staged(plan, cell, &mut out);
    }
    out.push('\n');
    for (i, layer) in plan.layers.iter().enumerate() {
        let what = what(plan, i);
        let parts = [layer.name.as_str(), what.as_str()].into_iter().filter(|part| !part.is_empty());
        let parts = parts.collect::<Vec<_>>().join(" ");
        let _ = writeln!(out, "{parts}: {} -> {}{}", layer.input, layer.output, work(plan, i));
    }
    for tap in &plan.taps {
        let _ = writeln!(out, "tap {}: {}", tap.name, super::what::value_name(plan, tap.value));
    }
    out
}

/// What a cell's formulas see, its steps, and its formula.
fn staged(plan: &Plan, cell: &Cell, out: &mut String) {
    if !cell.is_plain() || cell.inputs > 1 {
        let values = (1..=cell.inputs).map(|k| if cell.inputs == 1 { "value".to_string() } else { format!("value {k}") });
        let parameters = cell.trained.iter().map(|parameter| format!("trained {}", trained(parameter)));
        let steps = (1..=cell.steps.len()).map(|k| format!("step {k}"));
        let inputs = values.chain(parameters).chain(steps).zip(1..).map(|(what, k)| format!("x{k} {what}"));
        let _ = writeln!(out, "  inputs     {}", inputs.collect::<Vec<_>>().join(", "));
    }
    for (done, number) in cell.steps.iter().zip(1..) {
        let _ = writeln!(out, "  step {number}     {}", step(plan, done));
        let of: &[Formula] = match done {
            Step::Reduce { of, .. } | Step::Lookup { of, .. } => std::slice::from_ref(of),
            Step::Call { of, .. } => of,
        };
        of.iter().for_each(|of| formula("of", of, out));
    }
    formula("value", &cell.formula, out);
}

/// A formula and its derivative by each input.
fn formula(what: &str, formula: &Formula, out: &mut String) {
    let _ = writeln!(out, "  {what:<10} {formula}");
    operations(formula, out);
    for k in 0..formula.inputs() {
        let by = if formula.inputs() == 1 { "derivative".to_string() } else { format!("by x{}", k + 1) };
        let derivative = formula.derivative(k);
        let _ = writeln!(out, "  {by:<10} {derivative}");
        operations(&derivative, out);
    }
}

/// Which cells run over how many values (or windows) of a sample, and in how many pieces.
fn work(plan: &Plan, index: usize) -> String {
    let layer = &plan.layers[index];
    let Op::Cells(placement) = &layer.op else { return String::new() };
    let Some(sites) = placement.sites(&layer.input) else { return String::new() }; // a whole plan has them
    let runs = placement.runs(&sites);
    let noun = if placement.window.is_some() { "window" } else { "value" };
    let values = |share: usize| runs.iter().filter(|run| run.share == share).map(|run| run.len).sum::<usize>();
    let by = |(i, cell): (usize, usize)| format!("{} by cell {cell}", words::count(values(i), noun));
    let shares = placement.shares.iter().map(|share| share.cell).enumerate().map(by);
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
