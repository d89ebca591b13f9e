//! What is trained and what is kept, in the order of the plan.
//!
//! All parameters of a network lie in one flat buffer, one after the other in the order of [`Table::params`]: the layers in order, then
//! the learned functions, then what cells have for the whole network. So do the running statistics of batch norms ([`Table::state`]).
//!
//! A tensor's name is its owner's name and its part: `conv1.weight`, `norm2.mean`, `g.weight1`, `prelu(0.25).a`. What a cell trains in one
//! layer is the layer's: `act3.prelu(0.25).a`; where that layer has the cell in several shares, those after the first say which one they
//! are: `act3.prelu(0.25).a.2`.

use hetc_compiler::plan::{Function, Layer, NormKind, Op, Per, Placement, Plan, WeightPart};
use std::ops::Range;

/// Where each tensor of a network lies.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Trained tensors.
    pub params: Vec<Entry>,
    /// Running statistics of batch norms.
    pub state: Vec<Entry>,
}

/// One tensor.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its owner's name and its part: `dense2.bias`.
    pub name: String,
    /// Whose it is.
    pub owner: Owner,
    /// Sizes along its axes, outermost first.
    pub shape: Vec<usize>,
    /// Its place in the flat buffer.
    pub range: Range<usize>,
    /// What it is in its layer.
    pub part: Part,
}

/// Whose a tensor is, as an index into the plan's list of such things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// A layer's.
    Layer(usize),
    /// A learned function's, and so shared by all layers whose cells call it.
    Function(usize),
    /// A cell's, and so shared by all layers that have it.
    Cell(usize),
}

/// What a tensor is to its owner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Part {
    /// `[out, in / groups, kernel h, kernel w]` or `[out, in]`.
    Weight,
    /// `[out]`; the entry before it is the weight that it belongs to.
    Bias,
    /// A norm's factor: a sample's shape, or one value a unit.
    Scale,
    /// A norm's summand, shaped like [`Part::Scale`].
    Shift,
    /// A batch norm's running mean, one value a unit.
    Mean,
    /// A batch norm's running variance, one value a unit.
    Var,
    /// A cell's parameter: `[1]`, or one number a unit.
    Trained {
        /// Where all its numbers start.
        start: f64,
    },
}

/// The numbers of a network: what [`Table`] says lies where.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// Trained numbers.
    pub params: Vec<f32>,
    /// Running statistics of batch norms.
    pub state: Vec<f32>,
}

impl Weights {
    /// Puts the numbers of one tensor in their place.
    ///
    /// # Panics
    /// If they are not as many as the tensor has.
    pub fn put(&mut self, entry: &Entry, numbers: &[f32]) {
        let all = if matches!(entry.part, Part::Mean | Part::Var) { &mut self.state } else { &mut self.params };
        all[entry.range.clone()].copy_from_slice(numbers);
    }
}

impl Table {
    /// The tensors of `plan`.
    pub fn of(plan: &Plan) -> Self {
        let mut table = Table { params: Vec::new(), state: Vec::new() };
        for (index, layer) in plan.layers.iter().enumerate() {
            table.add(&layer.name, Owner::Layer(index), tensors(plan, index));
        }
        for (index, function) in plan.functions.iter().enumerate() {
            table.add(&function.name, Owner::Function(index), function_tensors(function));
        }
        for (index, cell) in plan.cells.iter().enumerate() {
            let whole = cell.trained.iter().filter(|trained| trained.per == Per::Net);
            let numbers = whole.map(|trained| (trained.name.clone(), Part::Trained { start: trained.start }, vec![1]));
            table.add(&cell.name, Owner::Cell(index), numbers.collect());
        }
        table
    }

    fn add(&mut self, prefix: &str, owner: Owner, tensors: Vec<Tensor>) {
        for (name, part, shape) in tensors {
            let list = if matches!(part, Part::Mean | Part::Var) { &mut self.state } else { &mut self.params };
            let start = list.last().map_or(0, |entry| entry.range.end);
            let range = start..start + shape.iter().product::<usize>();
            // A cell called as a layer is can have a parameter called as its weights are.
            let mut name = format!("{prefix}.{name}");
            while list.iter().any(|entry| entry.name == name) {
                name.push('_');
            }
            list.push(Entry { name, owner, shape, range, part });
        }
    }

    /// Numbers in all trained tensors.
    pub fn params_len(&self) -> usize {
        self.params.last().map_or(0, |entry| entry.range.end)
    }

    /// Numbers in all running statistics.
    pub fn state_len(&self) -> usize {
        self.state.last().map_or(0, |entry| entry.range.end)
    }

    /// Every tensor with its numbers, trained ones first.
    pub fn tensors<'a>(&'a self, weights: &'a Weights) -> impl Iterator<Item = (&'a Entry, &'a [f32])> {
        let params = self.params.iter().map(|entry| (entry, &weights.params[entry.range.clone()]));
        params.chain(self.state.iter().map(|entry| (entry, &weights.state[entry.range.clone()])))
    }
}

/// Name in its owner, part and shape.
type Tensor = (String, Part, Vec<usize>);

fn tensor(name: &str, part: Part, shape: Vec<usize>) -> Tensor {
    (name.to_string(), part, shape)
}

fn tensors(plan: &Plan, index: usize) -> Vec<Tensor> {
    let layer = &plan.layers[index]; // one of the plan's
    match &layer.op {
        Op::Conv { kernel, groups, bias, .. } => {
            let weight = vec![layer.output.units(), layer.input.units() / groups, kernel[0], kernel[1]];
            weight_and_bias(weight, *bias)
        }
        Op::Dense { bias } => weight_and_bias(vec![layer.output.units(), layer.input.elements()], *bias),
        Op::Norm { kind, affine, .. } => norm_tensors(layer, *kind, *affine),
        Op::Cells(placement) => cell_tensors(plan, index, placement),
        Op::Flatten
        | Op::Pool { .. }
        | Op::AdaptivePool { .. }
        | Op::Dropout { .. }
        | Op::Response { .. }
        | Op::Noise { .. }
        | Op::Join { .. } => Vec::new(),
    }
}

fn weight_and_bias(weight: Vec<usize>, bias: bool) -> Vec<Tensor> {
    let out = weight[0]; // both have a first axis
    let bias = bias.then(|| tensor("bias", Part::Bias, vec![out]));
    std::iter::once(tensor("weight", Part::Weight, weight)).chain(bias).collect()
}

fn norm_tensors(layer: &Layer, kind: NormKind, affine: bool) -> Vec<Tensor> {
    let units = vec![layer.output.units()];
    let (shape, statistics) = match kind {
        NormKind::Layer => (layer.output.axes(), Vec::new()),
        NormKind::Batch => (units.clone(), vec![tensor("mean", Part::Mean, units.clone()), tensor("var", Part::Var, units)]),
    };
    let trained = || vec![tensor("scale", Part::Scale, shape.clone()), tensor("shift", Part::Shift, shape.clone())];
    let trained = if affine { trained() } else { Vec::new() };
    trained.into_iter().chain(statistics).collect()
}

/// What the cells of a layer train in this layer alone, share by share: numbers for the layer at the first share with the cell.
fn cell_tensors(plan: &Plan, layer: usize, placement: &Placement) -> Vec<Tensor> {
    let tensor = |part: WeightPart| {
        let WeightPart::LayerTrained { share, trained, count } = part else { return None };
        let index = placement.shares[share].cell; // a part of this placement
        let (cell, trained) = (&plan.cells[index], &plan.cells[index].trained[trained]);
        let before = placement.shares[..share].iter().filter(|other| other.cell == index).count();
        let number = if before == 0 { String::new() } else { format!(".{}", before + 1) };
        let name = format!("{}.{}{number}", cell.name, trained.name);
        (count > 0).then(|| (name, Part::Trained { start: trained.start }, vec![count]))
    };
    plan.layer_weights(layer).into_iter().filter_map(tensor).collect()
}

fn function_tensors(function: &Function) -> Vec<Tensor> {
    let widths = function.widths();
    let of_layer = |(index, pair): (usize, &[usize])| {
        let number = index + 1;
        let weight = (format!("weight{number}"), Part::Weight, vec![pair[1], pair[0]]);
        [weight, (format!("bias{number}"), Part::Bias, vec![pair[1]])]
    };
    widths.windows(2).enumerate().flat_map(of_layer).collect()
}
