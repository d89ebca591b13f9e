//! Sixteen vectors of sixteen floats, rows as columns.

use super::Machine;
use hetc_kernels::{LANES, Lanes};
#[cfg(target_arch = "x86_64")]
use pulp::Arch;

/// Rows as columns.
pub fn transpose(machine: Machine, from: &[Lanes; LANES], to: &mut [Lanes; LANES]) {
    match machine.arch() {
        #[cfg(target_arch = "x86_64")]
        Arch::V4(simd) => simd.vectorize(x86::Wide { simd, from, to }),
        #[cfg(target_arch = "x86_64")]
        Arch::V3(simd) => simd.vectorize(x86::Half { simd, from, to }),
        _ => plain(from, to),
    }
}

/// As [`transpose`], of at most 16 vectors; rows that are not there are zeros.
pub fn transpose_some(machine: Machine, from: &[Lanes], to: &mut [Lanes; LANES]) {
    if let Ok(from) = from.try_into() {
        return transpose(machine, from, to);
    }
    let mut rows = [Lanes::default(); LANES];
    rows[..from.len()].copy_from_slice(from);
    transpose(machine, &rows, to);
}

fn plain(from: &[Lanes; LANES], to: &mut [Lanes; LANES]) {
    for (row, from) in from.iter().enumerate() {
        for (to, number) in to.iter_mut().zip(from.0) {
            to.0[row] = number;
        }
    }
}

/// In steps: neighbouring rows are interleaved float by float, then pair by pair, then the 128-bit parts change places.
#[cfg(target_arch = "x86_64")]
mod x86 {
    use hetc_kernels::{LANES, Lanes};
    use pulp::NullaryFnOnce;
    use pulp::x86::{V3, V4};
    use std::arch::x86_64::{__m256, __m512};

    /// With registers of 16 floats.
    pub struct Wide<'a> {
        pub simd: V4,
        pub from: &'a [Lanes; LANES],
        pub to: &'a mut [Lanes; LANES],
    }

    impl NullaryFnOnce for Wide<'_> {
        type Output = ();

        #[inline(always)]
        fn call(self) {
            let avx = self.simd.avx512f;
            let rows: &[__m512; LANES] = bytemuck::cast_ref(self.from);
            let columns: &mut [__m512; LANES] = bytemuck::cast_mut(self.to);
            // Of rows 4q .. 4q + 4, register 4q + c: columns c, c + 4, c + 8, c + 12, four floats of each.
            let mut quads = [avx._mm512_setzero_ps(); LANES];
            for q in 0..4 {
                let [a, b, c, d] = [rows[4 * q], rows[4 * q + 1], rows[4 * q + 2], rows[4 * q + 3]];
                let low = [avx._mm512_unpacklo_ps(a, b), avx._mm512_unpacklo_ps(c, d)].map(|pair| avx._mm512_castps_pd(pair));
                let high = [avx._mm512_unpackhi_ps(a, b), avx._mm512_unpackhi_ps(c, d)].map(|pair| avx._mm512_castps_pd(pair));
                quads[4 * q] = avx._mm512_castpd_ps(avx._mm512_unpacklo_pd(low[0], low[1]));
                quads[4 * q + 1] = avx._mm512_castpd_ps(avx._mm512_unpackhi_pd(low[0], low[1]));
                quads[4 * q + 2] = avx._mm512_castpd_ps(avx._mm512_unpacklo_pd(high[0], high[1]));
                quads[4 * q + 3] = avx._mm512_castpd_ps(avx._mm512_unpackhi_pd(high[0], high[1]));
            }
            for c in 0..4 {
                let [p, q, r, s] = [quads[c], quads[4 + c], quads[8 + c], quads[12 + c]];
                // Parts 0 and 2 of two registers, and parts 1 and 3.
                let even = [avx._mm512_shuffle_f32x4::<0x88>(p, q), avx._mm512_shuffle_f32x4::<0x88>(r, s)];
                let odd = [avx._mm512_shuffle_f32x4::<0xdd>(p, q), avx._mm512_shuffle_f32x4::<0xdd>(r, s)];
                columns[c] = avx._mm512_shuffle_f32x4::<0x88>(even[0], even[1]);
                columns[c + 4] = avx._mm512_shuffle_f32x4::<0x88>(odd[0], odd[1]);
                columns[c + 8] = avx._mm512_shuffle_f32x4::<0xdd>(even[0], even[1]);
                columns[c + 12] = avx._mm512_shuffle_f32x4::<0xdd>(odd[0], odd[1]);
            }
        }
    }

    /// With registers of 8 floats: a quarter at a time.
    pub struct Half<'a> {
        pub simd: V3,
        pub from: &'a [Lanes; LANES],
        pub to: &'a mut [Lanes; LANES],
    }

    impl NullaryFnOnce for Half<'_> {
        type Output = ();

        #[inline(always)]
        fn call(self) {
            let avx = self.simd.avx;
            let rows: &[[__m256; 2]; LANES] = bytemuck::cast_ref(self.from);
            let columns: &mut [[__m256; 2]; LANES] = bytemuck::cast_mut(self.to);
            for (top, left) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                let row = |row: usize| rows[8 * top + row][left];
                let mut quads = [avx._mm256_setzero_ps(); 8];
                for q in 0..2 {
                    let [a, b, c, d] = [row(4 * q), row(4 * q + 1), row(4 * q + 2), row(4 * q + 3)];
                    let low = [avx._mm256_unpacklo_ps(a, b), avx._mm256_unpacklo_ps(c, d)];
                    let high = [avx._mm256_unpackhi_ps(a, b), avx._mm256_unpackhi_ps(c, d)];
                    quads[4 * q] = avx._mm256_shuffle_ps::<0x44>(low[0], low[1]);
                    quads[4 * q + 1] = avx._mm256_shuffle_ps::<0xee>(low[0], low[1]);
                    quads[4 * q + 2] = avx._mm256_shuffle_ps::<0x44>(high[0], high[1]);
                    quads[4 * q + 3] = avx._mm256_shuffle_ps::<0xee>(high[0], high[1]);
                }
                for c in 0..4 {
                    columns[8 * left + c][top] = avx._mm256_permute2f128_ps::<0x20>(quads[c], quads[4 + c]);
                    columns[8 * left + c + 4][top] = avx._mm256_permute2f128_ps::<0x31>(quads[c], quads[4 + c]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_machine_turns_rows_into_columns() {
        let from: [Lanes; LANES] = std::array::from_fn(|row| Lanes(std::array::from_fn(|column| (row * LANES + column) as f32)));
        for machine in Machine::all() {
            let mut to = [Lanes::default(); LANES];
            transpose(machine, &from, &mut to);
            for (row, to) in to.iter().enumerate() {
                assert_eq!(to.0, std::array::from_fn(|column| (column * LANES + row) as f32), "row {row} on {machine:?}");
            }
        }
    }
}
