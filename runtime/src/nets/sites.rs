//! Where a layer's cells answer: signals as values by site, and back.
//!
//! Everything here has four axes, `[samples, units, positions, elements]`. Units and positions are those of the sites
//! ([`Placement::sites`]); elements are those of a window in row-major order, one without windows.

use super::signal::Signal;
use burn::tensor::Tensor;
use burn::tensor::ops::PadMode;
use hetc_compiler::plan::Placement;
use hetc_compiler::shape::Shape;

/// The sites of one layer.
#[derive(Debug)]
pub struct Sites {
    /// Values that a cell is applied to.
    args: usize,
    windows: Option<Windows>,
    sites: Shape,
    output: Shape,
}

/// How a map is cut; a vector is a map of one channel and one row.
#[derive(Debug)]
struct Windows {
    /// Channels, height, width.
    map: [usize; 3],
    /// Height and width of a window.
    size: [usize; 2],
    /// Windows down and across.
    count: [usize; 2],
}

impl Windows {
    fn new(input: Shape, size: [usize; 2]) -> Self {
        let map = match input {
            Shape::Vector(units) => [1, 1, units],
            Shape::Map(channels, height, width) => [channels, height, width],
        };
        Self { map, size, count: [map[1].div_ceil(size[0]), map[2].div_ceil(size[1])] }
    }

    /// What is missing at the bottom and on the right.
    fn missing(&self) -> [usize; 2] {
        let [_, height, width] = self.map;
        [self.count[0] * self.size[0] - height, self.count[1] * self.size[1] - width]
    }

    /// `[samples, channels, windows, elements]`; what is missing is 0.
    fn cut(&self, x: Tensor<2>) -> Tensor<4> {
        let ([samples, _], [channels, height, width]) = (x.dims(), self.map);
        let ([down, across], [rows, columns]) = (self.count, self.size);
        let mut map = x.reshape([samples, channels, height, width]);
        if self.missing() != [0, 0] {
            let [below, right] = self.missing();
            map = map.pad((0, right, 0, below), PadMode::Constant(0.0));
        }
        let windows = map.reshape([samples, channels, down, rows, across, columns]).swap_dims(3, 4);
        windows.reshape([samples, channels, down * across, rows * columns])
    }

    /// The other way round, without what was missing.
    fn join(&self, windows: Tensor<4>) -> Tensor<2> {
        let ([samples, ..], [channels, height, width]) = (windows.dims(), self.map);
        let ([down, across], [rows, columns]) = (self.count, self.size);
        let windows = windows.reshape([samples, channels, down, across, rows, columns]).swap_dims(3, 4);
        let mut map = windows.reshape([samples, channels, down * rows, across * columns]);
        if self.missing() != [0, 0] {
            map = map.slice([0..samples, 0..channels, 0..height, 0..width]);
        }
        map.reshape([samples, channels * height * width])
    }

    /// For each window, for each element, whether it is there.
    fn present(&self) -> Vec<bool> {
        let ([_, height, width], [down, across], [rows, columns]) = (self.map, self.count, self.size);
        let mut present = Vec::with_capacity(down * across * rows * columns);
        for window in 0..down * across {
            for element in 0..rows * columns {
                let row = window / across * rows + element / columns;
                let column = window % across * columns + element % columns;
                present.push(row < height && column < width);
            }
        }
        present
    }
}

impl Sites {
    /// Of a layer with this placement, input and output.
    pub fn new(placement: &Placement, input: Shape, output: Shape) -> Self {
        let sites = placement.sites(&input).expect("the placement of a plan fits its input");
        let windows = placement.window.map(|size| Windows::new(input, size));
        Self { args: usize::from(placement.args), windows, sites, output }
    }

    /// As a shape: units and positions.
    pub fn shape(&self) -> Shape {
        self.sites
    }

    /// Units and positions.
    fn axes(&self) -> [usize; 2] {
        [self.sites.units(), self.sites.elements() / self.sites.units().max(1)]
    }

    /// The values that the cells are applied to, in order.
    pub fn values(&self, x: Signal) -> Vec<Tensor<4>> {
        let x = x.into_vectors();
        let ([samples, _], [units, positions]) = (x.dims(), self.axes());
        if let Some(windows) = &self.windows {
            let elements = windows.size.iter().product();
            return vec![windows.cut(x).reshape([samples, units, positions, elements])];
        }
        if self.args == 1 {
            return vec![x.reshape([samples, units, positions, 1])];
        }
        let groups = x.reshape([samples, units, self.args, positions]);
        let value = |argument: usize| groups.clone().narrow(2, argument, 1).reshape([samples, units, positions, 1]);
        (0..self.args).map(value).collect()
    }

    /// The signal that the answers at all sites are.
    pub fn signal(&self, answers: Tensor<4>) -> Signal {
        let [samples, units, positions, elements] = answers.dims();
        let vectors = match &self.windows {
            Some(windows) => {
                let count: usize = windows.count.iter().product();
                windows.join(answers.reshape([samples, windows.map[0], count, elements]))
            }
            None => answers.reshape([samples, units * positions * elements]),
        };
        Signal::from_vectors(vectors, self.output)
    }

    /// Which elements of which windows are there, `[units or 1, positions or 1, elements]`; nothing if all are.
    pub fn present(&self) -> Option<([usize; 3], Vec<bool>)> {
        let windows = self.windows.as_ref().filter(|windows| windows.missing() != [0, 0])?;
        let (count, elements) = (windows.count.iter().product(), windows.size.iter().product());
        let dims = match self.sites {
            Shape::Vector(_) => [count, 1, elements],
            Shape::Map(..) => [1, count, elements],
        };
        Some((dims, windows.present()))
    }
}
