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
const RUN: usize = 64;

/// For each lane the sums of `count` vectors each of `K` kinds, in double precision: single precision sums of [`RUN`] vectors at a time.
#[inline(always)]
pub fn totals<S: Simd, const P: usize, const K: usize>(
    width: Width<S, P>,
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
            for (total, sum) in total.iter_mut().zip(sum.lanes().0) {
                *total += f64::from(sum);
            }
        }
        start = end;
    }
    totals
}

/// The sum of the first `count` lanes, by halves.
#[inline(always)]
pub fn sum_of_lanes(mut lanes: [f64; LANES], count: usize) -> f64 {
    for (lane, number) in lanes.iter_mut().enumerate() {
        *number = if lane < count { *number } else { 0.0 };
    }
    let mut half = LANES / 2;
    while half > 0 {
        let (low, high) = lanes.split_at_mut(half);
        low.iter_mut().zip(high).for_each(|(low, high)| *low += *high);
        half /= 2;
    }
    lanes[0]
}
