//! Products of a matrix of weights with columns of lanes, in plain loops that the compiler turns into vector instructions.
//!
//! Where the processor has them, the loops are compiled once more with wider vectors and fused multiply-add. Every lane is computed in the
//! same order wherever it stands, so results on one machine are always the same bits.

/// Lanes that are computed together; numbers of lanes are multiples of it.
pub const TILE: usize = 16;
/// Rows that are computed together.
const ROWS: usize = 4;
/// Partial sums of a product over lanes.
const PARTS: usize = 8;

/// A matrix laid out for [`Packed::times`]: for every four rows, their entries column by column; rows of zeros fill up the last four.
#[derive(Debug)]
pub struct Packed {
    rows: usize,
    columns: usize,
    entries: Vec<f32>,
}

impl Packed {
    /// `rows × columns`, the entry in `row` and `column` being `entry(row, column)`.
    pub fn new(rows: usize, columns: usize, entry: impl Fn(usize, usize) -> f32) -> Self {
        let panels = rows.div_ceil(ROWS);
        let places = (0..panels).flat_map(|panel| (0..columns).map(move |column| (panel, column)));
        let entries = places.flat_map(|(panel, column)| {
            let entry = &entry;
            (panel * ROWS..(panel + 1) * ROWS).map(move |row| if row < rows { entry(row, column) } else { 0.0 })
        });
        Self { rows, columns, entries: entries.collect() }
    }

    /// `out = self · x + bias`: `x` is `columns × lanes`, `out` is `rows × lanes`, `bias` has one number a row; `lanes` is a multiple of
    /// [`TILE`].
    pub fn times(&self, x: &[f32], lanes: usize, bias: Option<&[f32]>, out: &mut [f32]) {
        #[cfg(target_arch = "x86_64")]
        if has_fused() {
            // SAFETY: the processor has the features.
            return unsafe { times_fused(self, x, lanes, bias, out) };
        }
        times::<{ cfg!(target_arch = "aarch64") }>(self, x, lanes, bias, out);
    }
}

#[cfg(target_arch = "x86_64")]
fn has_fused() -> bool {
    std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn times_fused(packed: &Packed, x: &[f32], lanes: usize, bias: Option<&[f32]>, out: &mut [f32]) {
    times::<true>(packed, x, lanes, bias, out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn add_products_fused(a: &[f32], b: &[f32], lanes: usize, sums: &mut [f64]) {
    add_products_by::<true>(a, b, lanes, sums);
}

#[inline(always)]
fn times<const FUSED: bool>(packed: &Packed, x: &[f32], lanes: usize, bias: Option<&[f32]>, out: &mut [f32]) {
    for start in (0..lanes).step_by(TILE) {
        for (panel, entries) in packed.entries.chunks_exact(ROWS * packed.columns).enumerate() {
            let first = panel * ROWS;
            let rows = ROWS.min(packed.rows - first);
            let mut sums = [[0.0f32; TILE]; ROWS];
            if let Some(bias) = bias {
                sums.iter_mut().zip(&bias[first..first + rows]).for_each(|(sum, bias)| sum.fill(*bias));
            }
            add_tile::<FUSED>(&mut sums, entries, &x[start..], lanes);
            for (row, sum) in sums.iter().enumerate().take(rows) {
                out[(first + row) * lanes + start..][..TILE].copy_from_slice(sum);
            }
        }
    }
}

/// Adds the products of four rows with a tile of lanes; `x` starts at the tile.
#[inline(always)]
fn add_tile<const FUSED: bool>(sums: &mut [[f32; TILE]; ROWS], entries: &[f32], x: &[f32], lanes: usize) {
    let mut local = *sums;
    for (entries, x) in entries.as_chunks::<ROWS>().0.iter().zip(x.chunks(lanes)) {
        let Some(x) = x.first_chunk::<TILE>() else { break };
        for (sum, entry) in local.iter_mut().zip(entries) {
            for (sum, x) in sum.iter_mut().zip(x) {
                *sum = multiply_add::<FUSED>(*entry, *x, *sum);
            }
        }
    }
    *sums = local;
}

#[inline(always)]
fn multiply_add<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// `sums[j, i] += Σ a[j, lane] b[i, lane]`: `a` and `b` have rows of `lanes`, `sums` one number for each pair of rows.
pub fn add_products(a: &[f32], b: &[f32], lanes: usize, sums: &mut [f64]) {
    #[cfg(target_arch = "x86_64")]
    if has_fused() {
        // SAFETY: the processor has the features.
        return unsafe { add_products_fused(a, b, lanes, sums) };
    }
    add_products_by::<{ cfg!(target_arch = "aarch64") }>(a, b, lanes, sums);
}

// Plain loops and no closures: what a closure holds would be compiled without the wider vectors wherever it is not inlined.
#[inline(always)]
fn add_products_by<const FUSED: bool>(a: &[f32], b: &[f32], lanes: usize, sums: &mut [f64]) {
    let columns = b.len() / lanes;
    for (a, sums) in a.chunks(ROWS * lanes).zip(sums.chunks_mut(ROWS * columns)) {
        if a.len() == ROWS * lanes {
            add_rows::<FUSED, ROWS>(a, b, lanes, sums);
            continue;
        }
        for (a, sums) in a.chunks_exact(lanes).zip(sums.chunks_exact_mut(columns)) {
            add_rows::<FUSED, 1>(a, b, lanes, sums);
        }
    }
}

#[inline(always)]
fn add_rows<const FUSED: bool, const N: usize>(a: &[f32], b: &[f32], lanes: usize, sums: &mut [f64]) {
    let columns = sums.len() / N;
    let mut rows = [a; N];
    for (row, start) in rows.iter_mut().zip((0..).step_by(lanes)) {
        *row = &a[start..start + lanes];
    }
    for (column, b) in b.chunks_exact(lanes).enumerate() {
        let parts = products::<FUSED, N>(&rows, b);
        for (row, parts) in parts.iter().enumerate() {
            sums[row * columns + column] += f64::from(together(*parts));
        }
    }
}

/// The products of `N` rows with one, summed over every eighth lane.
#[inline(always)]
fn products<const FUSED: bool, const N: usize>(rows: &[&[f32]; N], b: &[f32]) -> [[f32; PARTS]; N] {
    let mut parts = [[0.0f32; PARTS]; N];
    for (place, b) in b.as_chunks::<PARTS>().0.iter().enumerate() {
        for (parts, row) in parts.iter_mut().zip(rows) {
            let a = &row[place * PARTS..(place + 1) * PARTS];
            for ((part, a), b) in parts.iter_mut().zip(a).zip(b) {
                *part = multiply_add::<FUSED>(*a, *b, *part);
            }
        }
    }
    parts
}

#[inline(always)]
fn together(mut parts: [f32; PARTS]) -> f32 {
    for half in [PARTS / 2, PARTS / 4, 1] {
        let (low, high) = parts.split_at_mut(half);
        low.iter_mut().zip(high).for_each(|(low, high)| *low += *high);
    }
    parts[0]
}

/// The sum of a row of lanes, a multiple of [`TILE`].
pub fn sum(row: &[f32]) -> f32 {
    let mut parts = [0.0f32; PARTS];
    for row in row.as_chunks::<PARTS>().0 {
        parts.iter_mut().zip(row).for_each(|(part, value)| *part += value);
    }
    together(parts)
}
