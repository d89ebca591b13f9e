//! The primitive functions in f32, over slices of one length.

use hetc_compiler::formula::{Binary, Unary};
use hetc_grammar::tree::CmpOp;

/// `out = op(a)`.
pub fn unary(op: Unary, a: &[f32], out: &mut [f32]) {
    match op {
        Unary::Neg => map(a, out, |a| -a),
        Unary::Abs => map(a, out, f32::abs),
        Unary::Sqrt => map(a, out, f32::sqrt),
        Unary::Exp => map(a, out, f32::exp),
        Unary::Expm1 => map(a, out, f32::exp_m1),
        Unary::Log => map(a, out, f32::ln),
        Unary::Log1p => map(a, out, f32::ln_1p),
        Unary::Sin => map(a, out, f32::sin),
        Unary::Cos => map(a, out, f32::cos),
        Unary::Tanh => map(a, out, f32::tanh),
        Unary::Sigmoid => map(a, out, logistic),
        Unary::Erf => map(a, out, libm::erff),
    }
}

/// `1 / (1 + exp(-a))`; exp of a negative number only, which never overflows.
fn logistic(a: f32) -> f32 {
    let e = (-a.abs()).exp();
    if a >= 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) }
}

/// `out = op(a, b)`.
pub fn binary(op: Binary, a: &[f32], b: &[f32], out: &mut [f32]) {
    match op {
        Binary::Add => zip(a, b, out, |a, b| a + b),
        Binary::Sub => zip(a, b, out, |a, b| a - b),
        Binary::Mul => zip(a, b, out, |a, b| a * b),
        Binary::Div => zip(a, b, out, |a, b| a / b),
        Binary::Min => zip(a, b, out, least),
        Binary::Max => zip(a, b, out, greatest),
    }
}

/// The greater of two numbers, NaN if either is.
pub fn greatest(a: f32, b: f32) -> f32 {
    let value = if a > b { a } else { b };
    if a.is_nan() { a } else { value }
}

/// The lesser of two numbers, NaN if either is.
pub fn least(a: f32, b: f32) -> f32 {
    let value = if a < b { a } else { b };
    if a.is_nan() { a } else { value }
}

/// `out = then` where `a op b`, otherwise `otherwise`; the operands are `[a, b, then, otherwise]`.
pub fn select(op: CmpOp, operands: [&[f32]; 4], out: &mut [f32]) {
    match op {
        CmpOp::Lt => pick(operands, out, |a, b| a < b),
        CmpOp::Le => pick(operands, out, |a, b| a <= b),
        CmpOp::Gt => pick(operands, out, |a, b| a > b),
        CmpOp::Ge => pick(operands, out, |a, b| a >= b),
        CmpOp::Eq => pick(operands, out, |a, b| a == b),
        CmpOp::Ne => pick(operands, out, |a, b| a != b),
    }
}

fn map(a: &[f32], out: &mut [f32], f: impl Fn(f32) -> f32) {
    for (out, a) in out.iter_mut().zip(a) {
        *out = f(*a);
    }
}

fn zip(a: &[f32], b: &[f32], out: &mut [f32], f: impl Fn(f32, f32) -> f32) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = f(*a, *b);
    }
}

fn pick([a, b, then, otherwise]: [&[f32]; 4], out: &mut [f32], holds: impl Fn(f32, f32) -> bool) {
    for ((((out, a), b), then), otherwise) in out.iter_mut().zip(a).zip(b).zip(then).zip(otherwise) {
        *out = if holds(*a, *b) { *then } else { *otherwise };
    }
}
