//! Reductions over windows: a map is padded to whole windows with what does not count, cut into windows, and reduced; every element of a
//! window gets the result.

use super::Export;
use super::graph::{Name, Setting};
use hetc_compiler::plan::Reduction;
use hetc_compiler::shape::Shape;

impl Export<'_> {
    /// The reduction of `x`, shaped like `shape`, over its window, at every element.
    pub fn reduce(&mut self, by: Reduction, x: &str, shape: &Shape, window: [usize; 2]) -> Name {
        let axes = match *shape {
            Shape::Vector(units) => vec![(units, window[1])],
            Shape::Map(channels, height, width) => vec![(channels, 1), (height, window[0]), (width, window[1])],
        };
        if axes.iter().all(|(_, length)| *length == 1) {
            return x.to_string();
        }
        let padded: Vec<usize> = axes.iter().map(|(size, length)| size.next_multiple_of(*length)).collect();
        let whole = axes.iter().zip(&padded).all(|((size, _), padded)| size == padded);
        let x = if whole { x.to_string() } else { self.pad(x, by, &axes, &padded) };

        // Each axis as windows and their elements; a 0 keeps the batch as it is, and so does a 1 in what it is stretched to.
        let mut cut: Vec<i64> = vec![0];
        let mut inner: Vec<i64> = Vec::new();
        for ((_, length), padded) in axes.iter().zip(&padded) {
            cut.push((padded / length) as i64);
            if *length > 1 {
                inner.push(cut.len() as i64);
                cut.push(*length as i64);
            }
        }
        let windows = self.graph.integers(&cut);
        let windows = self.graph.op("Reshape", &[&x, &windows]);
        let inner = self.graph.integers(&inner);
        let operator = match by {
            Reduction::Sum => "ReduceSum",
            Reduction::Max => "ReduceMax",
            Reduction::Min => "ReduceMin",
        };
        let reduced = self.graph.op_with(operator, &[&windows, &inner], &[("keepdims", Setting::Int(1))]);
        cut[0] = 1;
        let stretched = self.graph.integers(&cut);
        let stretched = self.graph.op("Expand", &[&reduced, &stretched]);
        let together: Vec<i64> = std::iter::once(0).chain(padded.iter().map(|size| *size as i64)).collect();
        let together = self.graph.integers(&together);
        let spread = self.graph.op("Reshape", &[&stretched, &together]);
        axes.iter()
            .zip(padded)
            .zip(1..)
            .filter(|(((size, _), padded), _)| size != padded)
            .fold(spread, |x, (((size, _), _), axis)| self.slice(&x, axis, 0, *size))
    }

    /// Up to `padded` behind the last places, with what changes no result.
    fn pad(&mut self, x: &str, by: Reduction, axes: &[(usize, usize)], padded: &[usize]) -> Name {
        let more = axes.iter().zip(padded).map(|((size, _), padded)| (padded - size) as i64);
        let pads: Vec<i64> = std::iter::repeat_n(0, axes.len() + 2).chain(more).collect();
        let neutral = match by {
            Reduction::Sum => 0.0,
            Reduction::Max => f64::NEG_INFINITY,
            Reduction::Min => f64::INFINITY,
        };
        let (pads, neutral) = (self.graph.integers(&pads), self.graph.number(neutral));
        self.graph.op("Pad", &[x, &pads, &neutral])
    }
}
