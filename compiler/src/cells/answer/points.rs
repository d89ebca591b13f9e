//! A function given by points: linear between them, and outside as the first and the last segment.

/// Its value at `x`.
pub(super) fn value(points: &[[f64; 2]], x: f64) -> f64 {
    let [[x0, y0], _] = segment(points, x);
    y0 + slope(points, x) * (x - x0)
}

/// Its slope at `x`.
pub(super) fn slope(points: &[[f64; 2]], x: f64) -> f64 {
    let [[x0, y0], [x1, y1]] = segment(points, x);
    (y1 - y0) / (x1 - x0)
}

/// The ends of the segment that `x` lies in: at a point, of the one behind it.
fn segment(points: &[[f64; 2]], x: f64) -> [[f64; 2]; 2] {
    let behind = points.partition_point(|point| point[0] <= x).clamp(1, points.len() - 1); // a table has two points
    [points[behind - 1], points[behind]]
}
