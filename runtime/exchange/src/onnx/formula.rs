//! A formula's graph as ONNX operators, node by node.
//!
//! `expm1` and `log1p`, which ONNX lacks, are put together so that nothing cancels near 0 and nothing overflows that need not.

use super::graph::{Graph, Name};
use hetc_compiler::formula::{Binary, Formula, Node, Unary};
use hetc_grammar::tree::CmpOp;

/// A value inside a layer.
#[derive(Debug, Clone)]
pub struct Operand {
    /// Its name.
    pub name: Name,
    /// Whether it has a number for every element of every sample; otherwise it is stretched.
    pub whole: bool,
}

/// The (first) result of `formula` for `inputs`.
pub fn formula(graph: &mut Graph, formula: &Formula, inputs: &[Operand]) -> Operand {
    let mut values: Vec<Operand> = Vec::with_capacity(formula.nodes().len());
    for node in formula.nodes() {
        let at = |id: &hetc_compiler::formula::NodeId| &values[id.index()]; // operands come first
        let value = match node {
            Node::Input(input) => inputs[usize::from(*input)].clone(),
            Node::Const(number) => Operand { name: graph.number(*number), whole: false },
            Node::Unary(op, a) => Operand { name: unary(graph, *op, &at(a).name), whole: at(a).whole },
            Node::Binary(op, a, b) => {
                let name = graph.op(binary(*op), &[&at(a).name, &at(b).name]);
                Operand { name, whole: at(a).whole || at(b).whole }
            }
            Node::Select { op, a, b, then, otherwise } => {
                let holds = compare(graph, *op, &at(a).name, &at(b).name);
                let name = graph.op("Where", &[&holds, &at(then).name, &at(otherwise).name]);
                Operand { name, whole: [a, b, then, otherwise].into_iter().any(|id| at(id).whole) }
            }
        };
        values.push(value);
    }
    values.swap_remove(formula.root().index())
}

fn unary(graph: &mut Graph, op: Unary, a: &str) -> Name {
    let operator = match op {
        Unary::Neg => "Neg",
        Unary::Abs => "Abs",
        Unary::Sqrt => "Sqrt",
        Unary::Exp => "Exp",
        Unary::Log => "Log",
        Unary::Sin => "Sin",
        Unary::Cos => "Cos",
        Unary::Tanh => "Tanh",
        Unary::Sigmoid => "Sigmoid",
        Unary::Erf => "Erf",
        Unary::Expm1 => return expm1(graph, a),
        Unary::Log1p => return log1p(graph, a),
    };
    graph.op(operator, &[a])
}

/// `tanh(a / 2) (exp(a) + 1)`.
fn expm1(graph: &mut Graph, a: &str) -> Name {
    let (half, one) = (graph.number(0.5), graph.number(1.0));
    let half = graph.op("Mul", &[a, &half]);
    let tanh = graph.op("Tanh", &[&half]);
    let exp = graph.op("Exp", &[a]);
    let sum = graph.op("Add", &[&exp, &one]);
    graph.op("Mul", &[&tanh, &sum])
}

/// `log(u)` with `u = 1 + a`, times `a / (u - 1)` where rounding `u` matters; `a` itself where `u` is 1 (Kahan's way).
fn log1p(graph: &mut Graph, a: &str) -> Name {
    let (zero, one) = (graph.number(0.0), graph.number(1.0));
    let u = graph.op("Add", &[a, &one]);
    let log = graph.op("Log", &[&u]);
    let rounded = graph.op("Sub", &[&u, &one]);
    let part = graph.op("Div", &[a, &rounded]);
    let mended = graph.op("Mul", &[&log, &part]);
    let large = graph.op("Greater", &[a, &one]);
    let log = graph.op("Where", &[&large, &log, &mended]);
    let tiny = graph.op("Equal", &[&rounded, &zero]);
    graph.op("Where", &[&tiny, a, &log])
}

fn binary(op: Binary) -> &'static str {
    match op {
        Binary::Add => "Add",
        Binary::Sub => "Sub",
        Binary::Mul => "Mul",
        Binary::Div => "Div",
        Binary::Min => "Min",
        Binary::Max => "Max",
    }
}

fn compare(graph: &mut Graph, op: CmpOp, a: &str, b: &str) -> Name {
    let operator = match op {
        CmpOp::Lt => "Less",
        CmpOp::Le => "LessOrEqual",
        CmpOp::Gt => "Greater",
        CmpOp::Ge => "GreaterOrEqual",
        CmpOp::Eq | CmpOp::Ne => "Equal",
    };
    let holds = graph.op(operator, &[a, b]);
    if op == CmpOp::Ne { graph.op("Not", &[&holds]) } else { holds }
}
