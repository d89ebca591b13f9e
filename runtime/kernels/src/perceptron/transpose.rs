//! Rows of positions as rows of units.

use crate::{LANES, Lanes};

/// `columns[p][u] = rows[u][p]`: `rows` has `vectors` vectors a row; a row of `columns` is as many vectors as hold all units, of which
/// those behind the last unit are left as they are.
#[inline(always)]
pub fn transpose(rows: &[Lanes], vectors: usize, units: usize, columns: &mut [Lanes]) {
    let width = units.div_ceil(LANES) * LANES;
    let columns = crate::lanes::floats_mut(columns);
    let rows = crate::lanes::floats(rows);
    let positions = vectors * LANES;
    let mut unit = 0;
    while unit + 4 <= units {
        let four = &rows[unit * positions..(unit + 4) * positions];
        let [a, b, c, d] = [0, 1, 2, 3].map(|row| four[row * positions..(row + 1) * positions].as_chunks::<4>().0);
        for (place, (((a, b), c), d)) in a.iter().zip(b).zip(c).zip(d).enumerate() {
            for i in 0..4 {
                let start = (4 * place + i) * width + unit;
                columns[start..start + 4].copy_from_slice(&[a[i], b[i], c[i], d[i]]);
            }
        }
        unit += 4;
    }
    while unit < units {
        for position in 0..positions {
            columns[position * width + unit] = rows[unit * positions + position];
        }
        unit += 1;
    }
}
