//! Bins that cover a map, to their maximum or mean.

use super::pool::Pool;
use super::windows::{Axis, Windows};
use hetc_compiler::plan::{self, Layer};
use hetc_compiler::shape::Shape;

/// The pool whose windows are bins that cover the map, all of nearly one size; neighbours share a position where the sizes do not divide.
#[derive(Debug)]
pub struct AdaptivePool;

impl AdaptivePool {
    /// `None` if `layer` is no adaptive pool.
    #[expect(clippy::new_ret_no_self, reason = "a pool with other windows")]
    pub fn new(layer: &Layer) -> Option<Pool> {
        let plan::Op::AdaptivePool { kind } = layer.op else { return None };
        let (Shape::Map(channels, height, width), (down, across)) = (layer.input, layer.output.spatial()?) else { return None };
        Some(Pool::of(Windows::new(kind, channels, bins(height, down), bins(width, across))))
    }
}

/// Bin `i` of `count` over `size` positions is `floor(i·size/count) .. ceil((i+1)·size/count)`.
fn bins(size: usize, count: usize) -> Axis {
    let bin = |index: usize| index * size / count..((index + 1) * size).div_ceil(count);
    Axis::new(size, (0..count).map(|index| (bin(index), bin(index).len())))
}
