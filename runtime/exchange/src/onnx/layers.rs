//! Layers as ONNX operators, all but those with cells.

use super::graph::{Name, Setting};
use super::{Export, Refusal};
use hetc_compiler::plan::{Join, Layer, NoiseKind, NormKind, Op, PoolKind};
use hetc_compiler::shape::Shape;
use hetc_engine::params::{Entry, Owner, Part};

impl Export<'_> {
    /// What layer `index` gives for `inputs`.
    pub fn layer(&mut self, index: usize, inputs: &[Name]) -> Result<Name, Refusal> {
        let layer = &self.plan.layers[index]; // one of the plan's
        let x = inputs[0].as_str(); // every layer reads a value
        Ok(match &layer.op {
            Op::Conv { kernel, pad, more, stride, groups, .. } => {
                let settings = [
                    ("kernel_shape", Setting::Ints(kernel)),
                    ("pads", Setting::Ints(&[pad[0], pad[1], pad[0] + more[0], pad[1] + more[1]])),
                    ("strides", Setting::Ints(stride)),
                    ("group", Setting::Int(*groups as i64)),
                ];
                let tensors = self.weight_and_bias(index);
                let inputs: Vec<&str> = std::iter::once(x).chain(tensors.iter().map(String::as_str)).collect();
                self.graph.op_with("Conv", &inputs, &settings)
            }
            Op::Dense { .. } => {
                let tensors = self.weight_and_bias(index);
                let inputs: Vec<&str> = std::iter::once(x).chain(tensors.iter().map(String::as_str)).collect();
                self.graph.op_with("Gemm", &inputs, &[("transB", Setting::Int(1))])
            }
            Op::Flatten => self.graph.op("Flatten", &[x]),
            Op::Pool { kind, window, stride, pad } => self.pool(x, *kind, window, stride, pad),
            Op::AdaptivePool { kind } => self.adaptive_pool(x, *kind, layer),
            Op::Dropout { .. } | Op::Noise { always: false, .. } => x.to_string(),
            Op::Noise { kind, scale, .. } => self.noise(x, *kind, *scale, layer),
            Op::Norm { kind, epsilon, .. } => self.norm(x, index, *kind, *epsilon),
            Op::Response { size, alpha, beta, k } => self.response(x, layer, *size, [*alpha, *beta, *k]),
            Op::Join { how } => self.join(inputs, *how),
            Op::Cells(placement) => self.cells(x, index, placement)?,
        })
    }

    /// The tensors of layer `index` that are this part of it, as values.
    fn part(&mut self, index: usize, part: Part) -> Option<Name> {
        let own = |entry: &&Entry| entry.owner == Owner::Layer(index) && entry.part == part;
        let (entry, numbers) = self.table.tensors(self.weights).find(|(entry, _)| own(entry))?;
        Some(self.graph.tensor(&entry.name, &entry.shape, numbers))
    }

    fn weight_and_bias(&mut self, index: usize) -> Vec<Name> {
        self.part(index, Part::Weight).into_iter().chain(self.part(index, Part::Bias)).collect()
    }

    fn pool(&mut self, x: &str, kind: PoolKind, window: &[usize; 2], stride: &[usize; 2], pad: &[usize; 2]) -> Name {
        let pads = [pad[0], pad[1], pad[0], pad[1]];
        let mut settings =
            vec![("kernel_shape", Setting::Ints(window)), ("strides", Setting::Ints(stride)), ("pads", Setting::Ints(&pads))];
        match kind {
            PoolKind::Max => self.graph.op_with("MaxPool", &[x], &settings),
            PoolKind::Avg => {
                settings.push(("count_include_pad", Setting::Int(1)));
                self.graph.op_with("AveragePool", &[x], &settings)
            }
        }
    }

    /// A pool where bins are equal windows, otherwise bin by bin: both maximum and mean go along one axis after the other.
    fn adaptive_pool(&mut self, x: &str, kind: PoolKind, layer: &Layer) -> Name {
        let (Some((h, w)), Some((bins_h, bins_w))) = (layer.input.spatial(), layer.output.spatial()) else {
            return x.to_string();
        };
        if h.is_multiple_of(bins_h) && w.is_multiple_of(bins_w) {
            let window = [h / bins_h, w / bins_w];
            return self.pool(x, kind, &window, &window, &[0, 0]);
        }
        let rows = self.bins(x, kind, (2, h, bins_h));
        self.bins(&rows, kind, (3, w, bins_w))
    }

    fn bins(&mut self, x: &str, kind: PoolKind, (axis, size, bins): (i64, usize, usize)) -> Name {
        let operator = match kind {
            PoolKind::Max => "ReduceMax",
            PoolKind::Avg => "ReduceMean",
        };
        let axes = self.graph.integers(&[axis]);
        let mut parts = Vec::with_capacity(bins);
        for bin in 0..bins {
            let (start, end) = (bin * size / bins, ((bin + 1) * size).div_ceil(bins));
            let part = self.slice(x, axis, start, end);
            parts.push(self.graph.op(operator, &[&part, &axes]));
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        self.graph.op_with("Concat", &parts, &[("axis", Setting::Int(axis))])
    }

    /// Places `start..end` along an axis.
    pub fn slice(&mut self, x: &str, axis: i64, start: usize, end: usize) -> Name {
        let [start, end, axes] = [start as i64, end as i64, axis].map(|number| self.graph.integers(&[number]));
        self.graph.op("Slice", &[x, &start, &end, &axes])
    }

    /// One number a value, the same for the whole batch; drawn anew each time.
    fn noise(&mut self, x: &str, kind: NoiseKind, scale: f64, layer: &Layer) -> Name {
        let shape: Vec<usize> = std::iter::once(1).chain(layer.output.axes()).collect();
        let shape = ("shape", Setting::Ints(&shape));
        let (low, high, scale) =
            (("low", Setting::Float(-scale)), ("high", Setting::Float(scale)), ("scale", Setting::Float(scale)));
        let noise = match kind {
            NoiseKind::Uniform => self.graph.op_with("RandomUniform", &[], &[shape, low, high]),
            NoiseKind::Normal => self.graph.op_with("RandomNormal", &[], &[shape, scale]),
        };
        self.graph.op("Add", &[x, &noise])
    }

    fn norm(&mut self, x: &str, index: usize, kind: NormKind, epsilon: f64) -> Name {
        let shape = match kind {
            NormKind::Layer => self.plan.layers[index].output.axes(),
            NormKind::Batch => vec![self.plan.layers[index].output.units()],
        };
        let mut part = |part: Part, otherwise: f32| match self.part(index, part) {
            Some(name) => name,
            None => self.graph.numbers(&shape, &vec![otherwise; shape.iter().product()]),
        };
        let (scale, shift) = (part(Part::Scale, 1.0), part(Part::Shift, 0.0));
        let epsilon = ("epsilon", Setting::Float(epsilon));
        match kind {
            NormKind::Layer => {
                self.graph.op_with("LayerNormalization", &[x, &scale, &shift], &[("axis", Setting::Int(1)), epsilon])
            }
            NormKind::Batch => {
                let (mean, var) = (part(Part::Mean, 0.0), part(Part::Var, 1.0));
                self.graph.op_with("BatchNormalization", &[x, &scale, &shift, &mean, &var], &[epsilon])
            }
        }
    }

    /// The sum over neighbouring channels is a 1x1 convolution (or a product) with a band of `alpha / size`. ONNX's own operator lies one
    /// channel beside PyTorch's for even sizes, and runtimes refuse those.
    fn response(&mut self, x: &str, layer: &Layer, size: usize, [alpha, beta, k]: [f64; 3]) -> Name {
        let units = layer.input.units();
        let (before, after) = (size / 2, (size - 1) / 2);
        let near = |unit: usize, other: usize| other + before >= unit && other <= unit + after;
        let factor = (alpha / size as f64) as f32;
        let band: Vec<f32> =
            (0..units * units).map(|place| if near(place / units, place % units) { factor } else { 0.0 }).collect();
        let squares = self.graph.op("Mul", &[x, x]);
        let k = self.graph.numbers(&[units], &vec![k as f32; units]);
        let sums = match layer.input {
            Shape::Vector(_) => {
                let band = self.graph.numbers(&[units, units], &band);
                self.graph.op_with("Gemm", &[&squares, &band, &k], &[("transB", Setting::Int(1))])
            }
            Shape::Map(..) => {
                let band = self.graph.numbers(&[units, units, 1, 1], &band);
                self.graph.op("Conv", &[&squares, &band, &k])
            }
        };
        let beta = self.graph.number(beta);
        let power = self.graph.op("Pow", &[&sums, &beta]);
        self.graph.op("Div", &[x, &power])
    }

    fn join(&mut self, inputs: &[Name], how: Join) -> Name {
        let names: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let operator = match how {
            Join::Concat => return self.graph.op_with("Concat", &names, &[("axis", Setting::Int(1))]),
            Join::Add => "Add",
            Join::Multiply => "Mul",
        };
        names[1..].iter().fold(inputs[0].clone(), |joined, value| self.graph.op(operator, &[&joined, value]))
    }
}
