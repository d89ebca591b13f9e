//! What is trained and what is kept, in the order of the plan.
//!
//! All parameters of a network lie in one flat buffer, one after the other in the order of [`Table::params`]; so do the running
//! statistics of batch norms ([`Table::state`]). A tensor's name is its layer's name and its part: `conv1.weight`, `norm2.mean`.

use hetc_compiler::plan::{Layer, NormKind, Op, Plan};
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
    /// Its layer's name and its part: `dense2.bias`.
    pub name: String,
    /// Index of its layer in the plan.
    pub layer: usize,
    /// Sizes along its axes, outermost first.
    pub shape: Vec<usize>,
    /// Its place in the flat buffer.
    pub range: Range<usize>,
    /// What it is in its layer.
    pub part: Part,
}

/// What a tensor is in its layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `[out, in / groups, kernel h, kernel w]` or `[out, in]`.
    Weight,
    /// `[out]`.
    Bias,
    /// A norm's factor: a sample's shape, or one value a unit.
    Scale,
    /// A norm's summand, shaped like [`Part::Scale`].
    Shift,
    /// A batch norm's running mean, one value a unit.
    Mean,
    /// A batch norm's running variance, one value a unit.
    Var,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Part::Weight => "weight",
            Part::Bias => "bias",
            Part::Scale => "scale",
            Part::Shift => "shift",
            Part::Mean => "mean",
            Part::Var => "var",
        }
    }
}

/// The numbers of a network: what [`Table`] says lies where.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// Trained numbers.
    pub params: Vec<f32>,
    /// Running statistics of batch norms.
    pub state: Vec<f32>,
}

impl Table {
    /// The tensors of `plan`.
    pub fn of(plan: &Plan) -> Self {
        let mut table = Table { params: Vec::new(), state: Vec::new() };
        for (index, layer) in plan.layers.iter().enumerate() {
            for (part, shape) in tensors(layer) {
                let list = if matches!(part, Part::Mean | Part::Var) { &mut table.state } else { &mut table.params };
                let start = list.last().map_or(0, |entry| entry.range.end);
                let range = start..start + shape.iter().product::<usize>();
                list.push(Entry { name: format!("{}.{}", layer.name, part.name()), layer: index, shape, range, part });
            }
        }
        table
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

fn tensors(layer: &Layer) -> Vec<(Part, Vec<usize>)> {
    let out = layer.output.units();
    match &layer.op {
        Op::Conv { kernel, groups, .. } => {
            let weight = vec![out, layer.input.units() / groups, kernel[0], kernel[1]];
            vec![(Part::Weight, weight), (Part::Bias, vec![out])]
        }
        Op::Dense => vec![(Part::Weight, vec![out, layer.input.elements()]), (Part::Bias, vec![out])],
        Op::Norm { kind, affine, .. } => norm_tensors(layer, *kind, *affine),
        Op::Flatten | Op::Pool { .. } | Op::AdaptivePool { .. } | Op::Dropout { .. } | Op::Act(_) => Vec::new(),
    }
}

fn norm_tensors(layer: &Layer, kind: NormKind, affine: bool) -> Vec<(Part, Vec<usize>)> {
    let units = vec![layer.output.units()];
    let (shape, statistics) = match kind {
        NormKind::Layer => (layer.output.axes(), Vec::new()),
        NormKind::Batch => (units.clone(), vec![(Part::Mean, units.clone()), (Part::Var, units)]),
    };
    let trained = if affine { vec![(Part::Scale, shape.clone()), (Part::Shift, shape)] } else { Vec::new() };
    trained.into_iter().chain(statistics).collect()
}
