//! Weights into a module and gradients out of it, in the order of [`crate::params::Table`].
//!
//! A parameter of the module is one tensor of the table, or several that follow each other, flat.

use crate::params::{Entry, Table};
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor, TensorData};
use std::ops::Range;

/// The module with the numbers of a flat buffer as its parameters, `tracked` if their gradients are wanted.
pub fn load<M: Module>(module: M, params: &[f32], device: &Device, tracked: bool) -> M {
    module.map(&mut Load { rest: params, device, tracked })
}

/// Hands every tensor's place in the flat buffer and its gradient to `take`; a tensor that the loss does not depend on has zeros.
pub fn unload<M: Module>(module: &M, table: &Table, grads: Gradients, take: impl FnMut(Range<usize>, &[f32])) {
    module.visit(&mut Unload { entries: table.params.iter(), grads, take });
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

struct Unload<'a, F> {
    entries: std::slice::Iter<'a, Entry>,
    grads: Gradients,
    take: F,
}

impl<F: FnMut(Range<usize>, &[f32])> ModuleVisitor for Unload<'_, F> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val();
        let gradient = match value.grad_remove(&mut self.grads) {
            Some(gradient) => super::numbers(gradient),
            None => vec![0.0; value.shape().num_elements()],
        };
        let mut rest = &gradient[..];
        while !rest.is_empty() {
            let Some(entry) = self.entries.next() else { return };
            let (own, others) = rest.split_at(entry.range.len());
            (self.take)(entry.range.clone(), own);
            rest = others;
        }
    }
}
