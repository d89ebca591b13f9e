//! A function given by points.
//!
//! Points are rounded to f32, between them everything is computed in f64. At a breakpoint value and slope are those of the segment to its
//! right; the first and the last segment go on outside, the last one from its own end on.

use hetc_compiler::plan;

#[derive(Debug)]
pub struct Table {
    /// Where each segment starts; all but the first are where the next one takes over.
    starts: Vec<f32>,
    /// Value at the start, and slope.
    segments: Vec<[f64; 2]>,
}

impl Table {
    pub fn new(table: &plan::Table) -> Self {
        let points: Vec<[f32; 2]> = table.points.iter().map(|[x, y]| [*x as f32, *y as f32]).collect();
        let segment = |pair: &[[f32; 2]]| {
            let [[x0, y0], [x1, y1]] = [pair[0], pair[1]].map(|point| point.map(f64::from));
            [y0, (y1 - y0) / (x1 - x0)]
        };
        Self {
            starts: points[..points.len() - 1].iter().map(|point| point[0]).collect(),
            segments: points.windows(2).map(segment).collect(),
        }
    }

    fn segment(&self, x: f32) -> usize {
        self.starts[1..].partition_point(|start| *start <= x)
    }

    /// Replaces every number by the function's value there.
    pub fn apply(&self, values: &mut [f32]) {
        for x in values {
            let segment = self.segment(*x);
            let [y, slope] = self.segments[segment];
            *x = (y + (f64::from(*x) - f64::from(self.starts[segment])) * slope) as f32;
        }
    }

    /// Replaces every number by the function's slope there; NaN has none.
    pub fn slopes(&self, values: &mut [f32]) {
        for x in values {
            *x = if x.is_nan() { f32::NAN } else { self.segments[self.segment(*x)][1] as f32 };
        }
    }
}
