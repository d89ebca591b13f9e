//! Which vectors the machine has.

use hetc_kernels::{LANES, Lanes};
use pulp::{Arch, Simd, WithSimd};

/// A vector width of this machine.
#[derive(Debug, Clone, Copy)]
pub struct Machine(Arch);

impl Machine {
    /// The widest.
    pub fn new() -> Self {
        Self(Arch::new())
    }

    /// All of them, the plain one first: results differ by rounding alone.
    pub fn all() -> Vec<Self> {
        #[cfg(target_arch = "x86_64")]
        let wider = [pulp::x86::V3::try_new().map(Arch::V3), pulp::x86::V4::try_new().map(Arch::V4)];
        #[cfg(not(target_arch = "x86_64"))]
        let wider = [Some(Arch::new())];
        std::iter::once(Arch::Scalar).chain(wider.into_iter().flatten()).map(Self).collect()
    }

    /// Does `work` with the machine's vectors.
    pub fn dispatch<W: WithSimd>(self, work: W) -> W::Output {
        self.0.dispatch(work)
    }

    /// The same as pulp names it.
    pub fn arch(self) -> Arch {
        self.0
    }

    /// Floats in a register; 1 where the compiler is left to find vectors.
    pub fn width(self) -> usize {
        struct Width;
        impl WithSimd for Width {
            type Output = usize;
            fn with_simd<S: Simd>(self, _: S) -> usize {
                S::F32_LANES
            }
        }
        self.dispatch(Width)
    }
}

impl Default for Machine {
    fn default() -> Self {
        Self::new()
    }
}

/// Lanes as the registers that they fill: `H` of them.
#[inline(always)]
pub fn registers<S: Simd, const H: usize>(vectors: &[Lanes]) -> &[[S::f32s; H]] {
    debug_assert_eq!(S::F32_LANES * H, LANES);
    bytemuck::cast_slice::<Lanes, S::f32s>(vectors).as_chunks().0
}

/// As [`registers`].
#[inline(always)]
pub fn registers_mut<S: Simd, const H: usize>(vectors: &mut [Lanes]) -> &mut [[S::f32s; H]] {
    debug_assert_eq!(S::F32_LANES * H, LANES);
    bytemuck::cast_slice_mut::<Lanes, S::f32s>(vectors).as_chunks_mut().0
}

/// Numbers that are asked for before they are needed, at the pace of one or two vectors of products a number: about what memory takes.
pub const AHEAD: usize = 1024;

/// Asks for the numbers around `numbers[at]` to be brought near; `at` may lie beyond the end.
#[inline(always)]
pub fn fetch(numbers: &[f32], at: usize) {
    let place = numbers.as_ptr().wrapping_add(at);
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads nothing: any address will do.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(place.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}
