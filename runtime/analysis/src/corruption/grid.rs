//! Images as real numbers, and the filters that several corruptions share.

/// Rows of pixels of channels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Grid {
    pub rows: usize,
    pub columns: usize,
    pub channels: usize,
    pub values: Vec<f64>,
}

/// What stands beyond an image's border, for `d c b a | a b c d`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Border {
    /// `a a a | a b c`.
    Nearest,
    /// `c b a | a b c`.
    Reflect,
    /// `d c b | a b c`: the border itself is not repeated.
    Mirror,
}

impl Border {
    /// The place from 0 to `length - 1` that stands for `at`.
    pub fn place(self, at: isize, length: usize) -> usize {
        let last = length as isize - 1;
        let place = match self {
            Border::Nearest => at.clamp(0, last),
            Border::Reflect => folded(at, 2 * last + 1, 2 * last + 2),
            Border::Mirror => folded(at, 2 * last, 2 * last),
        };
        place as usize
    }
}

/// `at` within a period, its second half read backwards from `end`.
fn folded(at: isize, end: isize, period: isize) -> isize {
    let at = at.rem_euclid(period.max(1));
    at.min(end - at)
}

impl Grid {
    pub fn new(rows: usize, columns: usize, channels: usize, values: Vec<f64>) -> Self {
        Self { rows, columns, channels, values }
    }

    /// Bytes as numbers from 0 to 1.
    pub fn from_bytes(rows: usize, columns: usize, channels: usize, bytes: &[u8]) -> Self {
        Self::new(rows, columns, channels, bytes.iter().map(|byte| f64::from(*byte) / 255.0).collect())
    }

    /// Numbers from 0 to 1 as bytes, cut off as numpy does.
    pub fn bytes(&self) -> Vec<u8> {
        self.values.iter().map(|value| (value.clamp(0.0, 1.0) * 255.0) as u8).collect()
    }

    /// Numbers from 0 to 1 as the nearest bytes.
    pub fn nearest_bytes(&self) -> Vec<u8> {
        self.values.iter().map(|value| (value.clamp(0.0, 1.0) * 255.0).round() as u8).collect()
    }

    /// Each value by itself.
    pub fn map(&self, change: impl FnMut(f64) -> f64) -> Self {
        Self { values: self.values.iter().copied().map(change).collect(), ..*self }
    }

    /// A value; the place has to be in the image.
    pub fn at(&self, row: usize, column: usize, channel: usize) -> f64 {
        self.values[(row * self.columns + column) * self.channels + channel]
    }

    /// The image of this size whose values are given for each place.
    pub fn of(rows: usize, columns: usize, channels: usize, value: impl Fn(usize, usize, usize) -> f64) -> Self {
        let place = |at: usize| value(at / channels / columns, at / channels % columns, at % channels);
        Self::new(rows, columns, channels, (0..rows * columns * channels).map(place).collect())
    }

    /// Between its four neighbours, as far as the place is between them.
    pub fn between(&self, row: f64, column: f64, channel: usize, border: Border) -> f64 {
        let (top, left) = (row.floor(), column.floor());
        let at = |down: isize, right: isize| {
            let row = border.place(top as isize + down, self.rows);
            self.at(row, border.place(left as isize + right, self.columns), channel)
        };
        let (down, right) = (row - top, column - left);
        let line = |step| at(step, 0) * (1.0 - right) + at(step, 1) * right;
        line(0) * (1.0 - down) + line(1) * down
    }

    /// With Gaussian weights of this standard deviation in pixels, out to `reach` of them; unchanged for 0.
    pub fn gaussian(&self, deviation: f64, reach: f64, border: Border) -> Self {
        if deviation <= 1e-15 {
            return self.clone();
        }
        let radius = (reach * deviation + 0.5) as isize;
        let weights: Vec<f64> = (-radius..=radius).map(|at| (-0.5 * (at as f64 / deviation).powi(2)).exp()).collect();
        let total: f64 = weights.iter().sum();
        let weights: Vec<(isize, f64)> = (-radius..=radius).zip(weights.iter().map(|weight| weight / total)).collect();
        let down = Self::of(self.rows, self.columns, self.channels, |row, column, channel| {
            let value = |at: isize| self.at(border.place(row as isize + at, self.rows), column, channel);
            weights.iter().map(|(at, weight)| weight * value(*at)).sum()
        });
        Self::of(self.rows, self.columns, self.channels, |row, column, channel| {
            let value = |at: isize| down.at(row, border.place(column as isize + at, self.columns), channel);
            weights.iter().map(|(at, weight)| weight * value(*at)).sum()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_by_hand() {
        let places = |border: Border| (-4..7).map(|at| border.place(at, 3)).collect::<Vec<_>>();
        assert_eq!(places(Border::Nearest), [0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2]);
        assert_eq!(places(Border::Reflect), [2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0]);
        assert_eq!(places(Border::Mirror), [0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2]);
        assert!(
            (-3..3).all(|at| [Border::Nearest, Border::Reflect, Border::Mirror].iter().all(|border| border.place(at, 1) == 0))
        );
    }
}
