//! Vectors of 16 lanes as the machine has them: one register with AVX-512, two with AVX2, four with NEON, 16 numbers without any.
//!
//! An inner loop is a [`Kernel`], written once in plain arithmetic on [`Vector`]s. [`wide`] compiles it for several instruction sets and runs
//! the widest that the machine has. All functions are inlined: what is not inlined into a kernel is compiled for the narrowest machine, and
//! so a closure in a kernel is to be called in one place only.

use hetc_kernels::{LANES, Lanes};
pub use pulp::Simd;
use pulp::{Arch, WithSimd};
use std::ops::{Add, BitOr, Div, Mul, Sub};

/// An inner loop.
pub trait Kernel {
    /// What comes out of it.
    type Output;

    /// To be `#[inline(always)]`.
    fn run<S: Simd, const P: usize>(self, width: Width<S, P>) -> Self::Output;
}

/// Runs `kernel` as wide as the machine is.
pub fn wide<K: Kernel>(kernel: K) -> K::Output {
    Arch::new().dispatch(Dispatch(kernel))
}

struct Dispatch<K>(K);

impl<K: Kernel> WithSimd for Dispatch<K> {
    type Output = K::Output;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> K::Output {
        match const { LANES / S::F32_LANES } {
            1 => self.0.run(Width::<S, 1>(simd)),
            2 => self.0.run(Width::<S, 2>(simd)),
            4 => self.0.run(Width::<S, 4>(simd)),
            _ => self.0.run(Width::<S, LANES>(simd)),
        }
    }
}

/// The machine's width: makes vectors.
#[derive(Debug, Clone, Copy)]
pub struct Width<S, const P: usize>(S);

/// 16 numbers in `P` registers.
#[derive(Debug, Clone, Copy)]
pub struct Vector<S: Simd, const P: usize> {
    simd: S,
    parts: [S::f32s; P],
}

/// Yes or no for each of 16 lanes.
#[derive(Debug, Clone, Copy)]
pub struct Mask<S: Simd, const P: usize> {
    simd: S,
    parts: [S::m32s; P],
}

/// Bit `l` for lane `l`.
const BITS: [u32; LANES] = {
    let mut bits = [0; LANES];
    let mut lane = 0;
    while lane < LANES {
        bits[lane] = 1 << lane;
        lane += 1;
    }
    bits
};

impl<S: Simd, const P: usize> Width<S, P> {
    /// The same number in every lane.
    #[inline(always)]
    pub fn all(self, number: f32) -> Vector<S, P> {
        Vector { simd: self.0, parts: [self.0.splat_f32s(number); P] }
    }

    /// The lanes of `from`.
    #[inline(always)]
    pub fn load(self, from: &Lanes) -> Vector<S, P> {
        let mut vector = self.all(0.0);
        for (part, from) in vector.parts.iter_mut().zip(S::as_simd_f32s(&from.0).0) {
            *part = *from;
        }
        vector
    }

    /// The first `count` lanes.
    #[inline(always)]
    pub fn first(self, count: usize) -> Mask<S, P> {
        self.chosen(((1u32 << count) - 1) as u16)
    }

    /// The lanes whose bit is set.
    #[inline(always)]
    pub fn chosen(self, bits: u16) -> Mask<S, P> {
        let (simd, bits) = (self.0, self.0.splat_u32s(u32::from(bits)));
        let zero = simd.splat_u32s(0);
        let mut parts = [simd.equal_u32s(zero, zero); P];
        for (part, own) in parts.iter_mut().zip(S::as_simd_u32s(&BITS).0) {
            *part = simd.greater_than_u32s(simd.and_u32s(*own, bits), zero);
        }
        Mask { simd, parts }
    }
}

impl<S: Simd, const P: usize> Vector<S, P> {
    /// As it is in memory.
    #[inline(always)]
    pub fn lanes(self) -> Lanes {
        let mut lanes = Lanes::default();
        for (to, part) in S::as_mut_simd_f32s(&mut lanes.0).0.iter_mut().zip(self.parts) {
            *to = part;
        }
        lanes
    }

    /// The sum of its lanes.
    #[inline(always)]
    pub fn sum(self) -> f32 {
        let mut sum = self.parts[0];
        for part in &self.parts[1..] {
            sum = self.simd.add_f32s(sum, *part);
        }
        self.simd.reduce_sum_f32s(sum)
    }

    /// `self·factor + summand`, rounded once where the machine has an instruction for it.
    #[inline(always)]
    pub fn times_plus(mut self, factor: Self, summand: Self) -> Self {
        for (part, (factor, summand)) in self.parts.iter_mut().zip(factor.parts.into_iter().zip(summand.parts)) {
            *part = self.simd.mul_add_e_f32s(*part, factor, summand);
        }
        self
    }

    /// At least `low` and at most `high`.
    #[inline(always)]
    pub fn clamp(mut self, low: f32, high: f32) -> Self {
        let simd = self.simd;
        for part in &mut self.parts {
            *part = simd.min_f32s(simd.max_f32s(*part, simd.splat_f32s(low)), simd.splat_f32s(high));
        }
        self
    }

    /// Its bits, each number's plus `number`, as whole numbers.
    #[inline(always)]
    pub fn plus_bits(self, number: u32) -> Self {
        let simd = self.simd;
        self.with_bits(|bits| simd.add_u32s(bits, simd.splat_u32s(number)))
    }

    /// Its bits minus those of `other`, as whole numbers.
    #[inline(always)]
    pub fn minus_bits(mut self, other: Self) -> Self {
        let simd = self.simd;
        for (part, other) in self.parts.iter_mut().zip(other.parts) {
            let bits = simd.sub_u32s(simd.transmute_u32s_f32s(*part), simd.transmute_u32s_f32s(other));
            *part = simd.transmute_f32s_u32s(bits);
        }
        self
    }

    /// Its bits `by` places higher.
    #[inline(always)]
    pub fn shifted_left(self, by: u32) -> Self {
        let simd = self.simd;
        self.with_bits(|bits| simd.wrapping_dyn_shl_u32s(bits, simd.splat_u32s(by)))
    }

    /// Its bits `by` places lower, zeros after them.
    #[inline(always)]
    pub fn shifted_right(self, by: u32) -> Self {
        let simd = self.simd;
        self.with_bits(|bits| simd.wrapping_dyn_shr_u32s(bits, simd.splat_u32s(by)))
    }

    #[inline(always)]
    fn with_bits(mut self, operation: impl Fn(S::u32s) -> S::u32s) -> Self {
        for part in &mut self.parts {
            *part = self.simd.transmute_f32s_u32s(operation(self.simd.transmute_u32s_f32s(*part)));
        }
        self
    }

    #[inline(always)]
    fn with(mut self, other: Self, operation: impl Fn(S::f32s, S::f32s) -> S::f32s) -> Self {
        for (part, other) in self.parts.iter_mut().zip(other.parts) {
            *part = operation(*part, other);
        }
        self
    }

    #[inline(always)]
    fn against(self, other: Self, relation: impl Fn(S::f32s, S::f32s) -> S::m32s) -> Mask<S, P> {
        let mut parts = [relation(self.parts[0], other.parts[0]); P];
        for (part, (own, other)) in parts.iter_mut().zip(self.parts.into_iter().zip(other.parts)) {
            *part = relation(own, other);
        }
        Mask { simd: self.simd, parts }
    }

    /// Where it is greater than `other`; nowhere beside a NaN.
    #[inline(always)]
    pub fn greater(self, other: Self) -> Mask<S, P> {
        self.against(other, |a, b| self.simd.greater_than_f32s(a, b))
    }

    /// Where it is NaN.
    #[inline(always)]
    pub fn is_nan(self) -> Mask<S, P> {
        self.against(self, |a, _| self.simd.not_m32s(self.simd.equal_f32s(a, a)))
    }
}

impl<S: Simd, const P: usize> Mask<S, P> {
    /// `yes` where it is set, otherwise `no`.
    #[inline(always)]
    pub fn choose(self, yes: Vector<S, P>, no: Vector<S, P>) -> Vector<S, P> {
        let mut chosen = no;
        for (part, (mask, yes)) in chosen.parts.iter_mut().zip(self.parts.into_iter().zip(yes.parts)) {
            *part = self.simd.select_f32s(mask, yes, *part);
        }
        chosen
    }
}

impl<S: Simd, const P: usize> BitOr for Mask<S, P> {
    type Output = Self;

    #[inline(always)]
    fn bitor(mut self, other: Self) -> Self {
        for (part, other) in self.parts.iter_mut().zip(other.parts) {
            *part = self.simd.or_m32s(*part, other);
        }
        self
    }
}

macro_rules! operator {
    ($trait:ident, $name:ident, $operation:ident) => {
        impl<S: Simd, const P: usize> $trait for Vector<S, P> {
            type Output = Self;

            #[inline(always)]
            fn $name(self, other: Self) -> Self {
                let simd = self.simd;
                self.with(other, |a, b| simd.$operation(a, b))
            }
        }
    };
}

operator!(Add, add, add_f32s);
operator!(Sub, sub, sub_f32s);
operator!(Mul, mul, mul_f32s);
operator!(Div, div, div_f32s);

/// Vectors that are summed in single precision before they go to double precision.
const RUN: usize = 16;

/// For each lane that counts the sums of `count` vectors each of `K` kinds, in double precision: single precision sums of [`RUN`] vectors at
/// a time. 0 for the other lanes.
#[inline(always)]
pub fn totals<S: Simd, const P: usize, const K: usize>(
    width: Width<S, P>,
    counting: Mask<S, P>,
    count: usize,
    mut vectors: impl FnMut(usize) -> [Vector<S, P>; K],
) -> [[f64; LANES]; K] {
    let mut totals = [[0.0; LANES]; K];
    let mut start = 0;
    while start < count {
        let end = (start + RUN).min(count);
        let mut sums = [width.all(0.0); K];
        for index in start..end {
            for (sum, vector) in sums.iter_mut().zip(vectors(index)) {
                *sum = *sum + vector;
            }
        }
        for (total, sum) in totals.iter_mut().zip(sums) {
            for (total, sum) in total.iter_mut().zip(counting.choose(sum, width.all(0.0)).lanes().0) {
                *total += f64::from(sum);
            }
        }
        start = end;
    }
    totals
}

/// The sum of the lanes, by halves.
#[inline(always)]
pub fn sum_of_lanes(mut lanes: [f64; LANES]) -> f64 {
    let mut half = LANES / 2;
    while half > 0 {
        let (low, high) = lanes.split_at_mut(half);
        for (low, high) in low.iter_mut().zip(high) {
            *low += *high;
        }
        half /= 2;
    }
    lanes[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every operation once, over lanes of all kinds.
    struct All<'a>(&'a Lanes, &'a Lanes, u16);

    impl Kernel for All<'_> {
        type Output = Vec<Lanes>;

        #[inline(always)]
        fn run<S: Simd, const P: usize>(self, width: Width<S, P>) -> Vec<Lanes> {
            let (a, b) = (width.load(self.0), width.load(self.1));
            let results = [
                a + b,
                a - b,
                a * b,
                a / b,
                a.clamp(-1.0, 0.5),
                a.plus_bits(3),
                a.minus_bits(b),
                a.shifted_left(5),
                a.shifted_right(7),
                (a.greater(b) | b.is_nan()).choose(a, b),
                width.chosen(self.2).choose(a, width.all(7.0)),
                width.first(usize::from(self.2 % 17)).choose(a, b),
            ];
            results.map(Vector::lanes).to_vec()
        }
    }

    fn by_hand(All(a, b, mask): &All) -> Vec<Lanes> {
        let each = |f: &dyn Fn(f32, f32, usize) -> f32| Lanes(std::array::from_fn(|lane| f(a.0[lane], b.0[lane], lane)));
        let bits = |bits: u32| f32::from_bits(bits);
        vec![
            each(&|a, b, _| a + b),
            each(&|a, b, _| a - b),
            each(&|a, b, _| a * b),
            each(&|a, b, _| a / b),
            each(&|a, _, _| a.clamp(-1.0, 0.5)),
            each(&|a, _, _| bits(a.to_bits() + 3)),
            each(&|a, b, _| bits(a.to_bits().wrapping_sub(b.to_bits()))),
            each(&|a, _, _| bits(a.to_bits() << 5)),
            each(&|a, _, _| bits(a.to_bits() >> 7)),
            each(&|a, b, _| if a > b || b.is_nan() { a } else { b }),
            each(&|a, _, lane| if mask >> lane & 1 == 1 { a } else { 7.0 }),
            each(&|a, b, lane| if lane < usize::from(mask % 17) { a } else { b }),
        ]
    }

    #[test]
    fn every_width_does_the_same() {
        let a = Lanes([1.0, -2.5, 0.0, 3e-40, 1e30, -0.3, 7.0, 8.5, 0.1, 0.2, 0.7, -9.0, 4.0, 5.0, 6.0, 1e-3]);
        let b = Lanes([2.0, -2.5, 1.0, 1.0, f32::NAN, 0.4, -7.0, 3.0, f32::NAN, 0.1, 0.9, -8.0, 5.0, 1e9, 6.0, 2.0]);
        for mask in [0, 1, 0x8000, 0xffff, 0x5a5a, 16, 17] {
            let all = || All(&a, &b, mask);
            let wanted = by_hand(&all());
            let check = |results: Vec<Lanes>| {
                for (index, (result, wanted)) in results.iter().zip(&wanted).enumerate() {
                    let bits = |lanes: &Lanes| lanes.0.map(|lane| if lane.is_nan() { 0 } else { lane.to_bits() });
                    assert_eq!(bits(result), bits(wanted), "operation {index}");
                }
            };
            check(wide(all()));
            check(Arch::Scalar.dispatch(Dispatch(all())));
            #[cfg(target_arch = "x86_64")]
            if let Some(simd) = pulp::x86::V3::try_new() {
                check(Arch::V3(simd).dispatch(Dispatch(all())));
            }
        }
    }

    struct Sums<'a>(&'a [Lanes]);

    impl Kernel for Sums<'_> {
        type Output = (f64, f64, f32);

        #[inline(always)]
        fn run<S: Simd, const P: usize>(self, width: Width<S, P>) -> (f64, f64, f32) {
            let both = |index: usize| [width.load(&self.0[index]), width.all(1.0)];
            let [sums, counts] = totals(width, width.first(3), self.0.len(), both);
            (sum_of_lanes(sums), sum_of_lanes(counts), width.load(&self.0[0]).sum())
        }
    }

    #[test]
    fn sums() {
        let vectors: Vec<Lanes> = (0..50).map(|index| Lanes(std::array::from_fn(|lane| (index * 16 + lane) as f32))).collect();
        let wanted = (3.0 * 49.0 * 50.0 / 2.0 * 16.0 + 50.0 * 3.0, 150.0, 120.0);
        assert_eq!(wide(Sums(&vectors)), wanted);
        assert_eq!(Arch::Scalar.dispatch(Dispatch(Sums(&vectors))), wanted);
    }
}
