//! The primitive functions in f32, over slices of one length.

use crate::math::{EXP, LN_2, ROUNDER};
use hetc_compiler::formula::{Binary, Unary};
use hetc_grammar::tree::CmpOp;
use std::f32::consts::LOG2_E;

/// `out = op(a)`.
pub fn unary(op: Unary, a: &[f32], out: &mut [f32]) {
    match op {
        Unary::Neg => map(a, out, |a| -a),
        Unary::Abs => map(a, out, f32::abs),
        Unary::Sqrt => map(a, out, f32::sqrt),
        Unary::Exp => map(a, out, exp),
        Unary::Expm1 => map(a, out, f32::exp_m1),
        Unary::Log => map(a, out, f32::ln),
        Unary::Log1p => map(a, out, f32::ln_1p),
        Unary::Sin => map(a, out, f32::sin),
        Unary::Cos => map(a, out, f32::cos),
        Unary::Tanh => map(a, out, tanh),
        Unary::Sigmoid => map(a, out, logistic),
        Unary::Erf => map(a, out, libm::erff),
    }
}

/// `1 / (1 + exp(-a))`; exp of a negative number only, which never overflows.
#[inline(always)]
fn logistic(a: f32) -> f32 {
    let e = exp(-a.abs());
    let numerator = if a >= 0.0 { 1.0 } else { e };
    numerator / (1.0 + e)
}

/// Without branches, so that loops over it become vector instructions; as accurate as the compiled kernels'.
#[inline(always)]
fn exp(a: f32) -> f32 {
    let (n, p) = exp_reduced(clamped(a, -104.0, 89.0));
    // 2^n in two steps, because it may leave the range of the exponent by itself.
    let half = n >> 1;
    (p + 1.0) * power_of_two(half) * power_of_two(n.wrapping_sub(half))
}

/// From `t = exp(-2|a|) - 1`, which cancels nowhere: `-t / (t + 2)` with the sign of `a`.
#[inline(always)]
fn tanh(a: f32) -> f32 {
    let (n, p) = exp_reduced(clamped(-2.0 * a.abs(), -40.0, 0.0));
    let scale = power_of_two(n);
    let t = scale * p + (scale - 1.0);
    (-t / (t + 2.0)).copysign(a)
}

/// Within bounds, or NaN.
#[inline(always)]
fn clamped(a: f32, low: f32, high: f32) -> f32 {
    let a = if a < low { low } else { a };
    if a > high { high } else { a }
}

/// `n` and `exp(r) - 1` with `a = n ln(2) + r` and `|r|` at most about ln(2)/2.
#[inline(always)]
fn exp_reduced(a: f32) -> (i32, f32) {
    let shifted = a * LOG2_E + ROUNDER;
    let whole = shifted - ROUNDER;
    let n = (shifted.to_bits() as i32).wrapping_sub(ROUNDER.to_bits() as i32);
    let r = a - whole * LN_2[0] - whole * LN_2[1];
    let mut p = EXP[4];
    for c in [EXP[3], EXP[2], EXP[1], EXP[0]] {
        p = p * r + c;
    }
    (n, r * r * p + r)
}

/// `2^n` for `n` from -126 to 127.
#[inline(always)]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) as u32) << 23)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ulp_bound;

    /// Units in the last place, of which the smallest is a subnormal step.
    fn ulps(got: f32, want: f64) -> f64 {
        if got.is_nan() && want.is_nan() || f64::from(got) == want || (got == want as f32 && got.is_infinite()) {
            return 0.0;
        }
        let unit = f64::from((want.abs() as f32).max(f32::MIN_POSITIVE).log2().floor().exp2()) / 8_388_608.0;
        (f64::from(got) - want).abs() / unit
    }

    #[test]
    fn primitives_are_as_accurate_as_the_kernels() {
        let numbers: Vec<f32> = (0..=u32::MAX).step_by(40_009).map(f32::from_bits).chain([f32::INFINITY, 0.0, -0.0]).collect();
        let mut out = vec![0.0; numbers.len()];
        for op in [Unary::Exp, Unary::Tanh, Unary::Sigmoid] {
            unary(op, &numbers, &mut out);
            for (x, y) in numbers.iter().zip(&out) {
                let error = ulps(*y, op.apply(f64::from(*x)));
                assert!(error <= ulp_bound(op), "{op}({x:e}) = {y:e}, {error} units");
            }
        }
    }
}
