//! Weights in the order in which products read them.

use super::blocks::{ROWS, splits};
use super::outer;
use std::ops::Range;

/// One layer: what it is and where its numbers lie.
#[derive(Debug, Clone)]
pub struct Layer {
    /// Numbers out.
    pub rows: usize,
    /// Numbers in.
    pub columns: usize,
    /// Of the function's weights: the matrix, `[row][column]`.
    pub weights: Range<usize>,
    /// Of the function's weights: what is added to each row. Of the packed numbers: [`Self::packed_bias`].
    pub bias: Range<usize>,
    /// Of the packed numbers: the matrix, for each of [`splits`] of its rows `[column][row]`.
    pub packed: Range<usize>,
    /// Of the packed numbers: one number a row.
    pub packed_bias: Range<usize>,
    /// Of the packed numbers: the transposed matrix, laid out likewise.
    pub transposed: Range<usize>,
    /// Hidden units before those that it reads; 0 for the first layer, which reads the arguments.
    pub first_unit: usize,
    /// Of the vectors of sums: gradients of the weights, see [`outer::sums_len`].
    pub sums: Range<usize>,
    /// Of the vectors of sums: gradients of what is added, by lane; right behind.
    pub bias_sums: Range<usize>,
}

/// The layers of a function with these widths.
pub fn layers(widths: &[usize]) -> Vec<Layer> {
    let mut layers: Vec<Layer> = Vec::with_capacity(widths.len());
    for pair in widths.windows(2) {
        let [columns, rows] = [pair[0], pair[1]];
        let last = layers.last();
        let after = |start: usize, len: usize| start..start + len;
        let weights = after(last.map_or(0, |last| last.bias.end), rows * columns);
        let bias = after(weights.end, rows);
        let packed = after(last.map_or(0, |last| last.transposed.end), rows * columns);
        let packed_bias = after(packed.end, rows);
        let transposed = after(packed_bias.end, rows * columns);
        let reads_hidden = |last: &Layer| if layers.len() == 1 { 0 } else { last.first_unit + last.columns };
        let first_unit = last.map_or(0, reads_hidden);
        let sums = after(last.map_or(0, |last| last.bias_sums.end), outer::sums_len(rows, columns));
        let bias_sums = after(sums.end, rows);
        layers.push(Layer { rows, columns, weights, bias, packed, packed_bias, transposed, first_unit, sums, bias_sums });
    }
    layers
}

impl Layer {
    /// Writes its part of `packed`.
    pub fn prepare(&self, weights: &[f32], packed: &mut [f32]) {
        let matrix = &weights[self.weights.clone()];
        let [rows, columns] = [self.rows, self.columns];
        pack(rows, columns, &mut packed[self.packed.clone()], |row, column| matrix[row * columns + column]);
        pack(columns, rows, &mut packed[self.transposed.clone()], |row, column| matrix[column * columns + row]);
        packed[self.packed_bias.clone()].copy_from_slice(&weights[self.bias.clone()]);
    }
}

fn pack(rows: usize, columns: usize, packed: &mut [f32], entry: impl Fn(usize, usize) -> f32) {
    let mut places = packed.iter_mut();
    for (first, count) in splits(rows, ROWS) {
        for column in 0..columns {
            for (row, place) in (first..first + count).zip(&mut places) {
                *place = entry(row, column);
            }
        }
    }
}
