//! What each operation does to shapes, and what it counts: the one place that knows.

use crate::layout::Layout;
use crate::limits::MAX_PAD;
use crate::plan::{Cell, Function, Join, NormKind, Op, Per, Placement, Share};
use crate::shape::Shape;

/// How many steps of `stride` a window takes along an axis; `None` if it does not fit once.
pub fn steps(size: usize, window: usize, stride: usize) -> Option<usize> {
    size.checked_sub(window).map(|room| room / stride.max(1) + 1)
}

/// Height and width after a window has gone over a map with `pad` places on both sides of each axis, and `more` at its end.
pub fn slide(
    (height, width): (usize, usize),
    window: [usize; 2],
    stride: [usize; 2],
    pad: [usize; 2],
    more: [usize; 2],
) -> Option<(usize, usize)> {
    let padded = |size: usize, axis: usize| size.saturating_add(pad[axis].saturating_mul(2)).saturating_add(more[axis]);
    let along = |size: usize, axis: usize| steps(padded(size, axis), window[axis], stride[axis]);
    along(height, 0).zip(along(width, 1))
}

/// `pad` and `more` with which a window takes as many steps as `stride` leaves of the map, rounded up: what TensorFlow calls `SAME`. An odd
/// place goes to the end.
pub fn same((height, width): (usize, usize), window: [usize; 2], stride: [usize; 2]) -> ([usize; 2], [usize; 2]) {
    let along = |size: usize, axis: usize| {
        let last = size.div_ceil(stride[axis].max(1)).saturating_sub(1).saturating_mul(stride[axis]);
        last.saturating_add(window[axis]).saturating_sub(size)
    };
    let all = [along(height, 0), along(width, 1)];
    (all.map(|places| places / 2), all.map(|places| places % 2))
}

/// What the figures of a layer with cells depend on besides the layer.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The plan's cells.
    pub cells: &'a [Cell],
    /// The plan's functions.
    pub functions: &'a [Function],
}

impl Known<'_> {
    /// Trained numbers of a layer: those that belong to it alone.
    pub fn params(&self, op: &Op, input: &Shape, output: &Shape) -> u64 {
        let out = output.units() as u64;
        let biased = |bias: bool| out.saturating_mul(op.fan_in(input).saturating_add(u64::from(bias)));
        match op {
            Op::Conv { bias, .. } | Op::Dense { bias } => biased(*bias),
            Op::Norm { affine: true, kind: NormKind::Layer, .. } => input.size().saturating_mul(2),
            Op::Norm { affine: true, kind: NormKind::Batch, .. } => (input.units() as u64).saturating_mul(2),
            Op::Cells(placement) => self.trained(placement, input),
            _ => 0,
        }
    }

    /// What the cells of a layer train in this layer alone.
    fn trained(&self, placement: &Placement, input: &Shape) -> u64 {
        let cells = placement.shares.iter().enumerate().filter_map(|(i, share)| Some((i, share, self.cells.get(share.cell)?)));
        let first = |i: usize, cell: usize| placement.shares[..i].iter().all(|share| share.cell != cell);
        let of_share = |(i, share, cell): (usize, &Share, &Cell)| {
            let per = |per: Per| cell.trained.iter().filter(|trained| trained.per == per).count() as u64;
            // As many as `Placement::units_of` gives, without writing them out.
            let units = match placement.layout {
                Layout::Checkerboard if share.units > 0 => placement.sites(input).map_or(0, |sites| sites.units() as u64),
                _ => share.units,
            };
            per(Per::Channel).saturating_mul(units) + if first(i, share.cell) { per(Per::Layer) } else { 0 }
        };
        cells.map(of_share).fold(0, u64::saturating_add)
    }

    /// Multiply-adds a sample.
    pub fn macs(&self, op: &Op, input: &Shape, output: &Shape) -> u64 {
        match op {
            Op::Conv { .. } | Op::Dense { .. } => output.size().saturating_mul(op.fan_in(input)),
            Op::Cells(placement) => self.called(placement, input),
            _ => 0,
        }
    }

    /// Multiply-adds of the functions that a layer's cells call.
    fn called(&self, placement: &Placement, input: &Shape) -> u64 {
        let answers = answers(placement, input);
        let of_share = |(share, answers): (&Share, &u64)| {
            let functions = self.cells.get(share.cell).into_iter().flat_map(Cell::calls);
            let one: u64 =
                functions.filter_map(|function| Some(self.functions.get(function)?.macs())).fold(0, u64::saturating_add);
            one.saturating_mul(*answers)
        };
        placement.shares.iter().zip(&answers).map(of_share).fold(0, u64::saturating_add)
    }
}

/// How many values of a sample's output each share of a layer answers.
fn answers(placement: &Placement, input: &Shape) -> Vec<u64> {
    let Some((sites, output)) = placement.sites(input).zip(placement.output(input)) else {
        return vec![0; placement.shares.len()];
    };
    let ratio = placement.ratio();
    let units: Vec<u64> = placement.shares.iter().map(|share| share.units).collect();
    match (placement.window, placement.layout, output) {
        // A channel belongs to one share, wherever its windows end.
        (None, ..) | (Some(_), Layout::Interleave | Layout::Block | Layout::Random { .. }, Shape::Map(..)) => {
            let places: u64 = units.iter().sum::<u64>().max(1);
            let part = |units: &u64| (u128::from(output.size()) * u128::from(*units) / u128::from(places)) as u64;
            units.iter().map(part).collect()
        }
        // Only the last window of a vector can have fewer units.
        (Some([_, length]), layout, Shape::Vector(size)) => {
            let mut answers: Vec<u64> = units.iter().map(|windows| windows.saturating_mul(length as u64)).collect();
            let missing = (sites.units().saturating_mul(length) - size) as u64;
            if let Some(last) = layout.last(&ratio, sites.units()).filter(|_| missing > 0) {
                answers[last] -= missing; // a layout assigns the ratio's shares, one for each of the placement's
            }
            answers
        }
        (Some([height, width]), Layout::Checkerboard, Shape::Map(channels, h, w)) => {
            let mut answers = vec![0; units.len()];
            let (rows, columns) = (h.div_ceil(height), w.div_ceil(width));
            for row in 0..rows {
                let tall = height.min(h - row * height);
                let (whole, last) = Layout::checkerboard_row(&ratio, row, columns);
                for (share, windows) in whole.iter().enumerate() {
                    answers[share] += windows * (tall * width) as u64;
                }
                answers[last] -= (tall * (columns * width - w)) as u64; // the last window of the row ends with the map
            }
            answers.iter().map(|answers| answers * channels as u64).collect()
        }
    }
}

impl Op {
    /// Whether samples of shapes `inputs` can become one of shape `output`.
    pub fn fits(&self, inputs: &[Shape], output: &Shape) -> bool {
        if let Op::Join { how } = self {
            return joined(*how, inputs) == Some(*output);
        }
        let [input] = inputs else { return false };
        match (self, *input, *output) {
            (Op::Conv { kernel, pad, more, stride, groups, .. }, Shape::Map(channels, h, w), Shape::Map(out, out_h, out_w)) => {
                let divided = *groups > 0 && channels % groups == 0 && out % groups == 0;
                let sound = positive(kernel) && positive(stride) && pad.iter().chain(more).all(|pad| *pad <= MAX_PAD);
                divided && sound && slide((h, w), *kernel, *stride, *pad, *more) == Some((out_h, out_w))
            }
            (Op::Dense { .. }, Shape::Vector(_), Shape::Vector(_)) => true,
            (Op::Flatten, Shape::Map(..), Shape::Vector(units)) => input.size() == units as u64,
            (Op::Pool { window, stride, pad, .. }, Shape::Map(channels, h, w), Shape::Map(out, out_h, out_w)) => {
                let sound =
                    positive(window) && positive(stride) && pad.iter().zip(window).all(|(pad, window)| *pad <= window / 2);
                channels == out && sound && slide((h, w), *window, *stride, *pad, [0, 0]) == Some((out_h, out_w))
            }
            (Op::AdaptivePool { .. }, Shape::Map(channels, ..), Shape::Map(out, ..)) => channels == out,
            (Op::Dropout { p }, ..) => input == output && (0.0..1.0).contains(p),
            (Op::Norm { epsilon, .. }, ..) => input == output && *epsilon > 0.0 && epsilon.is_finite(),
            (Op::Response { size, alpha, beta, k }, ..) => {
                input == output && *size > 0 && [*alpha, *beta, *k].iter().all(|number| number.is_finite() && *number >= 0.0)
            }
            (Op::Noise { scale, .. }, ..) => input == output && scale.is_finite() && *scale >= 0.0,
            (Op::Cells(placement), ..) => placement.output(input) == Some(*output),
            _ => false,
        }
    }

    /// How many values of `input` one value of the output is a weighted sum of; 0 for operations without weights.
    pub fn fan_in(&self, input: &Shape) -> u64 {
        match self {
            Op::Conv { kernel, groups, .. } => {
                let per_channel = (kernel[0] as u64).saturating_mul(kernel[1] as u64);
                ((input.units() / (*groups).max(1)) as u64).saturating_mul(per_channel)
            }
            Op::Dense { .. } => input.size(),
            _ => 0,
        }
    }
}

/// The shape of several samples joined; `None` if they do not fit together, or there are fewer than two.
pub fn joined(how: Join, inputs: &[Shape]) -> Option<Shape> {
    let [first, rest @ ..] = inputs else { return None };
    let fits = |other: &Shape| match (how, *first, *other) {
        (Join::Add, ..) => first == other,
        (Join::Multiply, Shape::Map(channels, ..), Shape::Map(others, 1, 1)) => channels == others,
        (Join::Multiply, ..) => first == other,
        (Join::Concat, Shape::Vector(_), Shape::Vector(_)) => true,
        (Join::Concat, Shape::Map(_, h, w), Shape::Map(_, other_h, other_w)) => (h, w) == (other_h, other_w),
        (Join::Concat, ..) => false,
    };
    let units = inputs.iter().map(Shape::units).fold(0, usize::saturating_add);
    let joined = match (how, *first) {
        (Join::Concat, Shape::Vector(_)) => Shape::Vector(units),
        (Join::Concat, Shape::Map(_, h, w)) => Shape::Map(units, h, w),
        _ => *first,
    };
    (!rest.is_empty() && rest.iter().all(fits)).then_some(joined)
}

fn positive(sizes: &[usize; 2]) -> bool {
    sizes.iter().all(|size| *size > 0)
}
