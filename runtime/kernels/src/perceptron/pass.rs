//! Tiles of positions through all layers, and back.

use super::blocks::Blocks;
use super::outer::{self, Outer, OuterByLane};
use super::packed::Layer;
use super::product::{Finish, Matrix, Product};
use super::{Activation, Perceptron, PerceptronScratch, transpose::transpose};
use crate::lanes::{floats, floats_mut};
use crate::{LANES, Lanes};
use pulp::{Simd, WithSimd};

/// One call forward.
pub struct Forward<'a> {
    pub perceptron: &'a Perceptron,
    pub packed: &'a [f32],
    pub arguments: &'a [Lanes],
    pub out: &'a mut [Lanes],
    pub scratch: &'a mut PerceptronScratch,
}

/// One call backward.
pub struct Backward<'a> {
    pub perceptron: &'a Perceptron,
    pub packed: &'a [f32],
    pub arguments: &'a [Lanes],
    pub dout: &'a [Lanes],
    pub darguments: &'a mut [Lanes],
    pub dweights: &'a mut [f32],
    pub scratch: &'a mut PerceptronScratch,
}

/// The part of a call's positions that is under way.
#[derive(Clone, Copy)]
struct Tile {
    /// Its first vector.
    start: usize,
    /// Vectors.
    len: usize,
    /// Vectors of all positions.
    of: usize,
}

fn tiles(n: usize, size: usize) -> impl Iterator<Item = Tile> {
    (0..n).step_by(size).map(move |start| Tile { start, len: size.min(n - start), of: n })
}

/// Vectors as registers: each is [`per_vector`] of them.
#[inline(always)]
fn registers<S: Simd>(vectors: &[Lanes]) -> &[S::f32s] {
    S::as_simd_f32s(floats(vectors)).0
}

#[inline(always)]
fn registers_mut<S: Simd>(vectors: &mut [Lanes]) -> &mut [S::f32s] {
    S::as_mut_simd_f32s(floats_mut(vectors)).0
}

const fn per_vector<S: Simd>() -> usize {
    LANES / S::F32_LANES
}

impl Layer {
    fn matrix<'a>(&self, packed: &'a [f32]) -> Matrix<'a> {
        let bias = Some(&packed[self.packed_bias.clone()]);
        Matrix { weights: &packed[self.packed.clone()], rows: self.rows, columns: self.columns, bias }
    }

    fn transposed<'a>(&self, packed: &'a [f32]) -> Matrix<'a> {
        Matrix { weights: &packed[self.transposed.clone()], rows: self.columns, columns: self.rows, bias: None }
    }
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { perceptron, packed, arguments, out, scratch } = self;
        let per = per_vector::<S>();
        let Some((last, _)) = perceptron.layers.split_last() else { return };
        for tile in tiles(out.len(), perceptron.tile) {
            values(simd, perceptron, packed, arguments, tile, &mut scratch.after, None);
            let product = Product {
                matrix: last.matrix(packed),
                x: registers::<S>(&scratch.after[last.first_unit * tile.len..]),
                x_stride: tile.len * per,
                width: tile.len * per,
                finish: Finish::Plain,
                out: registers_mut::<S>(&mut out[tile.start..tile.start + tile.len]),
                out_stride: tile.len * per,
            };
            product.compute(simd);
        }
    }
}

/// Computes the hidden layers, one after the other in `after`; what is before the activations goes to `before`.
#[inline(always)]
fn values<S: Simd>(
    simd: S,
    perceptron: &Perceptron,
    packed: &[f32],
    arguments: &[Lanes],
    tile: Tile,
    after: &mut [Lanes],
    mut before: Option<&mut [Lanes]>,
) {
    let per = per_vector::<S>();
    for (index, pair) in perceptron.layers.windows(2).enumerate() {
        let [layer, next] = [&pair[0], &pair[1]];
        let (start, size) = (next.first_unit * tile.len, layer.rows * tile.len);
        let (done, open) = after.split_at_mut(start);
        let open = &mut open[..size];
        let (x, x_stride) = given(index, layer, arguments, done, tile);
        let relu = matches!(perceptron.activation, Activation::Relu);
        let product = Product {
            matrix: layer.matrix(packed),
            x: registers::<S>(x),
            x_stride: x_stride * per,
            width: tile.len * per,
            finish: if relu { Finish::Relu } else { Finish::Plain },
            out: registers_mut::<S>(open),
            out_stride: tile.len * per,
        };
        product.compute(simd);
        if let Activation::Pointwise(function) = &perceptron.activation {
            if let Some(before) = before.as_deref_mut() {
                before[start..start + size].copy_from_slice(open);
            }
            function.forward(open);
        }
    }
}

/// What a layer reads, and vectors from one row to the next.
#[inline(always)]
fn given<'a>(index: usize, layer: &Layer, arguments: &'a [Lanes], after: &'a [Lanes], tile: Tile) -> (&'a [Lanes], usize) {
    if index == 0 { (&arguments[tile.start..], tile.of) } else { (&after[layer.first_unit * tile.len..], tile.len) }
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        for tile in tiles(self.dout.len(), self.perceptron.tile) {
            self.tile(simd, tile);
        }
        self.add_sums(simd);
    }
}

impl Backward<'_> {
    #[inline(always)]
    fn tile<S: Simd>(&mut self, simd: S, tile: Tile) {
        let perceptron = self.perceptron;
        let PerceptronScratch { after, before, gradient, next_gradient, transposed, sums } = &mut *self.scratch;
        let pointwise = matches!(perceptron.activation, Activation::Pointwise(_));
        values(simd, perceptron, self.packed, self.arguments, tile, after, pointwise.then_some(before));
        let (per, width) = (per_vector::<S>(), tile.len * per_vector::<S>());
        gradient[..tile.len].copy_from_slice(&self.dout[tile.start..tile.start + tile.len]);
        for (index, layer) in perceptron.layers.iter().enumerate().rev() {
            let of_results = &gradient[..layer.rows * tile.len];
            let x = given(index, layer, self.arguments, after, tile);
            add_layer(simd, layer, tile, of_results, x, transposed, sums);

            let places = layer.first_unit * tile.len..(layer.first_unit + layer.columns) * tile.len;
            let of_given = &mut next_gradient[..layer.columns * tile.len];
            let product = Product {
                matrix: layer.transposed(self.packed),
                x: registers::<S>(of_results),
                x_stride: width,
                width,
                finish: if index == 0 || pointwise { Finish::Plain } else { Finish::Where(registers::<S>(x.0)) },
                out: registers_mut::<S>(if index == 0 { &mut self.darguments[tile.start..] } else { of_given }),
                out_stride: if index == 0 { tile.of * per } else { width },
            };
            product.compute(simd);
            if index > 0
                && let Activation::Pointwise(function) = &perceptron.activation
            {
                function.backward(&before[places], &mut next_gradient[..layer.columns * tile.len]);
            }
            std::mem::swap(gradient, next_gradient);
        }
    }

    /// Adds the sums over lanes and tiles to the gradients of the weights.
    #[inline(always)]
    fn add_sums<S: Simd>(&mut self, simd: S) {
        for layer in &self.perceptron.layers {
            let sums = &self.scratch.sums[layer.sums.clone()];
            let dweights = &mut self.dweights[layer.weights.clone()];
            if outer::by_lane(layer.rows, layer.columns) {
                add_lanes(simd, registers::<S>(sums), dweights);
            } else {
                let rows = floats(sums).chunks_exact(layer.columns.div_ceil(LANES) * LANES);
                for (dweights, row) in dweights.chunks_exact_mut(layer.columns).zip(rows) {
                    dweights.iter_mut().zip(row).for_each(|(dweight, sum)| *dweight += sum);
                }
            }
            let of_bias = &self.scratch.sums[layer.bias_sums.clone()];
            add_lanes(simd, registers::<S>(of_bias), &mut self.dweights[layer.bias.clone()]);
        }
    }
}

/// Adds a register each, of which there may be more.
#[inline(always)]
fn add_lanes<S: Simd>(simd: S, sums: &[S::f32s], out: &mut [f32]) {
    for (out, sum) in out.iter_mut().zip(sums) {
        *out += simd.reduce_sum_f32s(*sum);
    }
}

/// Adds a tile's gradients of the weights of one layer, given those of its results and what it was given.
#[inline(always)]
fn add_layer<S: Simd>(
    simd: S,
    layer: &Layer,
    tile: Tile,
    gradient: &[Lanes],
    (x, x_stride): (&[Lanes], usize),
    transposed: &mut [Lanes],
    sums: &mut [Lanes],
) {
    let width = tile.len * per_vector::<S>();
    let (of_weights, of_bias) = sums[layer.sums.start..layer.bias_sums.end].split_at_mut(layer.sums.len());
    add_rows(simd, registers::<S>(gradient), width, registers_mut::<S>(of_bias));
    if outer::by_lane(layer.rows, layer.columns) {
        let outer = OuterByLane {
            gradient: registers::<S>(gradient),
            width,
            before: registers::<S>(x),
            before_stride: x_stride * per_vector::<S>(),
            columns: layer.columns,
            sums: registers_mut::<S>(of_weights),
        };
        return outer.compute(simd);
    }
    let vectors = layer.columns.div_ceil(LANES);
    transpose(x, tile.len, layer.columns, transposed);
    let outer = Outer {
        gradient: floats(gradient),
        positions: tile.len * LANES,
        before: registers::<S>(transposed),
        columns: vectors * per_vector::<S>(),
        sums: registers_mut::<S>(of_weights),
    };
    outer.compute(simd);
}

/// Adds each row of `width` registers up into one.
#[inline(always)]
fn add_rows<S: Simd>(simd: S, rows: &[S::f32s], width: usize, sums: &mut [S::f32s]) {
    for (sum, row) in sums.iter_mut().zip(rows.chunks_exact(width)) {
        let mut of_row = simd.splat_f32s(0.0);
        for register in row {
            of_row = simd.add_f32s(of_row, *register);
        }
        *sum = simd.add_f32s(*sum, of_row);
    }
}
