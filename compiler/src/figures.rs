//! What each operation does to shapes, and what it counts: the one place that knows.

use crate::limits::MAX_PAD;
use crate::plan::{NormKind, Op};
use crate::shape::Shape;

/// How many steps of `stride` a window takes along an axis; `None` if it does not fit once.
pub fn steps(size: usize, window: usize, stride: usize) -> Option<usize> {
    size.checked_sub(window).map(|room| room / stride.max(1) + 1)
}

/// Height and width after a window has gone over a padded map.
pub fn slide((height, width): (usize, usize), window: [usize; 2], stride: [usize; 2], pad: [usize; 2]) -> Option<(usize, usize)> {
    let along = |size: usize, axis: usize| steps(size.saturating_add(pad[axis].saturating_mul(2)), window[axis], stride[axis]);
    along(height, 0).zip(along(width, 1))
}

impl Op {
    /// Whether a sample of shape `input` can become one of shape `output`.
    pub fn fits(&self, input: &Shape, output: &Shape) -> bool {
        match (self, *input, *output) {
            (Op::Conv { kernel, pad, stride, groups }, Shape::Map(channels, h, w), Shape::Map(out, out_h, out_w)) => {
                let divided = *groups > 0 && channels % groups == 0 && out % groups == 0;
                let sound = positive(kernel) && positive(stride) && pad.iter().all(|pad| *pad <= MAX_PAD);
                divided && sound && slide((h, w), *kernel, *stride, *pad) == Some((out_h, out_w))
            }
            (Op::Dense, Shape::Vector(_), Shape::Vector(_)) => true,
            (Op::Flatten, Shape::Map(..), Shape::Vector(units)) => input.size() == units as u64,
            (Op::Pool { window, stride, .. }, Shape::Map(channels, h, w), Shape::Map(out, out_h, out_w)) => {
                let same = channels == out;
                same && positive(window) && positive(stride) && slide((h, w), *window, *stride, [0, 0]) == Some((out_h, out_w))
            }
            (Op::AdaptivePool { .. }, Shape::Map(channels, ..), Shape::Map(out, ..)) => channels == out,
            (Op::Dropout { p }, ..) => input == output && (0.0..1.0).contains(p),
            (Op::Norm { epsilon, .. }, ..) => input == output && *epsilon > 0.0 && epsilon.is_finite(),
            (Op::Act(_), ..) => input == output,
            _ => false,
        }
    }

    /// Trained numbers.
    pub fn params(&self, input: &Shape, output: &Shape) -> u64 {
        let out = output.units() as u64;
        match self {
            Op::Conv { .. } | Op::Dense => out.saturating_mul(self.fan_in(input).saturating_add(1)),
            Op::Norm { affine: true, kind: NormKind::Layer, .. } => input.size().saturating_mul(2),
            Op::Norm { affine: true, kind: NormKind::Batch, .. } => (input.units() as u64).saturating_mul(2),
            _ => 0,
        }
    }

    /// Multiply-adds a sample.
    pub fn macs(&self, input: &Shape, output: &Shape) -> u64 {
        match self {
            Op::Conv { .. } | Op::Dense => output.size().saturating_mul(self.fan_in(input)),
            _ => 0,
        }
    }

    /// How many values of `input` one value of the output is a weighted sum of; 0 for operations without weights.
    pub fn fan_in(&self, input: &Shape) -> u64 {
        match self {
            Op::Conv { kernel, groups, .. } => {
                let per_channel = (kernel[0] as u64).saturating_mul(kernel[1] as u64);
                ((input.units() / (*groups).max(1)) as u64).saturating_mul(per_channel)
            }
            Op::Dense => input.size(),
            _ => 0,
        }
    }
}

fn positive(sizes: &[usize; 2]) -> bool {
    sizes.iter().all(|size| *size > 0)
}
