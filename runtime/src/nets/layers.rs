//! The layers as burn modules, one variant for each of the plan's operations.

use super::act::{self, Act};
use super::dropout::Dropout;
use super::join::Join;
use super::noise::Noise;
use super::norm::{BatchNorm, LayerNorm};
use super::param;
use super::pass::Pass;
use super::placed::PlacedCells;
use super::pool::{AdaptivePool, Pool};
use super::response::Response;
use super::signal::Signal;
use burn::module::{Module, Param};
use burn::tensor::module::{conv2d, linear};
use burn::tensor::ops::{ConvOptions, PadMode};
use burn::tensor::{Device, Tensor};
use hetc_compiler::plan::{self, NormKind, Op, Plan};

/// One layer.
#[derive(Module, Debug)]
pub enum Layer {
    /// Cross-correlation.
    Conv(Conv),
    /// `y = W x + b`.
    Dense(Dense),
    /// A map as a vector.
    Flatten(Flatten),
    /// Windows to their maximum or mean.
    Pool(Pool),
    /// Bins to their maximum or mean.
    AdaptivePool(AdaptivePool),
    /// Random zeros in training.
    Dropout(Dropout),
    /// Statistics over each sample.
    LayerNorm(LayerNorm),
    /// Statistics over the batch.
    BatchNorm(BatchNorm),
    /// Squares of neighbouring channels.
    Response(Response),
    /// Random numbers added.
    Noise(Noise),
    /// Several values as one.
    Join(Join),
    /// Cells that are formulas of their values.
    Act(Act),
    /// All other cells.
    Placed(PlacedCells),
}

impl Layer {
    /// Layer number `index` of `plan`, its parameters all zero. Batch norms count their running statistics off `state`.
    pub fn new(plan: &Plan, index: usize, state: &mut usize, device: &Device) -> Self {
        let layer = &plan.layers[index];
        match &layer.op {
            Op::Conv { kernel, pad, more, stride, groups, bias } => {
                let options = ConvOptions::new(*stride, *pad, [1, 1], *groups);
                Layer::Conv(Conv::new(layer, (*kernel, *more), options, *bias, device))
            }
            Op::Dense { bias } => Layer::Dense(Dense::new(layer, *bias, device)),
            Op::Flatten => Layer::Flatten(Flatten { elements: layer.output.elements() }),
            Op::Pool { kind, window, stride, pad } => {
                Layer::Pool(Pool { kind: *kind, window: *window, stride: *stride, pad: *pad })
            }
            Op::AdaptivePool { kind } => {
                let (height, width) = layer.output.spatial().unwrap_or((1, 1));
                Layer::AdaptivePool(AdaptivePool { kind: *kind, output: [height, width] })
            }
            Op::Dropout { p } => Layer::Dropout(Dropout { p: *p, layer: index as u64 }),
            Op::Norm { kind: NormKind::Layer, affine, epsilon } => {
                Layer::LayerNorm(LayerNorm::new(layer.output, *affine, *epsilon, device))
            }
            Op::Norm { kind: NormKind::Batch, affine, epsilon } => {
                let units = layer.output.units();
                *state += 2 * units;
                Layer::BatchNorm(BatchNorm::new(units, *affine, *epsilon, *state - 2 * units, device))
            }
            Op::Response { size, alpha, beta, k } => Layer::Response(Response { size: *size, alpha: *alpha, beta: *beta, k: *k }),
            Op::Noise { kind, scale, always } => {
                Layer::Noise(Noise { kind: *kind, scale: *scale, always: *always, layer: index as u64 })
            }
            Op::Join { how } => Layer::Join(Join { how: *how }),
            Op::Cells(placement) if act::fits(plan, placement) => Layer::Act(Act::new(plan, layer, placement, device)),
            Op::Cells(placement) => Layer::Placed(PlacedCells::new(plan, index, layer, placement, device)),
        }
    }

    /// The layer's output, from what it reads and what layers share.
    pub fn forward(&self, mut inputs: Vec<Signal>, shared: &[Param<Tensor<1>>], pass: &mut Pass) -> Signal {
        if let Layer::Join(layer) = self {
            return layer.forward(inputs);
        }
        let x = inputs.swap_remove(0); // every layer reads something, and all but joins one thing
        match self {
            Layer::Conv(layer) => Signal::Map(layer.forward(x.into_maps())),
            Layer::Dense(layer) => Signal::Vector(layer.forward(x.into_vectors())),
            Layer::Flatten(_) => Signal::Vector(x.into_vectors()),
            Layer::Pool(layer) => Signal::Map(layer.forward(x.into_maps())),
            Layer::AdaptivePool(layer) => Signal::Map(layer.forward(x.into_maps())),
            Layer::Dropout(layer) => layer.forward(x, pass),
            Layer::LayerNorm(layer) => layer.forward(x),
            Layer::BatchNorm(layer) => layer.forward(x, pass),
            Layer::Response(layer) => layer.forward(x),
            Layer::Noise(layer) => layer.forward(x, pass),
            Layer::Join(layer) => layer.forward(vec![x]),
            Layer::Act(layer) => layer.forward(x),
            Layer::Placed(layer) => layer.forward(x, shared),
        }
    }
}

/// Cross-correlation.
#[derive(Module, Debug)]
pub struct Conv {
    /// `[out, in / groups, kernel h, kernel w]`.
    weight: Param<Tensor<4>>,
    /// `[out]`.
    bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    options: ConvOptions<2>,
    /// Zeros at the bottom and at the right beyond those of the options.
    #[module(skip)]
    more: [usize; 2],
}

impl Conv {
    fn new(
        layer: &plan::Layer,
        (kernel, more): ([usize; 2], [usize; 2]),
        options: ConvOptions<2>,
        bias: bool,
        device: &Device,
    ) -> Self {
        let out = layer.output.units();
        let shape = [out, layer.input.units() / options.groups, kernel[0], kernel[1]];
        Self { weight: param(shape, device), bias: bias.then(|| param([out], device)), options, more }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [below, right] = self.more;
        let x = if self.more == [0, 0] { x } else { x.pad((0, right, 0, below), PadMode::Constant(0.0)) };
        conv2d(x, self.weight.val(), self.bias.as_ref().map(Param::val), self.options.clone())
    }
}

/// `y = W x + b`, or without `b`.
#[derive(Module, Debug)]
pub struct Dense {
    /// `[out, in]`.
    weight: Param<Tensor<2>>,
    /// `[out]`.
    bias: Option<Param<Tensor<1>>>,
}

impl Dense {
    fn new(layer: &plan::Layer, bias: bool, device: &Device) -> Self {
        let out = layer.output.units();
        Self { weight: param([out, layer.input.elements()], device), bias: bias.then(|| param([out], device)) }
    }

    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        linear(x, self.weight.val().transpose(), self.bias.as_ref().map(Param::val))
    }
}

/// A map as a vector, channels outermost.
#[derive(Module, Debug)]
pub struct Flatten {
    elements: usize,
}
