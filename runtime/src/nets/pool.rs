//! Pools: windows or bins of a map to their maximum or mean.
//!
//! Where several values of a window are the largest, the first in memory order gets the gradient, as in PyTorch.

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::module::{adaptive_avg_pool2d, avg_pool2d, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, MaxPoolOptions};
use hetc_compiler::plan::PoolKind;
use std::ops::Range;

/// Windows of equal size. Padding is minus infinity for a maximum, zeros that count for a mean.
#[derive(Module, Debug)]
pub struct Pool {
    /// Maximum or mean.
    #[module(skip)]
    pub kind: PoolKind,
    /// Height and width of the window.
    #[module(skip)]
    pub window: [usize; 2],
    /// Step along each axis.
    #[module(skip)]
    pub stride: [usize; 2],
    /// Places added on both sides of each axis.
    #[module(skip)]
    pub pad: [usize; 2],
}

impl Pool {
    /// One value a window.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        match self.kind {
            PoolKind::Max => max_pool2d(x, MaxPoolOptions::new(self.window).with_stride(self.stride).with_padding(self.pad)),
            PoolKind::Avg => {
                let options = AvgPoolOptions::new(self.window).with_stride(self.stride).with_padding(self.pad);
                avg_pool2d(x, options.with_count_include_pad(true))
            }
        }
    }
}

/// Bins that cover the map.
#[derive(Module, Debug)]
pub struct AdaptivePool {
    /// Maximum or mean.
    #[module(skip)]
    pub kind: PoolKind,
    /// Height and width of what comes out.
    #[module(skip)]
    pub output: [usize; 2],
}

impl AdaptivePool {
    /// One value a bin.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [_, _, height, width] = x.dims();
        let [rows, columns] = self.output;
        if height % rows == 0 && width % columns == 0 {
            let window = [height / rows, width / columns];
            return Pool { kind: self.kind, window, stride: window, pad: [0, 0] }.forward(x);
        }
        match self.kind {
            PoolKind::Avg => adaptive_avg_pool2d(x, self.output),
            PoolKind::Max => max_of_bins(x, self.output),
        }
    }
}

/// Bin `i` of `n` over `size` positions.
fn bin(i: usize, n: usize, size: usize) -> Range<usize> {
    i * size / n..((i + 1) * size).div_ceil(n)
}

/// A cat of slices: slow, and only for bins of unequal size.
fn max_of_bins(x: Tensor<4>, [rows, columns]: [usize; 2]) -> Tensor<4> {
    let [samples, channels, height, width] = x.dims();
    let mut bins = Vec::with_capacity(rows * columns);
    for row in 0..rows {
        for column in 0..columns {
            let (down, across) = (bin(row, rows, height), bin(column, columns, width));
            let size = down.len() * across.len();
            let part = x.clone().slice([0..samples, 0..channels, down, across]);
            bins.push(part.reshape([samples, channels, size]).max_dim(2));
        }
    }
    Tensor::cat(bins, 2).reshape([samples, channels, rows, columns])
}
