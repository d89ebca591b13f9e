//! The small perceptron of tests/oracle/hessian.py: dense layers with tanh between them, cross-entropy, its gradient by hand.

use hetc_analysis::hessian::Gradient;
use serde_json::Value;

pub fn oracle() -> Value {
    serde_json::from_str(include_str!("../oracle/hessian.json")).unwrap()
}

pub fn numbers(values: &Value) -> Vec<f64> {
    values.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

pub struct Perceptron {
    sizes: Vec<usize>,
    x: Vec<f64>,
    y: Vec<usize>,
    /// Every sum and every value is rounded to f32.
    single: bool,
}

impl Perceptron {
    pub fn new(oracle: &Value, single: bool) -> Self {
        let whole = |key: &str| numbers(&oracle[key]).iter().map(|x| *x as usize).collect();
        Self { sizes: whole("sizes"), x: numbers(&oracle["x"]), y: whole("y"), single }
    }

    fn rounded(&self, x: f64) -> f64 {
        if self.single { f64::from(x as f32) } else { x }
    }

    /// Adds the gradient of one sample's loss.
    fn sample(&self, weights: &[f64], x: &[f64], label: usize, gradient: &mut [f64]) {
        let layers = self.sizes.len() - 1;
        let (mut values, mut places, mut at) = (vec![x.to_vec()], Vec::new(), 0);
        for layer in 0..layers {
            let (inputs, outputs) = (self.sizes[layer], self.sizes[layer + 1]);
            let bias = at + inputs * outputs;
            let unit = |o: usize| {
                let row = &weights[at + o * inputs..at + (o + 1) * inputs];
                let sum = row.iter().zip(&values[layer]).fold(weights[bias + o], |sum, (w, x)| self.rounded(sum + w * x));
                self.rounded(if layer + 1 < layers { sum.tanh() } else { sum })
            };
            let next = (0..outputs).map(unit).collect();
            values.push(next);
            places.push(at);
            at = bias + outputs;
        }
        let exps: Vec<f64> = values[layers].iter().map(|z| z.exp()).collect();
        let total: f64 = exps.iter().sum();
        let mut slopes: Vec<f64> =
            exps.iter().enumerate().map(|(c, e)| self.rounded(e / total - f64::from(c == label))).collect();
        for layer in (0..layers).rev() {
            let (inputs, at) = (self.sizes[layer], places[layer]);
            let bias = at + inputs * self.sizes[layer + 1];
            let mut below = vec![0.0; inputs];
            for (o, slope) in slopes.iter().enumerate() {
                for i in 0..inputs {
                    let place = at + o * inputs + i;
                    gradient[place] = self.rounded(gradient[place] + slope * values[layer][i]);
                    below[i] = self.rounded(below[i] + slope * weights[place]);
                }
                gradient[bias + o] = self.rounded(gradient[bias + o] + slope);
            }
            slopes = below.iter().zip(&values[layer]).map(|(slope, y)| self.rounded(slope * (1.0 - y * y))).collect();
        }
    }
}

impl Gradient for Perceptron {
    fn parameters(&self) -> usize {
        self.sizes.windows(2).map(|pair| (pair[0] + 1) * pair[1]).sum()
    }

    fn at(&mut self, parameters: &[f32]) -> Vec<f64> {
        let weights: Vec<f64> = parameters.iter().map(|x| f64::from(*x)).collect();
        let mut gradient = vec![0.0; weights.len()];
        for (x, label) in self.x.chunks(self.sizes[0]).zip(&self.y) {
            self.sample(&weights, x, *label, &mut gradient);
        }
        gradient.iter().map(|g| self.rounded(g / self.y.len() as f64)).collect()
    }
}
