//! Windows of equal size to their maximum or mean.

use super::windows::{Axis, Windows};
use crate::op::{Backward, Forward, Op};
use hetc_compiler::plan::{self, Layer};
use hetc_compiler::shape::Shape;

/// Windows of a map to one value each. Padding is minus infinity for a maximum, zeros that count for a mean. Of several largest values the
/// first in memory order gets the gradient; a window with a NaN gives NaN. A pool of bins ([`AdaptivePool`](super::adaptive_pool)) has
/// only other windows.
#[derive(Debug)]
pub struct Pool {
    windows: Windows,
}

impl Pool {
    /// `None` if `layer` is no pool of windows.
    pub fn new(layer: &Layer) -> Option<Self> {
        let plan::Op::Pool { kind, window, stride, pad } = layer.op else { return None };
        let (Shape::Map(channels, height, width), (down, across)) = (layer.input, layer.output.spatial()?) else { return None };
        let axis = |axis: usize, size: usize, count: usize| {
            // Padding is at most half a window, so that every window has a position of the map.
            let span = |index: usize| {
                let (start, end) = (index * stride[axis], index * stride[axis] + window[axis]);
                (start.saturating_sub(pad[axis])..(end - pad[axis]).min(size), window[axis])
            };
            Axis::new(size, (0..count).map(span))
        };
        Some(Self { windows: Windows::new(kind, channels, axis(0, height, down), axis(1, width, across)) })
    }

    pub(super) fn of(windows: Windows) -> Self {
        Self { windows }
    }
}

impl Op for Pool {
    fn kept(&self) -> usize {
        self.windows.kept()
    }

    fn forward(&self, pass: Forward) {
        let kept = if pass.mode.keeps() { pass.kept } else { pass.scratch.vectors(self.windows.kept()) };
        self.windows.forward(pass.inputs[0], pass.output, kept);
    }

    fn backward(&self, pass: Backward) {
        if let Some(dx) = &mut pass.dx[0] {
            self.windows.backward(pass.kept, pass.dy, dx);
        }
    }
}
