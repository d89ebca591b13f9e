//! A function given by points.
//!
//! Points are rounded to f32. At a breakpoint value and slope are those of the segment to its right; the first and the last segment go on
//! outside, the last one from its own end on.

use hetc_compiler::formula::{Builder, NodeId};
use hetc_compiler::plan;
use hetc_grammar::tree::CmpOp;

#[derive(Debug)]
pub struct Points {
    /// Where each segment starts; all but the first are where the next one takes over.
    starts: Vec<f32>,
    /// Value at the start, and slope.
    segments: Vec<[f64; 2]>,
}

impl Points {
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

    /// Replaces every number by the function's value there, computed in f64.
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

    /// The function's value at `x`, written out.
    pub fn value(&self, b: &mut Builder, x: NodeId) -> NodeId {
        self.chosen(b, x, |b, start, [y, slope]| {
            let start = b.constant(start);
            let distance = b.sub(x, start);
            let rise = b.scale(slope, distance);
            let y = b.constant(y);
            b.add(rise, y)
        })
    }

    /// The function's slope at `x`, written out.
    pub fn slope(&self, b: &mut Builder, x: NodeId) -> NodeId {
        let slope = self.chosen(b, x, |b, _, [_, slope]| b.constant(slope));
        let nan = b.constant(f64::NAN);
        b.select(CmpOp::Eq, x, x, slope, nan)
    }

    /// What `of_segment` makes of the segment that `x` is in.
    fn chosen(&self, b: &mut Builder, x: NodeId, of_segment: impl Fn(&mut Builder, f64, [f64; 2]) -> NodeId) -> NodeId {
        let starts = self.starts.iter().copied().map(f64::from);
        let mut segments = starts.zip(self.segments.iter().copied());
        let first = segments.next().map(|(start, segment)| of_segment(b, start, segment));
        segments.fold(first.unwrap_or(x), |before, (start, segment)| {
            let (here, start) = (of_segment(b, start, segment), b.constant(start));
            b.select(CmpOp::Ge, x, start, here, before)
        })
    }
}
