//! A formula read as tensor operations, for any device. Nothing here is differentiated: see [`super::tangent`].
//!
//! Values agree with the formula's f64 evaluation to a few units in the last place of f32 per operation. `expm1(x)` is computed as
//! `tanh(x / 2) (exp(x) + 1)`, which cancels nowhere.

use burn::tensor::activation::sigmoid;
use burn::tensor::{Bool, Device, Tensor};
use hetc_compiler::formula::{Binary, Formula, Node, NodeId, Unary};
use hetc_grammar::tree::CmpOp;

/// What a node of a formula is: a number stays one as long as it can, so that no tensor is filled with it.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant)] // most of them are tensors
pub enum Known<const D: usize> {
    /// The same everywhere.
    Number(f64),
    /// One number a place, stretched along axes of size 1.
    Tensor(Tensor<D>),
}

impl<const D: usize> Known<D> {
    /// A tensor of these sizes.
    pub fn spread(self, dims: [usize; D], device: &Device) -> Tensor<D> {
        match self {
            Known::Number(number) => Tensor::full(dims, number, device),
            Known::Tensor(tensor) => stretch(tensor, dims),
        }
    }

    /// A tensor of sizes that stretch to where it is known.
    pub fn tensor(self, device: &Device) -> Tensor<D> {
        match self {
            Known::Number(number) => Tensor::full([1; D], number, device),
            Known::Tensor(tensor) => tensor,
        }
    }
}

/// `x` repeated along its axes of size 1 where `dims` says more.
pub fn stretch<const D: usize>(x: Tensor<D>, dims: [usize; D]) -> Tensor<D> {
    if x.dims() == dims { x } else { x.expand(dims) }
}

/// The sizes that tensors of sizes `a` and `b` have together.
pub fn together<const D: usize>(a: [usize; D], b: [usize; D]) -> [usize; D] {
    std::array::from_fn(|axis| if a[axis] == 1 { b[axis] } else { a[axis] })
}

/// The results of `formula`, whose inputs are at least one and of sizes that fit together.
pub fn interpret<const D: usize>(formula: &Formula, inputs: &[Tensor<D>]) -> Vec<Known<D>> {
    let device = inputs[0].device();
    let mut values: Vec<Known<D>> = Vec::with_capacity(formula.nodes().len());
    for node in formula.nodes() {
        let at = |id: &NodeId| values[id.index()].clone();
        let value = match node {
            Node::Input(input) => Known::Tensor(inputs[usize::from(*input)].clone()),
            Node::Const(number) => Known::Number(*number),
            Node::Unary(op, a) => Known::Tensor(unary(*op, at(a).tensor(&device))),
            Node::Binary(op, a, b) => Known::Tensor(binary(*op, at(a), at(b), &device)),
            Node::Select { op, a, b, then, otherwise } => {
                Known::Tensor(select(compare(*op, at(a), at(b), &device), at(then), at(otherwise), &device))
            }
        };
        values.push(value);
    }
    formula.roots().iter().map(|root| values[root.index()].clone()).collect()
}

fn unary<const D: usize>(op: Unary, a: Tensor<D>) -> Tensor<D> {
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

fn binary<const D: usize>(op: Binary, a: Known<D>, b: Known<D>, device: &Device) -> Tensor<D> {
    use Known::{Number, Tensor};
    match (op, a, b) {
        (Binary::Add, Tensor(a), Number(b)) | (Binary::Add, Number(b), Tensor(a)) => a.add_scalar(b),
        (Binary::Mul, Tensor(a), Number(b)) | (Binary::Mul, Number(b), Tensor(a)) => a.mul_scalar(b),
        (Binary::Sub, Tensor(a), Number(b)) => a.sub_scalar(b),
        (Binary::Sub, Number(a), Tensor(b)) => b.neg().add_scalar(a),
        (Binary::Div, Tensor(a), Number(b)) => a.div_scalar(b),
        // Where NaN is, the comparison does not hold and NaN stays.
        (Binary::Max, Tensor(a), Number(b)) | (Binary::Max, Number(b), Tensor(a)) => a.clone().mask_fill(a.lower_elem(b), b),
        (Binary::Min, Tensor(a), Number(b)) | (Binary::Min, Number(b), Tensor(a)) => a.clone().mask_fill(a.greater_elem(b), b),
        (op, a, b) => both(op, a.tensor(device), b.tensor(device)),
    }
}

fn both<const D: usize>(op: Binary, a: Tensor<D>, b: Tensor<D>) -> Tensor<D> {
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
fn choose<const D: usize>(mask: Tensor<D, Bool>, a: Tensor<D>, b: Tensor<D>) -> Tensor<D> {
    let dims = mask.dims();
    let (a, b) = (stretch(a, dims), stretch(b, dims));
    let nan = a.clone().is_nan().bool_or(b.clone().is_nan());
    b.mask_where(mask, a).mask_fill(nan, f32::NAN)
}

/// A mask that holds everywhere or nowhere is still one: what it chooses between says how far it is stretched.
fn select<const D: usize>(mask: Tensor<D, Bool>, then: Known<D>, otherwise: Known<D>, device: &Device) -> Tensor<D> {
    let (then, otherwise) = (then.tensor(device), otherwise.tensor(device));
    let dims = together(mask.dims(), together(then.dims(), otherwise.dims()));
    stretch(otherwise, dims).mask_where(mask.expand(dims), stretch(then, dims))
}

fn compare<const D: usize>(op: CmpOp, a: Known<D>, b: Known<D>, device: &Device) -> Tensor<D, Bool> {
    use Known::{Number, Tensor};
    match (op, a, b) {
        (CmpOp::Lt, Tensor(a), Number(b)) => a.lower_elem(b),
        (CmpOp::Le, Tensor(a), Number(b)) => a.lower_equal_elem(b),
        (CmpOp::Gt, Tensor(a), Number(b)) => a.greater_elem(b),
        (CmpOp::Ge, Tensor(a), Number(b)) => a.greater_equal_elem(b),
        (op, a, b) => compare_both(op, a.tensor(device), b.tensor(device)),
    }
}

fn compare_both<const D: usize>(op: CmpOp, a: Tensor<D>, b: Tensor<D>) -> Tensor<D, Bool> {
    match op {
        CmpOp::Lt => a.lower(b),
        CmpOp::Le => a.lower_equal(b),
        CmpOp::Gt => a.greater(b),
        CmpOp::Ge => a.greater_equal(b),
        CmpOp::Eq => a.equal(b),
        CmpOp::Ne => a.not_equal(b),
    }
}
