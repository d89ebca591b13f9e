//! Powers of numbers that are not negative, on vectors.
//!
//! `x^p = 2^(p·log2 x)`, where `x = 2^e·m` with `m` in `[√½, √2)`. The product `p·e` is taken in two exact parts, so that a large exponent of
//! `x` costs no accuracy: the relative error is below 2^-22 + |p|·2^-24 wherever the result is a normal number. Zero, infinity and NaN give
//! what IEEE 754 says of `pow`.

use crate::wide::{Simd, Vector, Width};
use std::f32::consts::LN_2;

/// Coefficients of `log2 m = s·(c0 + c1 s² + …)` with `s = (m - 1) / (m + 1)`: `2 / (ln 2 · (2 k + 1))`. The next is below 1e-8 of the sum.
const LOG2: [f32; 5] = [2.885_39, 0.961_796_7, 0.577_078, 0.412_198_6, 0.320_598_9];

/// Coefficients of `2^r = c0 + c1 r + …` for `|r| ≤ ½`: `(ln 2)^k / k!`. The next is below 1e-8 of the sum.
const EXP2: [f32; 8] = [1.0, LN_2, 0.240_226_5, 0.055_504_11, 0.009_618_129, 0.001_333_355_8, 0.000_154_035_3, 0.000_015_252_734];

/// 2^23 + 2^22: added to what is below 2^22, it leaves a whole number in the lowest bits.
const ROUND: f32 = 12_582_912.0;

/// Bits of √½.
const ROOT: u32 = 0x3f35_04f3;

/// Bits of the number 2^0 with the exponent 128 higher.
const RAISED: u32 = 128 << 23;

/// `x^p` for every `x ≥ 0`.
#[inline(always)]
pub fn power<S: Simd, const P: usize>(width: Width<S, P>, x: Vector<S, P>, p: f32) -> Vector<S, P> {
    if p == 0.0 {
        return width.all(1.0);
    }
    let all = |number: f32| width.all(number);
    let small = all(f32::MIN_POSITIVE).greater(x);
    let normal = small.choose(x * all(16_777_216.0), x);
    // The exponent plus 128, so that it is not negative, as a whole number and as a number.
    let raised = normal.plus_bits(RAISED.wrapping_sub(ROOT)).shifted_right(23);
    let exponent = raised.plus_bits(ROUND.to_bits()) - small.choose(all(ROUND + 128.0 + 24.0), all(ROUND + 128.0));
    let m = normal.minus_bits(raised.shifted_left(23)).plus_bits(RAISED);
    let s = (m - all(1.0)) / (m + all(1.0));
    let of_m = s * polynomial(width, s * s, &LOG2) * all(p);
    // 12 bits of p times at most 8 of the exponent: exact.
    let high = f32::from_bits(p.to_bits() & 0xffff_f000);
    let of_exponent = exponent * all(high);
    let shifted = (of_exponent + of_m).clamp(-252.0, 252.0) + all(ROUND);
    let rest = (of_exponent - (shifted - all(ROUND))) + exponent.times_plus(all(p - high), of_m);
    // Two factors of half the exponent, so that neither leaves the normal numbers.
    let both = shifted.plus_bits(252u32.wrapping_sub(ROUND.to_bits()));
    let one = both.shifted_right(1);
    let factor = |exponent: Vector<S, P>| exponent.plus_bits(1).shifted_left(23);
    let usual = polynomial(width, rest.clamp(-1.0, 1.0), &EXP2) * factor(one) * factor(both.minus_bits(one));
    let [at_zero, at_infinity] = if p > 0.0 { [0.0, f32::INFINITY] } else { [f32::INFINITY, 0.0] };
    let positive = all(f32::INFINITY).greater(x).choose(usual, all(at_infinity));
    x.greater(all(0.0)).choose(positive, x + all(at_zero)) // NaN stays
}

#[inline(always)]
fn polynomial<S: Simd, const P: usize, const N: usize>(
    width: Width<S, P>,
    x: Vector<S, P>,
    coefficients: &[f32; N],
) -> Vector<S, P> {
    let mut sum = width.all(coefficients[N - 1]);
    for coefficient in coefficients[..N - 1].iter().rev() {
        sum = sum.times_plus(x, width.all(*coefficient));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wide::{Kernel, wide};
    use hetc_kernels::Lanes;

    struct Power(f32, f32);

    impl Kernel for Power {
        type Output = f32;

        #[inline(always)]
        fn run<S: Simd, const P: usize>(self, width: Width<S, P>) -> f32 {
            let Lanes(lanes) = power(width, width.all(self.0), self.1).lanes();
            assert!(lanes.iter().all(|lane| lane.to_bits() == lanes[0].to_bits()));
            lanes[0]
        }
    }

    fn of(x: f32, p: f32) -> f32 {
        wide(Power(x, p))
    }

    fn error(x: f32, p: f32) -> f64 {
        let wanted = f64::from(x).powf(f64::from(p));
        (f64::from(of(x, p)) - wanted).abs() / wanted
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
        assert_eq!([of(0.0, -0.75), of(0.0, 0.75), of(0.0, 0.0)], [f32::INFINITY, 0.0, 1.0]);
        assert_eq!([of(f32::INFINITY, -0.75), of(f32::INFINITY, 2.0)], [0.0, f32::INFINITY]);
        assert_eq!([of(1e30, 2.0), of(1e30, -2.0), of(1e-30, -2.0)], [f32::INFINITY, 0.0, f32::INFINITY]);
        assert_eq!([of(1.0, -0.75), of(4.0, -0.5), of(3.0, 0.0), of(-0.0, 1.0)], [1.0, 0.5, 1.0, 0.0]);
        assert!(of(f32::NAN, -0.75).is_nan());
        assert!((of(1e30, -1.3) - 1e-39).abs() < 1e-44, "a subnormal result");
    }
}
