//! Functions given by points.

use crate::dual::Dual;
use hetc_compiler::plan;

/// Linear between points, the first and the last segment go on outside; at a point, the segment to its right. Points are rounded to single
/// precision, as networks read them.
#[derive(Debug)]
pub struct Points {
    /// `[x, y, slope]`: where each segment starts, its value there, how it goes on.
    segments: Vec<[f64; 3]>,
}

impl Points {
    /// Of a plan's table.
    pub fn new(table: &plan::Table) -> Self {
        let points: Vec<[f64; 2]> = table.points.iter().map(|point| point.map(|number| f64::from(number as f32))).collect();
        let segment = |pair: &[[f64; 2]]| [pair[0][0], pair[0][1], (pair[1][1] - pair[0][1]) / (pair[1][0] - pair[0][0])];
        Self { segments: points.windows(2).map(segment).collect() }
    }

    fn segment(&self, x: f64) -> [f64; 3] {
        self.segments[self.segments[1..].partition_point(|[start, ..]| *start <= x)] // a table has two points at least
    }

    /// The function's value.
    pub fn value(&self, x: Dual) -> Dual {
        let [start, y, slope] = self.segment(x.value);
        x.through(y + (x.value - start) * slope, slope)
    }

    /// The function's slope, which stays what it is along any direction.
    pub fn slope(&self, x: Dual) -> f64 {
        if x.value.is_nan() { f64::NAN } else { self.segment(x.value)[2] }
    }
}
