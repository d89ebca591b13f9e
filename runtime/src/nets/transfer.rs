//! Weights into a module and gradients out of it, in the order of [`crate::params::Table`].
//!
//! A parameter of the module is one tensor of the table, or several that follow each other, flat.

use crate::params::Table;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor, TensorData, Transaction};
use std::ops::Range;

/// The module with the numbers of a flat buffer as its parameters, `tracked` if their gradients are wanted.
pub fn load<M: Module>(module: M, params: &[f32], device: &Device, tracked: bool) -> M {
    module.map(&mut Load { rest: params, device, tracked })
}

/// Hands every tensor's place in the flat buffer and its gradient to `take`; a tensor that the loss does not depend on has zeros.
pub fn unload<M: Module>(module: &M, table: &Table, grads: Gradients, mut take: impl FnMut(Range<usize>, &[f32])) {
    let mut unload = Unload { grads, sizes: Vec::new(), found: Vec::new() };
    module.visit(&mut unload);
    let mut found = read(unload.found.into_iter()).into_iter();
    let mut entries = table.params.iter();
    for (size, known) in unload.sizes {
        let gradient = if known { found.next().unwrap_or_default() } else { vec![0.0; size] };
        let mut rest = &gradient[..];
        while !rest.is_empty() {
            let Some(entry) = entries.next() else { return };
            let (own, others) = rest.split_at(entry.range.len());
            take(entry.range.clone(), own);
            rest = others;
        }
    }
}

/// The numbers of tensors that are in no graph, all in one go: a device is waited for once.
pub fn read(tensors: impl ExactSizeIterator<Item = Tensor<1>>) -> Vec<Vec<f32>> {
    if tensors.len() == 0 {
        return Vec::new();
    }
    let all = tensors.fold(Transaction::default(), Transaction::register).execute();
    all.into_iter().map(|data| data.try_into_vec().unwrap_or_default()).collect() // every tensor here is f32
}

/// Whether the parameters of the module are the tensors of the table, one after the other.
pub fn fits<M: Module>(module: &M, table: &Table) -> bool {
    let mut shapes = Shapes(Vec::new());
    module.visit(&mut shapes);
    let mut entries = table.params.iter();
    let fit = shapes.0.iter().all(|shape| {
        let mut rest: usize = shape.iter().product();
        while rest > 0 {
            let Some(entry) = entries.next().filter(|entry| entry.range.len() <= rest) else { return false };
            if shape.len() > 1 && *shape != entry.shape {
                return false;
            }
            rest -= entry.range.len();
        }
        true
    });
    fit && entries.next().is_none()
}

struct Shapes(Vec<Vec<usize>>);

impl ModuleVisitor for Shapes {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.push(param.val().dims().to_vec());
    }
}

struct Load<'a> {
    rest: &'a [f32],
    device: &'a Device,
    tracked: bool,
}

impl ModuleMapper for Load<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, old, _) = param.consume();
        let dims = old.dims();
        let (numbers, rest) = self.rest.split_at(dims.iter().product());
        self.rest = rest;
        let value = Tensor::from_data(TensorData::new(numbers.to_vec(), dims), self.device);
        Param::initialized(id, if self.tracked { value.require_grad() } else { value })
    }
}

struct Unload {
    grads: Gradients,
    /// For every parameter its size, and whether it has a gradient.
    sizes: Vec<(usize, bool)>,
    /// The gradients that there are, flat.
    found: Vec<Tensor<1>>,
}

impl ModuleVisitor for Unload {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val();
        let gradient = value.grad_remove(&mut self.grads);
        self.sizes.push((value.shape().num_elements(), gradient.is_some()));
        self.found.extend(gradient.map(|gradient| gradient.reshape([-1])));
    }
}
