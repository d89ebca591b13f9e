//! Sums that lie tap by tap, added to weights that lie channel by channel.

use super::Machine;
use super::transpose::{Turn, Turning};
use hetc_kernels::lanes::{floats, floats_mut};
use hetc_kernels::{LANES, Lanes};
use pulp::{Simd, WithSimd};

/// `turned[channel][tap] = sums[tap][channel]`: a whole number of vectors of channels a tap.
pub struct ByChannel<'a> {
    /// `[tap][channel]`.
    pub sums: &'a [Lanes],
    /// Taps.
    pub taps: usize,
    /// `[channel][tap]`, and room for one vector more; what is written there is anything.
    pub turned: &'a mut [Lanes],
}

impl Turning for ByChannel<'_> {
    #[inline(always)]
    fn run<T: Turn>(self, turn: T) {
        let Self { sums, taps, turned } = self;
        let vectors = sums.len() / taps;
        let turned = floats_mut(turned);
        let mut rows = [Lanes::default(); LANES];
        for vector in 0..vectors {
            // The last taps first: what they write beyond themselves is written again.
            for start in (0..taps).step_by(LANES).rev() {
                for (row, tap) in rows.iter_mut().zip(start..taps) {
                    *row = sums[tap * vectors + vector];
                }
                for (channel, column) in turn.turned(&rows).iter().enumerate() {
                    turned[(vector * LANES + channel) * taps + start..][..LANES].copy_from_slice(&column.0);
                }
            }
        }
    }
}

/// Adds as many numbers of `from` to `to` as both have.
pub fn add(machine: Machine, from: &[Lanes], to: &mut [f32]) {
    struct Add<'a>(&'a [f32], &'a mut [f32]);
    impl WithSimd for Add<'_> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            let (to, to_rest) = S::as_mut_simd_f32s(self.1);
            let (from, _) = S::as_simd_f32s(&self.0[..(to.len() * S::F32_LANES)]);
            for (to, from) in to.iter_mut().zip(from) {
                *to = simd.add_f32s(*to, *from);
            }
            to_rest.iter_mut().zip(&self.0[from.len() * S::F32_LANES..]).for_each(|(to, from)| *to += from);
        }
    }
    let from = floats(from);
    let len = from.len().min(to.len());
    machine.dispatch(Add(&from[..len], &mut to[..len]));
}
