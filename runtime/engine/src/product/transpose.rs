//! Sixteen vectors of sixteen floats, rows as columns.

use super::Machine;
use hetc_kernels::{LANES, Lanes};
use pulp::{Arch, NullaryFnOnce};

/// Sixteen vectors.
pub type Square = [Lanes; LANES];

/// A machine's way of transposing.
pub trait Turn: Copy {
    /// Rows as columns.
    fn turned(self, rows: &Square) -> Square;
}

/// What transposes on its way.
pub trait Turning {
    /// Does it. It has to be inlined: only then is it compiled for the machine.
    fn run<T: Turn>(self, turn: T);
}

/// Does `work` as the machine does it best.
pub fn dispatch(machine: Machine, work: impl Turning) {
    match machine.arch() {
        #[cfg(target_arch = "x86_64")]
        Arch::V4(simd) => simd.vectorize(Run { turn: x86::Wide(simd), work }),
        #[cfg(target_arch = "x86_64")]
        Arch::V3(simd) => simd.vectorize(Run { turn: x86::Half(simd), work }),
        _ => work.run(Plain),
    }
}

struct Run<T, W> {
    turn: T,
    work: W,
}

impl<T: Turn, W: Turning> NullaryFnOnce for Run<T, W> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.work.run(self.turn);
    }
}

/// Turns every sixteen vectors of `from`; rows that are not there are zeros.
pub struct Squares<I> {
    /// At most sixteen vectors each.
    pub from: I,
}

impl<'a, I: Iterator<Item = (&'a [Lanes], &'a mut Square)>> Turning for Squares<I> {
    #[inline(always)]
    fn run<T: Turn>(self, turn: T) {
        for (from, to) in self.from {
            *to = match from.try_into() {
                Ok(from) => turn.turned(from),
                Err(_) => {
                    let mut rows = [Lanes::default(); LANES];
                    rows[..from.len()].copy_from_slice(from);
                    turn.turned(&rows)
                }
            };
        }
    }
}

/// Float by float.
#[derive(Clone, Copy)]
struct Plain;

impl Turn for Plain {
    #[inline(always)]
    fn turned(self, rows: &Square) -> Square {
        std::array::from_fn(|column| Lanes(std::array::from_fn(|row| rows[row].0[column])))
    }
}

/// In steps: neighbouring rows are interleaved float by float, then pair by pair, then the 128-bit parts change places.
#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Square, Turn};
    use hetc_kernels::LANES;
    use pulp::x86::{V3, V4};
    use std::arch::x86_64::{__m256, __m512};

    /// With registers of 16 floats.
    #[derive(Clone, Copy)]
    pub struct Wide(pub V4);

    impl Turn for Wide {
        #[inline(always)]
        fn turned(self, rows: &Square) -> Square {
            let avx = self.0.avx512f;
            let rows: &[__m512; LANES] = bytemuck::cast_ref(rows);
            let mut columns = [avx._mm512_setzero_ps(); LANES];
            // Of rows 4q .. 4q + 4, register 4q + c: columns c, c + 4, c + 8, c + 12, four floats of each.
            let mut quads = [avx._mm512_setzero_ps(); LANES];
            for q in 0..4 {
                let [a, b, c, d] = [rows[4 * q], rows[4 * q + 1], rows[4 * q + 2], rows[4 * q + 3]];
                let low =
                    [avx._mm512_castps_pd(avx._mm512_unpacklo_ps(a, b)), avx._mm512_castps_pd(avx._mm512_unpacklo_ps(c, d))];
                let high =
                    [avx._mm512_castps_pd(avx._mm512_unpackhi_ps(a, b)), avx._mm512_castps_pd(avx._mm512_unpackhi_ps(c, d))];
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
            bytemuck::cast(columns)
        }
    }

    /// With registers of 8 floats: a quarter at a time.
    #[derive(Clone, Copy)]
    pub struct Half(pub V3);

    impl Turn for Half {
        #[inline(always)]
        fn turned(self, rows: &Square) -> Square {
            let avx = self.0.avx;
            let rows: &[[__m256; 2]; LANES] = bytemuck::cast_ref(rows);
            let mut columns = [[avx._mm256_setzero_ps(); 2]; LANES];
            for (top, left) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                let rows = &rows[8 * top..8 * top + 8];
                let mut quads = [avx._mm256_setzero_ps(); 8];
                for q in 0..2 {
                    let [a, b, c, d] = [rows[4 * q][left], rows[4 * q + 1][left], rows[4 * q + 2][left], rows[4 * q + 3][left]];
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
            bytemuck::cast(columns)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_machine_turns_rows_into_columns() {
        let number = |row: usize, column: usize| (row * LANES + column) as f32;
        let from: Square = std::array::from_fn(|row| Lanes(std::array::from_fn(|column| number(row, column))));
        for machine in Machine::all() {
            for rows in [16, 5] {
                let mut to = [Lanes::default(); LANES];
                dispatch(machine, Squares { from: std::iter::once((&from[..rows], &mut to)) });
                for (column, to) in to.iter().enumerate() {
                    let want = std::array::from_fn(|row| if row < rows { number(row, column) } else { 0.0 });
                    assert_eq!(to.0, want, "column {column} of {rows} rows on {machine:?}");
                }
            }
        }
    }
}
