//! A formula read as tensor operations: slower than a kernel, but for any device.
//!
//! Values agree with the formula's f64 evaluation to a few units in the last place of f32 per operation. `expm1(x)` is computed as
//! `tanh(x / 2) (exp(x) + 1)`, which cancels nowhere.

use burn::tensor::activation::sigmoid;
use burn::tensor::{Bool, Tensor};
use hetc_compiler::formula::{Binary, Formula, Node, NodeId, Unary};
use hetc_grammar::tree::CmpOp;

/// The formula's (first) result for every value of `x`.
pub fn interpret(formula: &Formula, x: Tensor<2>) -> Tensor<2> {
    let (dims, device) = (x.dims(), x.device());
    let mut values: Vec<Tensor<2>> = Vec::with_capacity(formula.nodes().len());
    for node in formula.nodes() {
        let at = |id: &NodeId| values[id.index()].clone();
        let value = match node {
            Node::Input(_) => x.clone(),
            Node::Const(number) => Tensor::full(dims, *number, &device),
            Node::Unary(op, a) => unary(*op, at(a)),
            Node::Binary(op, a, b) => binary(*op, at(a), at(b)),
            Node::Select { op, a, b, then, otherwise } => at(otherwise).mask_where(compare(*op, at(a), at(b)), at(then)),
        };
        values.push(value);
    }
    values.swap_remove(formula.root().index())
}

fn unary(op: Unary, a: Tensor<2>) -> Tensor<2> {
    match op {
        Unary::Neg => a.neg(),
        Unary::Abs => a.abs(),
        Unary::Sqrt => a.sqrt(),
        Unary::Exp => a.exp(),
        Unary::Expm1 => a.clone().mul_scalar(0.5).tanh() * a.exp().add_scalar(1.0),
        Unary::Log => a.log(),
        Unary::Log1p => a.log1p(),
        Unary::Sin => a.sin(),
        Unary::Cos => a.cos(),
        Unary::Tanh => a.tanh(),
        Unary::Sigmoid => sigmoid(a),
        Unary::Erf => a.erf(),
    }
}

fn binary(op: Binary, a: Tensor<2>, b: Tensor<2>) -> Tensor<2> {
    match op {
        Binary::Add => a + b,
        Binary::Sub => a - b,
        Binary::Mul => a * b,
        Binary::Div => a / b,
        Binary::Max => choose(a.clone().greater(b.clone()), a, b),
        Binary::Min => choose(a.clone().lower(b.clone()), a, b),
    }
}

/// `a` where the mask holds, otherwise `b`; NaN where either is.
fn choose(mask: Tensor<2, Bool>, a: Tensor<2>, b: Tensor<2>) -> Tensor<2> {
    let nan = a.clone().is_nan().bool_or(b.clone().is_nan());
    b.mask_where(mask, a).mask_fill(nan, f32::NAN)
}

fn compare(op: CmpOp, a: Tensor<2>, b: Tensor<2>) -> Tensor<2, Bool> {
    match op {
        CmpOp::Lt => a.lower(b),
        CmpOp::Le => a.lower_equal(b),
        CmpOp::Gt => a.greater(b),
        CmpOp::Ge => a.greater_equal(b),
        CmpOp::Eq => a.equal(b),
        CmpOp::Ne => a.not_equal(b),
    }
}
