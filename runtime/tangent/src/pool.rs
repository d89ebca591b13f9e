//! Maxima and means over windows.

use crate::dual::Dual;
use crate::layer::{Layer, Numbers, Values};
use hetc_compiler::plan::{self, Op, PoolKind};
use hetc_compiler::shape::Shape;
use std::ops::Range;

/// Windows of a map to one number each, see [`plan::Op::Pool`] and [`plan::Op::AdaptivePool`]. Of several largest numbers the first takes it
/// all; a window with a NaN gives NaN.
#[derive(Debug)]
pub struct Pool {
    kind: PoolKind,
    /// Channels, height, width.
    input: [usize; 3],
    rows: Vec<Span>,
    columns: Vec<Span>,
}

/// Places along one axis that exist, and the window's length there with those that do not.
#[derive(Debug, Clone)]
struct Span {
    places: Range<usize>,
    length: usize,
}

impl Pool {
    /// `None` if `layer` does not pool maps.
    pub fn new(layer: &plan::Layer) -> Option<Self> {
        let (Shape::Map(channels, height, width), Shape::Map(_, down, across)) = (layer.input, layer.output) else { return None };
        let (kind, rows, columns) = match layer.op {
            Op::Pool { kind, window, stride, pad } => {
                let axis = |axis: usize, size, count| slides(size, count, window[axis], stride[axis], pad[axis]);
                (kind, axis(0, height, down), axis(1, width, across))
            }
            Op::AdaptivePool { kind } => (kind, bins(height, down), bins(width, across)),
            _ => return None,
        };
        Some(Self { kind, input: [channels, height, width], rows, columns })
    }

    /// Every window: where its numbers lie, and how many there would be without an edge.
    fn windows(&self) -> impl Iterator<Item = (impl Iterator<Item = usize> + Clone, usize)> {
        let [channels, height, width] = self.input;
        let places = (0..channels).flat_map(|channel| self.rows.iter().map(move |row| (channel, row)));
        places.flat_map(move |(channel, row)| {
            self.columns.iter().map(move |column| {
                let start = move |y: usize| (channel * height + y) * width;
                let inside = row.places.clone().flat_map(move |y| column.places.clone().map(move |x| start(y) + x));
                (inside, row.length * column.length)
            })
        })
    }
}

fn slides(size: usize, count: usize, window: usize, stride: usize, pad: usize) -> Vec<Span> {
    let span = |index: usize| {
        let (start, end) = (index * stride, index * stride + window);
        Span { places: start.saturating_sub(pad)..(end - pad).min(size), length: window }
    };
    (0..count).map(span).collect()
}

fn bins(size: usize, count: usize) -> Vec<Span> {
    let bin = |index: usize| index * size / count..((index + 1) * size).div_ceil(count);
    (0..count).map(|index| Span { places: bin(index), length: bin(index).len() }).collect()
}

/// Where the first largest number, or a NaN, of a window is.
fn largest(x: &[Dual], inside: impl Iterator<Item = usize>) -> usize {
    let later = |best: f64, value: f64| !best.is_nan() && (value > best || value.is_nan());
    inside.reduce(|best, place| if later(x[best].value, x[place].value) { place } else { best }).unwrap_or_default()
}

impl Layer for Pool {
    fn forward(&self, inputs: &[&[Dual]], _: Numbers) -> Values {
        let x = inputs[0];
        let windows = self.windows().map(|(inside, count)| match self.kind {
            PoolKind::Max => x[largest(x, inside)],
            PoolKind::Avg => inside.map(|place| x[place]).sum::<Dual>().times(1.0 / count as f64),
        });
        windows.collect()
    }

    fn backward(&self, inputs: &[&[Dual]], dy: &[Dual], _: Numbers, _: &mut [Dual]) -> Vec<Values> {
        let x = inputs[0];
        let mut dx = vec![Dual::ZERO; x.len()];
        for ((inside, count), dy) in self.windows().zip(dy) {
            match self.kind {
                PoolKind::Max => dx[largest(x, inside)] += *dy,
                PoolKind::Avg => inside.for_each(|place| dx[place] += dy.times(1.0 / count as f64)),
            }
        }
        vec![dx]
    }
}
