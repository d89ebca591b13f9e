//! A perceptron with tanh units and exact slopes, in 64-bit arithmetic.

use hetc_analysis::attack::{Classifier, Slopes};
use serde_json::Value;

pub struct Perceptron {
    layers: Vec<Layer>,
}

struct Layer {
    weight: Vec<Vec<f64>>,
    bias: Vec<f64>,
}

impl Perceptron {
    pub fn read(layers: &Value) -> Self {
        let numbers = |value: &Value| value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect::<Vec<_>>();
        let layer = |value: &Value| Layer {
            weight: value["weight"].as_array().unwrap().iter().map(numbers).collect(),
            bias: numbers(&value["bias"]),
        };
        Self { layers: layers.as_array().unwrap().iter().map(layer).collect() }
    }

    /// What each layer gives, the input first.
    fn forward(&self, x: &[f32]) -> Vec<Vec<f64>> {
        let mut values = vec![x.iter().map(|v| f64::from(*v)).collect::<Vec<f64>>()];
        for (index, layer) in self.layers.iter().enumerate() {
            let last = &values[index];
            let sums = layer
                .weight
                .iter()
                .zip(&layer.bias)
                .map(|(row, bias)| row.iter().zip(last).map(|(w, v)| w * v).sum::<f64>() + bias);
            let next = if index + 1 < self.layers.len() { sums.map(f64::tanh).collect() } else { sums.collect() };
            values.push(next);
        }
        values
    }

    fn backward(&self, values: &[Vec<f64>], slopes: Vec<f64>) -> Vec<f64> {
        self.layers.iter().enumerate().rev().fold(slopes, |slopes, (index, layer)| {
            let mut before = vec![0.0; values[index].len()];
            for (row, slope) in layer.weight.iter().zip(slopes) {
                before.iter_mut().zip(row).for_each(|(b, w)| *b += w * slope);
            }
            if index > 0 {
                before.iter_mut().zip(&values[index]).for_each(|(b, v)| *b *= 1.0 - v * v);
            }
            before
        })
    }
}

impl Classifier for Perceptron {
    fn inputs(&self) -> usize {
        self.layers[0].weight[0].len()
    }

    fn classes(&self) -> usize {
        self.layers[self.layers.len() - 1].bias.len()
    }

    fn logits(&mut self, x: &[f32]) -> Vec<f32> {
        let last = |x: &[f32]| self.forward(x).pop().unwrap();
        x.chunks_exact(self.inputs()).flat_map(last).map(|v| v as f32).collect()
    }

    fn slopes(&mut self, x: &[f32], slopes: &Slopes) -> (Vec<f32>, Vec<f32>) {
        let (mut all, mut gradients) = (Vec::new(), Vec::new());
        for (number, x) in x.chunks_exact(self.inputs()).enumerate() {
            let values = self.forward(x);
            let logits: Vec<f32> = values[values.len() - 1].iter().map(|v| *v as f32).collect();
            let mut wanted = vec![0.0; logits.len()];
            slopes(number, &logits, &mut wanted);
            let gradient = self.backward(&values, wanted.into_iter().map(f64::from).collect());
            gradients.extend(gradient.into_iter().map(|v| v as f32));
            all.extend(logits);
        }
        (all, gradients)
    }
}
