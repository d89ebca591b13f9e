//! Functions given by points.
//!
//! Points are rounded to f32. At a breakpoint value and slope are those of the segment to its right; the first and the last segment go
//! on outside.

use burn::tensor::{Device, Int, Tensor, TensorData};
use hetc_compiler::plan;

/// A table; one number a segment in each tensor.
#[derive(Debug)]
pub struct Lookup {
    /// Where each segment starts; NaN behind them, up to a power of two.
    starts: Tensor<1>,
    values: Tensor<1>,
    slopes: Tensor<1>,
    /// What the binary search adds to a segment's number: powers of two, the largest first.
    strides: Vec<i64>,
}

impl Lookup {
    /// Of the plan's.
    pub fn new(table: &plan::Table, device: &Device) -> Self {
        let points: Vec<[f32; 2]> = table.points.iter().map(|[x, y]| [*x as f32, *y as f32]).collect();
        let slope = |pair: &[[f32; 2]]| {
            let [[x0, y0], [x1, y1]] = [pair[0], pair[1]].map(|point| point.map(f64::from));
            ((y1 - y0) / (x1 - x0)) as f32
        };
        let segments = points.len() - 1; // a table has two points
        let size = segments.next_power_of_two();
        let padded = |mut numbers: Vec<f32>| {
            numbers.resize(size, f32::NAN);
            Tensor::from_data(TensorData::new(numbers, [size]), device)
        };
        Self {
            starts: padded(points[..segments].iter().map(|point| point[0]).collect()),
            values: padded(points[..segments].iter().map(|point| point[1]).collect()),
            slopes: padded(points.windows(2).map(slope).collect()),
            strides: (0..size.ilog2()).rev().map(|bit| 1 << bit).collect(),
        }
    }

    /// The function's value everywhere, in the graph that `x` is in.
    pub fn apply(&self, x: Tensor<4>) -> Tensor<4> {
        let dims = x.dims();
        let segments = self.segments(x.clone().inner().reshape([-1]));
        let of = |numbers: &Tensor<1>| numbers.clone().select(0, segments.clone()).reshape(dims);
        (x - of(&self.starts)) * of(&self.slopes) + of(&self.values)
    }

    /// The last segment that starts at or before each number, or the first one.
    fn segments(&self, x: Tensor<1>) -> Tensor<1, Int> {
        let mut segments: Tensor<1, Int> = Tensor::zeros(x.dims(), &x.device());
        for stride in &self.strides {
            let further = segments.clone().add_scalar(*stride);
            let starts = self.starts.clone().select(0, further.clone());
            segments = segments.mask_where(starts.lower_equal(x.clone()), further);
        }
        segments
    }
}
