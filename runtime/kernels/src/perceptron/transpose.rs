//! Rows of positions as rows of units.

use crate::lanes::{floats, floats_mut};
use crate::{LANES, Lanes};

/// Units and positions that are turned together.
const SIDE: usize = 4;

type Square = [[f32; SIDE]; SIDE];

/// `columns[p][u] = rows[u][p]`: `rows` has `vectors` vectors a row; a row of `columns` is as many vectors as hold all units, of which
/// what is behind the last unit is left as it is.
#[inline(always)]
pub fn transpose(rows: &[Lanes], vectors: usize, units: usize, columns: &mut [Lanes]) {
    let positions = vectors * LANES;
    let width = units.div_ceil(LANES) * LANES;
    let rows = &floats(rows)[..units * positions];
    let columns = &mut floats_mut(columns)[..positions * width];
    let whole = units / SIDE * SIDE;
    for first in (0..whole).step_by(SIDE) {
        let four = &rows[first * positions..];
        let (a, b) = (row(four, 0, positions), row(four, 1, positions));
        let (c, d) = (row(four, 2, positions), row(four, 3, positions));
        let columns = columns.chunks_exact_mut(SIDE * width);
        for ((((columns, a), b), c), d) in columns.zip(a).zip(b).zip(c).zip(d) {
            let square = turn([*a, *b, *c, *d]);
            for (column, part) in columns.chunks_exact_mut(width).zip(&square) {
                column[first..first + SIDE].copy_from_slice(part);
            }
        }
    }
    for unit in whole..units {
        for (column, value) in columns.chunks_exact_mut(width).zip(&rows[unit * positions..]) {
            column[unit] = *value;
        }
    }
}

#[inline(always)]
fn row(rows: &[f32], index: usize, positions: usize) -> &[[f32; SIDE]] {
    rows[index * positions..(index + 1) * positions].as_chunks().0
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn turn(square: Square) -> Square {
    // SAFETY: every processor of this kind has the instructions.
    unsafe { turn_by_shuffles(square) }
}

/// The plain way becomes single numbers moved one after the other.
#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "sse")]
fn turn_by_shuffles([a, b, c, d]: Square) -> Square {
    use bytemuck::cast;
    use std::arch::x86_64::{__m128, _mm_movehl_ps, _mm_movelh_ps, _mm_unpackhi_ps, _mm_unpacklo_ps};
    let [a, b, c, d]: [__m128; SIDE] = [cast(a), cast(b), cast(c), cast(d)];
    let (ab, cd) = (_mm_unpacklo_ps(a, b), _mm_unpacklo_ps(c, d));
    let (ab_high, cd_high) = (_mm_unpackhi_ps(a, b), _mm_unpackhi_ps(c, d));
    let low = [_mm_movelh_ps(ab, cd), _mm_movehl_ps(cd, ab)];
    let high = [_mm_movelh_ps(ab_high, cd_high), _mm_movehl_ps(cd_high, ab_high)];
    [cast(low[0]), cast(low[1]), cast(high[0]), cast(high[1])]
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn turn([a, b, c, d]: Square) -> Square {
    let at = |i: usize| [a[i], b[i], c[i], d[i]];
    [at(0), at(1), at(2), at(3)]
}
