//! Regular grids over one, two or three arguments.

use super::Function;

/// Points that a function is asked for at a time.
const BATCH: usize = 16_384;

/// Equal cells along one argument.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    /// Where the first cell begins.
    pub low: f64,
    /// Where the last cell ends.
    pub high: f64,
    /// Cells.
    pub cells: usize,
}

impl Axis {
    /// `cells` cells from `low` to `high`; `None` unless both are finite, `low < high`, and there is a cell.
    pub fn new(low: f64, high: f64, cells: usize) -> Option<Self> {
        ((high - low).is_finite() && low < high && cells > 0).then_some(Self { low, high, cells })
    }

    /// `cells` cells whose first centre is at `low` and whose last is at `high`: Yoon's grid is `around(-5.0, 5.0, 101)`.
    pub fn around(low: f64, high: f64, cells: usize) -> Option<Self> {
        let half = (high - low) / (cells.max(2) - 1) as f64 / 2.0;
        (cells > 1).then(|| Self::new(low - half, high + half, cells)).flatten()
    }

    /// The width of a cell.
    pub fn width(&self) -> f64 {
        (self.high - self.low) / self.cells as f64
    }

    /// The middle of a cell.
    pub fn centre(&self, cell: usize) -> f64 {
        self.low + (cell as f64 + 0.5) * self.width()
    }

    /// The cell of `x`, the last one closed on both sides as numpy's; `None` outside.
    pub fn cell(&self, x: f64) -> Option<usize> {
        let within = x >= self.low && x <= self.high;
        within.then(|| (((x - self.low) / self.width()) as usize).min(self.cells - 1))
    }
}

/// Cells over all arguments, numbered with the last argument running fastest.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    axes: Vec<Axis>,
}

impl Grid {
    /// One axis an argument; `None` unless there are one, two or three.
    pub fn new(axes: Vec<Axis>) -> Option<Self> {
        (1..=3).contains(&axes.len()).then_some(Self { axes })
    }

    /// The same axis for each of `arguments` arguments.
    pub fn cube(axis: Axis, arguments: usize) -> Option<Self> {
        Self::new(vec![axis; arguments])
    }

    /// The axes, one an argument.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// Arguments.
    pub fn arguments(&self) -> usize {
        self.axes.len()
    }

    /// Cells in all.
    pub fn cells(&self) -> usize {
        self.axes.iter().map(|axis| axis.cells).product()
    }

    /// The centre of a cell, one number an argument.
    pub fn centre(&self, cell: usize) -> Vec<f64> {
        let mut rest = cell;
        let mut centre: Vec<f64> = self
            .axes
            .iter()
            .rev()
            .map(|axis| {
                let place = rest % axis.cells;
                rest /= axis.cells;
                axis.centre(place)
            })
            .collect();
        centre.reverse();
        centre
    }

    /// The cell of a point with one number an argument; `None` outside.
    pub fn cell(&self, point: &[f64]) -> Option<usize> {
        self.axes.iter().zip(point).try_fold(0, |cell, (axis, x)| axis.cell(*x).map(|place| cell * axis.cells + place))
    }

    /// The function's values at all centres: a value map, `[cells]`. `None` if the function gives another number of values.
    pub fn map(&self, function: &mut Function) -> Option<Vec<f64>> {
        let cells: Vec<usize> = (0..self.cells()).collect();
        let mut values = Vec::with_capacity(cells.len());
        for batch in cells.chunks(BATCH) {
            let points: Vec<f32> = batch.iter().flat_map(|cell| self.centre(*cell)).map(|x| x as f32).collect();
            values.extend(function(&points).into_iter().map(f64::from));
        }
        (values.len() == cells.len()).then_some(values)
    }
}

/// Where observed inputs lie, `[inputs, arguments]`: for each argument the quantiles that leave `outside` of them below and as many
/// above, interpolated linearly as numpy does by default. `None` for no inputs, a share that is not in `0 .. 0.5`, or inputs that are
/// not finite.
pub fn range(inputs: &[f32], arguments: usize, outside: f64) -> Option<Vec<(f64, f64)>> {
    let fit =
        arguments > 0 && inputs.len() >= arguments && inputs.len().is_multiple_of(arguments) && (0.0..0.5).contains(&outside);
    if !fit || inputs.iter().any(|x| !x.is_finite()) {
        return None;
    }
    let of = |argument| {
        let mut sorted: Vec<f64> = inputs.iter().skip(argument).step_by(arguments).map(|x| f64::from(*x)).collect();
        sorted.sort_by(f64::total_cmp);
        (quantile(&sorted, outside), quantile(&sorted, 1.0 - outside))
    };
    Some((0..arguments).map(of).collect())
}

fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = place as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64)
}
