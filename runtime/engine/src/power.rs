//! Powers of numbers that are not negative, without branches, so that the loop becomes vector code.
//!
//! `x^p = 2^(p·log2 x)`, where `x = 2^e·m` with `m` in `[√½, √2)`. The product `p·e` is taken in two exact parts, so that a large exponent of
//! `x` costs no accuracy: the relative error is below 2^-22 + |p|·2^-24 wherever the result is a normal number. Zero, infinity and NaN give
//! what IEEE 754 says of `pow`.

use std::f32::consts::LN_2;

/// Coefficients of `log2 m = s·(c0 + c1 s² + …)` with `s = (m - 1) / (m + 1)`: `2 / (ln 2 · (2 k + 1))`. The next is below 1e-8 of the sum.
const LOG2: [f32; 5] = [2.885_39, 0.961_796_7, 0.577_078, 0.412_198_6, 0.320_598_9];

/// Coefficients of `2^r = c0 + c1 r + …` for `|r| ≤ ½`: `(ln 2)^k / k!`. The next is below 1e-8 of the sum.
const EXP2: [f32; 8] = [1.0, LN_2, 0.240_226_5, 0.055_504_11, 0.009_618_129, 0.001_333_355_8, 0.000_154_035_3, 0.000_015_252_734];

/// 2^23 + 2^22: added and taken away again, it rounds what is below 2^22 to a whole number.
const ROUND: f32 = 12_582_912.0;

/// `x^p` in the place of every `x ≥ 0`. Inlined into a kernel, it is as wide as that.
#[inline(always)]
pub fn powers(numbers: &mut [f32], p: f32) {
    for number in numbers {
        *number = power(*number, p);
    }
}

#[inline(always)]
fn power(x: f32, p: f32) -> f32 {
    let small = x < f32::MIN_POSITIVE;
    let bits = (if small { x * 16_777_216.0 } else { x }).to_bits() as i32;
    let whole = bits.wrapping_sub(0x3f35_04f3) >> 23; // from √½ on
    let m = f32::from_bits(bits.wrapping_sub(whole << 23) as u32);
    let s = (m - 1.0) / (m + 1.0);
    let fraction = s * polynomial(s * s, &LOG2);
    let whole = (whole - if small { 24 } else { 0 }) as f32;
    // 12 bits of p times at most 8 of the exponent: exact.
    let high = f32::from_bits(p.to_bits() & 0xffff_f000);
    let low = p - high;
    let shifted = (high * whole + p * fraction).clamp(-252.0, 252.0) + ROUND;
    let n = shifted.to_bits().wrapping_sub(ROUND.to_bits()) as i32;
    let rest = (high * whole - (shifted - ROUND)) + (low * whole + p * fraction);
    let scaled = polynomial(rest.clamp(-1.0, 1.0), &EXP2) * two_to(n >> 1) * two_to(n - (n >> 1));
    let at_zero = if p > 0.0 { 0.0 } else { f32::INFINITY };
    let at_infinity = if p > 0.0 { f32::INFINITY } else { 0.0 };
    let edge = if x == 0.0 {
        at_zero
    } else if x == f32::INFINITY {
        at_infinity
    } else {
        x + p
    };
    let usual = (x > 0.0) & (x < f32::INFINITY);
    if p == 0.0 {
        1.0
    } else if usual {
        scaled
    } else {
        edge
    }
}

/// `2^n` for `n` of a normal number.
#[inline(always)]
fn two_to(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) << 23) as u32)
}

#[inline(always)]
fn polynomial<const N: usize>(x: f32, coefficients: &[f32; N]) -> f32 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(x: f32, p: f32) -> f64 {
        let wanted = f64::from(x).powf(f64::from(p));
        (f64::from(power(x, p)) - wanted).abs() / wanted
    }

    #[test]
    fn within_the_stated_error() {
        for p in [-0.75f32, -0.5, -1.0, 0.3, -2.25, 1.75, -7.3, 1e-3, 12.0] {
            let bound = 2f64.powi(-22) + f64::from(p.abs()) * 2f64.powi(-24);
            let mut x = f32::MIN_POSITIVE;
            let mut worst = 0.0f64;
            while x < f32::MAX / 1.001 {
                let size = f64::from(x).powf(f64::from(p));
                if (f64::from(f32::MIN_POSITIVE)..f64::from(f32::MAX)).contains(&size) {
                    worst = worst.max(error(x, p));
                }
                x *= 1.000_37;
            }
            assert!(worst < bound, "{p}: {worst:e} of {bound:e}");
        }
        assert!(error(1e-41, -0.5) < 1e-6, "subnormal");
    }

    #[test]
    fn edges() {
        assert_eq!([power(0.0, -0.75), power(0.0, 0.75), power(0.0, 0.0)], [f32::INFINITY, 0.0, 1.0]);
        assert_eq!([power(f32::INFINITY, -0.75), power(f32::INFINITY, 2.0)], [0.0, f32::INFINITY]);
        assert_eq!([power(1e30, 2.0), power(1e30, -2.0), power(1e-30, -2.0)], [f32::INFINITY, 0.0, f32::INFINITY]);
        assert_eq!([power(1.0, -0.75), power(4.0, -0.5), power(3.0, 0.0), power(-0.0, 1.0)], [1.0, 0.5, 1.0, 0.0]);
        assert!(power(f32::NAN, -0.75).is_nan());
        assert!((power(1e30, -1.3) - 1e-39).abs() < 1e-44, "a subnormal result");
    }
}
