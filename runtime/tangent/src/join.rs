//! Several values as one.

use crate::dual::Dual;
use crate::layer::{Layer, Numbers, Values};
use hetc_compiler::plan;
use hetc_compiler::shape::Shape;

/// Sum, product or one after the other: see [`plan::Join`].
#[derive(Debug)]
pub struct Join {
    how: plan::Join,
    /// Of each value.
    inputs: Vec<Shape>,
}

impl Join {
    /// Of values of these shapes.
    pub fn new(how: plan::Join, inputs: Vec<Shape>) -> Self {
        Self { how, inputs }
    }

    /// Where the number of value `input` is that meets number `place` of the first value: one number a channel stands for all its places.
    fn place(&self, input: usize, place: usize) -> usize {
        place / (self.inputs[0].elements() / self.inputs[input].elements())
    }

    fn product(&self, inputs: &[&[Dual]], place: usize, without: Option<usize>) -> Dual {
        let factors = (0..inputs.len()).filter(|input| Some(*input) != without);
        factors.fold(Dual::constant(1.0), |product, input| product * inputs[input][self.place(input, place)])
    }
}

impl Layer for Join {
    fn forward(&self, inputs: &[&[Dual]], _: Numbers) -> Values {
        let places = 0..inputs[0].len();
        match self.how {
            plan::Join::Add => places.map(|place| inputs.iter().map(|x| x[place]).sum()).collect(),
            plan::Join::Multiply => places.map(|place| self.product(inputs, place, None)).collect(),
            // Channels are outermost, so that maps follow each other whole.
            plan::Join::Concat => inputs.concat(),
        }
    }

    fn backward(&self, inputs: &[&[Dual]], dy: &[Dual], _: Numbers, _: &mut [Dual]) -> Vec<Values> {
        match self.how {
            plan::Join::Add => vec![dy.to_vec(); inputs.len()],
            plan::Join::Multiply => {
                let gradient = |input: usize| {
                    let mut dx = vec![Dual::ZERO; inputs[input].len()];
                    for (place, dy) in dy.iter().enumerate() {
                        dx[self.place(input, place)] += *dy * self.product(inputs, place, Some(input));
                    }
                    dx
                };
                (0..inputs.len()).map(gradient).collect()
            }
            plan::Join::Concat => {
                let mut rest = dy;
                let mut next = |x: &&[Dual]| {
                    let (own, after) = rest.split_at(x.len());
                    rest = after;
                    own.to_vec()
                };
                inputs.iter().map(&mut next).collect()
            }
        }
    }
}
