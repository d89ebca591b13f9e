//! What a layer gives for what it reads.

use crate::figures::{joined, slide};
use crate::plan::Op;
use crate::shape::Shape;

/// The output of `op` for samples of shapes `inputs`; `None` if it does not apply to them.
///
/// What an operation leaves open is as in `like`: the units of a convolution or dense layer, height and width of an adaptive pool.
pub fn infer(op: &Op, inputs: &[Shape], like: &Shape) -> Option<Shape> {
    let first = inputs.first()?;
    let output = match (op, *first) {
        (Op::Join { how }, _) => joined(*how, inputs)?,
        (Op::Conv { kernel, pad, more, stride, .. }, Shape::Map(_, h, w)) => {
            let (h, w) = slide((h, w), *kernel, *stride, *pad, *more)?;
            Shape::Map(like.units(), h, w)
        }
        (Op::Pool { window, stride, pad, .. }, Shape::Map(channels, h, w)) => {
            let (h, w) = slide((h, w), *window, *stride, *pad, [0, 0])?;
            Shape::Map(channels, h, w)
        }
        (Op::AdaptivePool { .. }, Shape::Map(channels, ..)) => {
            let (h, w) = like.spatial()?;
            Shape::Map(channels, h, w)
        }
        (Op::Dense { .. }, Shape::Vector(_)) => Shape::Vector(like.units()),
        (Op::Flatten, Shape::Map(..)) => Shape::Vector(usize::try_from(first.size()).ok()?),
        (Op::Cells(placement), _) => placement.output(first)?,
        (Op::Dropout { .. } | Op::Norm { .. } | Op::Response { .. } | Op::Noise { .. }, _) => *first,
        _ => return None,
    };
    op.fits(inputs, &output).then_some(output)
}
