//! The primitive functions: range reduction, polynomial, reconstruction.
//!
//! The polynomials come from `coefficients/fit.py`. [`ulp_bound`] says how accurate each function is; the tests hold them to it. What the
//! code relies on throughout: `lesser_or_second` and `greater_or_second` hand on a NaN that stands second. A processor may flush subnormals
//! to zero: they only occur where they may as well be zeros.

use crate::code::{FarCall, Ints, Mask, Vector, Writer};
use hetc_compiler::formula::Unary;
use hetc_grammar::tree::CmpOp;
use std::f32::consts::{FRAC_2_PI, FRAC_PI_2, LN_2 as NEAREST_LN_2, LOG2_E};

/// (exp(r) - 1 - r) / r² on ±ln(2)/2; relative error 1.4e-8.
pub const EXP: [f32; 5] = [0.49999997, 0.16666539, 0.041667745, 0.008367057, 0.0013839413];
/// (log1p(m) - m + m²/2) / m³ on ±1/3; relative error 2.2e-9.
const LOG1P: [f32; 9] =
    [0.33333334, -0.24999811, 0.19999765, -0.16680086, 0.14298953, -0.12187863, 0.108219855, -0.12884347, 0.11723538];
/// (sin(r) - r) / r³ in r², on ±π/4; relative error 4.0e-9.
const SIN: [f32; 3] = [-0.16666655, 0.008332187, -0.00019517897];
/// (cos(r) - 1 + r²/2) / r⁴ in r², on ±π/4; relative error 1.2e-10.
const COS: [f32; 3] = [0.041666646, -0.001388731, 2.4432327e-05];
/// erf(t) / t - 1 in t², on ±0.93; relative error 1.8e-8.
const ERF_NEAR: [f32; 6] = [0.12837915, -0.3761249, 0.1128173, -0.026762916, 0.0049872524, -0.0005958971];
/// -log(1 - erf(t)) / t - 1 on 0.92 to 4, weighted by what it does to erf; relative error 8.1e-10.
const ERF_FAR: [f32; 7] = [0.12864849, 0.6351513, 0.106236845, -0.023762021, 0.0036424329, -0.00032279541, 1.1230006e-05];
/// ln(2) in two parts; the first has 15 bits, so that a multiple of it by a whole number below 512 is exact.
pub const LN_2: [f32; 2] = [0.69314575, 1.4286068e-06];
/// π/2 in parts whose products are exact inside a fused multiply-add.
const HALF_PI_FUSED: [f32; 3] = [FRAC_PI_2, -4.371139e-08, -1.7151245e-15];
/// π/2 in parts whose products with whole numbers below 8192 are exact.
const HALF_PI: [f32; 4] = [1.5703125, 0.0004837513, 7.5495336e-08, 2.563344e-12];

/// Adding this to a number below 2²² rounds it to a whole one, which then stands in the low bits.
pub const ROUNDER: f32 = 12_582_912.0; // 1.5 * 2^23
const SIGN: u32 = 0x8000_0000;
const FOUR: u32 = 0x4080_0000;
const TWO_THIRDS: u32 = 0x3f2a_aaab;
const EXPONENT: u32 = 0xff80_0000; // with the sign: exponents below 0 are negative
const EXPONENT_UNIT: f32 = 1.0 / 8_388_608.0; // 2^-23
/// Beyond this, sine and cosine leave the vector code.
const FAR_ANGLE: f32 = 8192.0;

/// How far, in units in the last place, the value of `op` may lie from the exact one; see the README for what was measured. Below the
/// smallest normal number the unit is the smallest subnormal.
pub fn ulp_bound(op: Unary) -> f64 {
    match op {
        Unary::Neg | Unary::Abs => 0.0,
        Unary::Sqrt => 0.5,
        Unary::Exp => 1.5,
        Unary::Expm1 => 2.0,
        Unary::Log => 1.5,
        Unary::Log1p => 2.0,
        Unary::Sin | Unary::Cos => 2.5,
        Unary::Tanh => 3.0,
        Unary::Sigmoid => 3.0,
        Unary::Erf => 2.0,
    }
}

/// c₀ + c₁ x + c₂ x² + …
fn polynomial(e: &mut Writer, coefficients: &[f32], x: Vector) -> Vector {
    let (last, rest) = coefficients.split_last().expect("a polynomial has a coefficient");
    let mut sum = e.number(*last);
    for c in rest.iter().rev() {
        let c = e.number(*c);
        sum = e.mul_add(sum, x, c);
    }
    sum
}

/// `value` with its sign bit set where that of `sign` is.
fn with_sign_added(e: &mut Writer, value: Vector, sign: Vector) -> Vector {
    let (value, sign, bit) = (e.bits(value), e.bits(sign), e.int(SIGN));
    let sign = e.and(sign, bit);
    let signed = e.or(value, sign);
    e.float_of_bits(signed)
}

/// `scale * x` rounded to a whole number below 2²², as a float and as an integer with [`ROUNDER`]'s bits above it.
fn round(e: &mut Writer, x: Vector, scale: f32) -> (Vector, Ints) {
    let (scale, rounder) = (e.number(scale), e.number(ROUNDER));
    let shifted = e.mul_add(x, scale, rounder);
    (e.sub(shifted, rounder), e.bits(shifted))
}

/// The integer of [`round`] by itself.
fn without_rounder(e: &mut Writer, n: Ints) -> Ints {
    let rounder = e.int(ROUNDER.to_bits());
    e.int_sub(n, rounder)
}

/// `2ⁿ factor` for a power of two as `factor`, if that is a normal number; the low bits of `n` will do.
fn power_of_two(e: &mut Writer, n: Ints, factor: f32) -> Vector {
    let (exponent, factor) = (e.shift_left(n, 23), e.int(factor.to_bits()));
    let bits = e.int_add(exponent, factor);
    e.float_of_bits(bits)
}

/// `n` and `exp(r) - 1` with `x = n ln(2) + r` and `|r|` at most about ln(2)/2; `|x|` below 300.
fn exp_reduced(e: &mut Writer, x: Vector) -> (Ints, Vector) {
    let (whole, n) = round(e, x, LOG2_E);
    let mut r = x;
    for part in LN_2 {
        let part = e.number(part);
        r = e.sub_mul(r, whole, part);
    }
    let square = e.mul(r, r);
    let p = polynomial(e, &EXP, r);
    (n, e.mul_add(square, p, r))
}

fn exp(e: &mut Writer, x: Vector) -> Vector {
    let (low, high, one) = (e.number(-104.0), e.number(89.0), e.number(1.0));
    let x = e.greater_or_second(low, x);
    let x = e.lesser_or_second(high, x);
    let (n, p) = exp_reduced(e, x);
    let y = e.add(p, one);
    // 2ⁿ in two steps, because it may leave the range of the exponent by itself.
    let n = without_rounder(e, n);
    let half = e.shift_right(n, 1);
    let rest = e.int_sub(n, half);
    let (first, second) = (power_of_two(e, half, 1.0), power_of_two(e, rest, 1.0));
    let y = e.mul(y, first);
    e.mul(y, second)
}

/// `exp(x)` for `x` at most 0.
fn exp_falling(e: &mut Writer, x: Vector) -> Vector {
    const UP: f32 = 18_446_744_073_709_551_616.0; // 2^64
    let (low, one, down) = (e.number(-104.0), e.number(1.0), e.number(1.0 / UP));
    let x = e.greater_or_second(low, x);
    let (n, p) = exp_reduced(e, x);
    let y = e.add(p, one);
    // The scale stays normal where the result does not.
    let scale = power_of_two(e, n, UP);
    let y = e.mul(y, scale);
    e.mul(y, down)
}

fn expm1(e: &mut Writer, x: Vector) -> Vector {
    let (low, high, half) = (e.number(-20.0), e.number(89.0), e.number(0.5));
    let clamped = e.greater_or_second(low, x);
    let clamped = e.lesser_or_second(high, clamped);
    let (n, p) = exp_reduced(e, clamped);
    // Half of 2ⁿ, because 2¹²⁸ is too large while the result may be not.
    let scale = power_of_two(e, n, 0.5);
    let shift = e.sub(scale, half);
    let y = e.mul_add(scale, p, shift);
    let y = e.add(y, y);
    with_sign_added(e, y, x)
}

/// `n` in the place of the exponent, from the bits of `x = 2ⁿ (1 + m)` with `m` from -1/3 to 1/3.
fn exponent_of(e: &mut Writer, x: Vector) -> Ints {
    let (bits, low, mask) = (e.bits(x), e.int(TWO_THIRDS), e.int(EXPONENT));
    let above = e.int_sub(bits, low);
    e.and(above, mask)
}

/// `n ln(2) + log(1 + m)`; `exponent` is n in the place of the exponent, `bias` is added to n.
fn log_rebuilt(e: &mut Writer, exponent: Ints, bias: Vector, m: Vector) -> Vector {
    let (n, unit) = (e.float_of_int(exponent), e.number(EXPONENT_UNIT));
    let n = e.mul_add(n, unit, bias);
    let square = e.mul(m, m);
    // m³ p(m) - m²/2 = m² (m p(m) - 1/2)
    let p = polynomial(e, &LOG1P, m);
    let half = e.number(0.5);
    let p = e.mul_sub(m, p, half);
    let log = e.mul_add(square, p, m);
    let ln2 = e.number(NEAREST_LN_2);
    e.mul_add(n, ln2, log)
}

/// `value`, but -inf where `x` is 0, NaN where it is negative, and `x` where it is infinite or NaN.
fn log_at_edges(e: &mut Writer, x: Vector, value: Vector) -> Vector {
    let (zero, infinity) = (e.number(0.0), e.number(f32::INFINITY));
    let (minus, nan) = (e.number(f32::NEG_INFINITY), e.number(f32::NAN));
    let finite = e.compare(CmpOp::Lt, x, infinity);
    let value = e.pick(finite, value, x);
    let at_zero = e.compare(CmpOp::Eq, x, zero);
    let value = e.pick(at_zero, minus, value);
    let below = e.compare(CmpOp::Lt, x, zero);
    e.pick(below, nan, value)
}

fn log(e: &mut Writer, x: Vector) -> Vector {
    let (smallest, up) = (e.number(f32::MIN_POSITIVE), e.number(8_388_608.0));
    let (zero, down, one) = (e.number(0.0), e.number(-23.0), e.number(1.0));
    let subnormal = e.compare(CmpOp::Lt, x, smallest);
    let scaled = e.mul(x, up);
    let normal = e.pick(subnormal, scaled, x);
    let bias = e.pick(subnormal, down, zero);
    let exponent = exponent_of(e, normal);
    let bits = e.bits(normal);
    let mantissa = e.int_sub(bits, exponent);
    let mantissa = e.float_of_bits(mantissa);
    let m = e.sub(mantissa, one);
    let value = log_rebuilt(e, exponent, bias, m);
    log_at_edges(e, x, value)
}

fn log1p(e: &mut Writer, x: Vector) -> Vector {
    let (zero, one, quarter) = (e.number(0.0), e.number(1.0), e.number(0.25));
    let sum = e.add(x, one);
    let exponent = exponent_of(e, sum);
    // 2⁻ⁿ by way of 4 · 2⁻ⁿ, which is normal for every n. Where 2⁻ⁿ itself is not, it is nothing beside 1.
    let four = e.int(FOUR);
    let scale = e.int_sub(four, exponent);
    let scale = e.float_of_bits(scale);
    let scale = e.mul(scale, quarter);
    let shift = e.sub(scale, one);
    // (1 + x) 2⁻ⁿ - 1 without the rounding of 1 + x; n is not 0 only where x is far from subnormal, so that x 2⁻ⁿ is exact.
    let bits = e.bits(x);
    let scaled = e.int_sub(bits, exponent);
    let scaled = e.float_of_bits(scaled);
    let m = e.add(scaled, shift);
    let value = log_rebuilt(e, exponent, zero, m);
    let value = log_at_edges(e, sum, value);
    with_sign_added(e, value, x)
}

fn tanh(e: &mut Writer, x: Vector) -> Vector {
    // With q = 1 - exp(-2|x|), accurate near 0: tanh|x| = q / (2 - q).
    let (limit, minus_two) = (e.number(10.0), e.number(-2.0));
    let magnitude = e.abs(x);
    let magnitude = e.lesser_or_second(limit, magnitude);
    let doubled = e.mul(magnitude, minus_two);
    let (n, p) = exp_reduced(e, doubled);
    let (scale, one, two) = (power_of_two(e, n, 1.0), e.number(1.0), e.number(2.0));
    let rest = e.sub(one, scale);
    let q = e.sub_mul(rest, scale, p);
    let below = e.sub(two, q);
    let ratio = e.div(q, below);
    with_sign_added(e, ratio, x)
}

fn erf(e: &mut Writer, x: Vector) -> Vector {
    let t = e.abs(x);
    let square = e.mul(t, t);
    let p = polynomial(e, &ERF_NEAR, square);
    let near = e.mul_add(t, p, t);

    let (limit, one, border) = (e.number(4.0), e.number(1.0), e.number(0.926));
    let clamped = e.lesser_or_second(limit, t);
    let p = polynomial(e, &ERF_FAR, clamped);
    let p = e.mul_add(clamped, p, clamped);
    let exponent = e.neg(p);
    let (n, p) = exp_reduced(e, exponent);
    let scale = power_of_two(e, n, 1.0);
    let rest = e.mul_add(scale, p, scale);
    let far = e.sub(one, rest);

    let is_near = e.compare(CmpOp::Lt, t, border);
    let value = e.pick(is_near, near, far);
    with_sign_added(e, value, x)
}

/// The logistic functions of `x` and `-x`, from one exponential and one division.
#[derive(Clone, Copy)]
pub struct Logistic {
    /// 1 / (1 + exp(-x))
    pub up: Vector,
    /// 1 / (1 + exp(x))
    pub down: Vector,
}

impl Logistic {
    pub fn new(e: &mut Writer, x: Vector) -> Self {
        let (zero, one, minus) = (e.number(0.0), e.number(1.0), e.int(SIGN));
        let bits = e.bits(x);
        let negated = e.or(bits, minus);
        let negated = e.float_of_bits(negated);
        let q = exp_falling(e, negated);
        let sum = e.add(q, one);
        let large = e.div(one, sum);
        let small = e.mul(q, large);
        let negative = e.compare(CmpOp::Lt, x, zero);
        Self { up: e.pick(negative, small, large), down: e.pick(negative, large, small) }
    }

    /// The same for `-x`.
    pub fn mirrored(self) -> Self {
        Self { up: self.down, down: self.up }
    }
}

/// An angle, reduced once for its sine and its cosine.
#[derive(Clone, Copy)]
pub struct Angle {
    x: Vector,
    quadrant: Ints,
    sin: Vector,
    cos: Vector,
    far: Mask,
}

impl Angle {
    pub fn new(e: &mut Writer, x: Vector) -> Self {
        let magnitude = e.abs(x);
        let limit = e.number(FAR_ANGLE);
        let far = e.compare(CmpOp::Gt, magnitude, limit);
        let (whole, quadrant) = round(e, magnitude, FRAC_2_PI);
        let parts: &[f32] = if e.fused() { &HALF_PI_FUSED } else { &HALF_PI };
        let mut r = magnitude;
        for part in parts {
            let part = e.number(*part);
            r = e.sub_mul(r, whole, part);
        }
        let (square, half, one) = (e.mul(r, r), e.number(0.5), e.number(1.0));
        let p = polynomial(e, &SIN, square);
        let cube = e.mul(square, r);
        let sin = e.mul_add(cube, p, r);
        let p = polynomial(e, &COS, square);
        let p = e.mul_sub(square, p, half);
        let cos = e.mul_add(square, p, one);
        Self { x, quadrant, sin, cos, far }
    }

    pub fn sin(self, e: &mut Writer) -> Vector {
        let (value, sign) = self.turned(e, self.quadrant, self.sin, self.cos);
        let (own, bit) = (e.bits(self.x), e.int(SIGN));
        let own = e.and(own, bit);
        let sign = e.xor(sign, own);
        self.finished(e, FarCall::Sin, value, sign)
    }

    pub fn cos(self, e: &mut Writer) -> Vector {
        let one = e.int(1);
        let next = e.int_add(self.quadrant, one);
        let (value, sign) = self.turned(e, next, self.sin, self.cos);
        self.finished(e, FarCall::Cos, value, sign)
    }

    /// The sine `quadrant` quarter turns on, and its sign bit.
    fn turned(self, e: &mut Writer, quadrant: Ints, sin: Vector, cos: Vector) -> (Vector, Ints) {
        let (zero, one, two) = (e.int(0), e.int(1), e.int(2));
        let odd = e.and(quadrant, one);
        let even = e.equal(odd, zero);
        let value = e.pick(even, sin, cos);
        let half_turn = e.and(quadrant, two);
        (value, e.shift_left(half_turn, 30))
    }

    fn finished(self, e: &mut Writer, call: FarCall, value: Vector, sign: Ints) -> Vector {
        let bits = e.bits(value);
        let signed = e.xor(bits, sign);
        let value = e.float_of_bits(signed);
        e.replace_far(self.far, call, self.x, value)
    }
}

/// `op(a)` by itself.
pub fn unary(e: &mut Writer, op: Unary, a: Vector) -> Vector {
    match op {
        Unary::Neg => e.neg(a),
        Unary::Abs => e.abs(a),
        Unary::Sqrt => e.sqrt(a),
        Unary::Exp => exp(e, a),
        Unary::Expm1 => expm1(e, a),
        Unary::Log => log(e, a),
        Unary::Log1p => log1p(e, a),
        Unary::Sin => Angle::new(e, a).sin(e),
        Unary::Cos => Angle::new(e, a).cos(e),
        Unary::Tanh => tanh(e, a),
        Unary::Sigmoid => Logistic::new(e, a).up,
        Unary::Erf => erf(e, a),
    }
}

/// Sines of four angles of any size.
pub fn far_sin(lanes: &mut [f32; 4]) {
    *lanes = lanes.map(|x| libm::sin(f64::from(x)) as f32);
}

/// Cosines of four angles of any size.
pub fn far_cos(lanes: &mut [f32; 4]) {
    *lanes = lanes.map(|x| libm::cos(f64::from(x)) as f32);
}
