//! What a layer is here, and which one each operation of a plan becomes.

use crate::cells::Cells;
use crate::conv::Conv;
use crate::dense::Dense;
use crate::dual::Dual;
use crate::join::Join;
use crate::norm::{BatchNorm, LayerNorm};
use crate::pool::Pool;
use crate::response::Response;
use hetc_compiler::plan::{NormKind, Op, Plan};
use hetc_engine::params::{Entry, Owner, Part, Table};
use std::fmt::Debug;
use std::ops::Range;

/// Numbers of one sample, in the plan's order.
pub type Values = Vec<Dual>;

/// The numbers of a network, in the order of [`Table`].
#[derive(Debug, Clone, Copy)]
pub struct Numbers<'a> {
    /// What is trained, moving along the direction.
    pub params: &'a [Dual],
    /// Running statistics, which stay.
    pub state: &'a [f64],
}

/// A layer in evaluation, for one sample.
pub trait Layer: Debug + Send + Sync {
    /// Its value, from those that it reads.
    fn forward(&self, inputs: &[&[Dual]], numbers: Numbers) -> Values;

    /// From the gradient of its value to those of what it reads, one each; those of its parameters are added to `gradients`, which has
    /// all of the network.
    fn backward(&self, inputs: &[&[Dual]], dy: &[Dual], numbers: Numbers, gradients: &mut [Dual]) -> Vec<Values>;
}

/// Where a layer's tensors lie among the network's.
pub struct Places<'a> {
    table: &'a Table,
    layer: usize,
}

impl Places<'_> {
    /// Where the tensor that is `part` lies, if the layer has it.
    pub fn find(&self, part: Part) -> Option<Range<usize>> {
        let is_it = |entry: &&Entry| entry.owner == Owner::Layer(self.layer) && entry.part == part;
        self.table.params.iter().chain(&self.table.state).find(is_it).map(|entry| entry.range.clone())
    }

    /// As [`Places::find`], of a tensor that this kind of layer always has.
    pub fn own(&self, part: Part) -> Range<usize> {
        self.find(part).expect("the table has every tensor of a layer of its plan")
    }
}

/// Layer `index` of `plan` in evaluation; `None` if it draws noise even then.
pub fn layer(plan: &Plan, table: &Table, index: usize) -> Option<Box<dyn Layer>> {
    let layer = &plan.layers[index];
    let places = Places { table, layer: index };
    Some(match &layer.op {
        Op::Conv { .. } => Box::new(Conv::new(layer, &places)?),
        Op::Dense { .. } => Box::new(Dense::new(layer, &places)),
        Op::Pool { .. } | Op::AdaptivePool { .. } => Box::new(Pool::new(layer)?),
        Op::Norm { kind: NormKind::Batch, epsilon, .. } => Box::new(BatchNorm::new(layer, *epsilon, &places)),
        Op::Norm { kind: NormKind::Layer, epsilon, .. } => Box::new(LayerNorm::new(*epsilon, &places)),
        Op::Response { size, alpha, beta, k } => Box::new(Response::new(layer, *size, [*alpha, *beta, *k])),
        Op::Join { how } => Box::new(Join::new(*how, plan.sources(index).into_iter().map(|value| plan.shape(value)).collect())),
        Op::Cells(placement) => Box::new(Cells::new(plan, table, index, placement)?),
        Op::Noise { always: true, .. } => return None,
        Op::Flatten | Op::Dropout { .. } | Op::Noise { .. } => Box::new(Same),
    })
}

/// The same numbers again: under another shape, or what only training changes.
#[derive(Debug)]
struct Same;

impl Layer for Same {
    fn forward(&self, inputs: &[&[Dual]], _: Numbers) -> Values {
        inputs[0].to_vec()
    }

    fn backward(&self, _: &[&[Dual]], dy: &[Dual], _: Numbers, _: &mut [Dual]) -> Vec<Values> {
        vec![dy.to_vec()]
    }
}
