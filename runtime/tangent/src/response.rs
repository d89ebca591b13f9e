//! Local response normalisation.

use crate::dual::Dual;
use crate::layer::{Layer, Numbers, Values};
use hetc_compiler::plan;
use std::ops::Range;

/// `y_c = x_c·b_c^-β` with `b_c = k + α/size·Σ x_j²`, `j` over neighbouring channels: see [`plan::Op::Response`].
#[derive(Debug)]
pub struct Response {
    channels: usize,
    positions: usize,
    size: usize,
    /// `α / size`.
    factor: f64,
    beta: f64,
    k: f64,
}

impl Response {
    /// `layer` with `size` neighbours, and α, β and k.
    pub fn new(layer: &plan::Layer, size: usize, [alpha, beta, k]: [f64; 3]) -> Self {
        let channels = layer.input.units();
        let positions = layer.input.elements() / channels.max(1);
        Self { channels, positions, size, factor: alpha / size as f64, beta, k }
    }

    fn around(&self, channel: usize) -> Range<usize> {
        channel.saturating_sub(self.size / 2)..(channel + (self.size - 1) / 2 + 1).min(self.channels)
    }

    /// `b` of the number at `place`.
    fn base(&self, x: &[Dual], place: usize) -> Dual {
        let (channel, position) = (place / self.positions, place % self.positions);
        let neighbours = self.around(channel).map(|channel| x[channel * self.positions + position]);
        neighbours.map(|x| x * x).sum::<Dual>().times(self.factor) + Dual::constant(self.k)
    }
}

impl Layer for Response {
    fn forward(&self, inputs: &[&[Dual]], _: Numbers) -> Values {
        let x = inputs[0];
        x.iter().enumerate().map(|(place, value)| *value * self.base(x, place).powf(-self.beta)).collect()
    }

    /// `dx_j = dy_j·b_j^-β - 2β·α/size·x_j·Σ dy_c·x_c·b_c^(-β-1)`, `c` over the channels that `j` is a neighbour of.
    fn backward(&self, inputs: &[&[Dual]], dy: &[Dual], _: Numbers, _: &mut [Dual]) -> Vec<Values> {
        let x = inputs[0];
        let mut dx = vec![Dual::ZERO; x.len()];
        for (place, dy) in dy.iter().enumerate() {
            let base = self.base(x, place);
            dx[place] += *dy * base.powf(-self.beta);
            let share = (*dy * x[place] * base.powf(-self.beta - 1.0)).times(-2.0 * self.beta * self.factor);
            for channel in self.around(place / self.positions) {
                let neighbour = channel * self.positions + place % self.positions;
                dx[neighbour] += share * x[neighbour];
            }
        }
        vec![dx]
    }
}
