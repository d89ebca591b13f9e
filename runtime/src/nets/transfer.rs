//! Weights into a module and gradients out of it, in the order of [`crate::params::Table`].

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor, TensorData};

/// The module with the numbers of a flat buffer as its parameters, `tracked` if their gradients are wanted.
pub fn load<M: Module>(module: M, params: &[f32], device: &Device, tracked: bool) -> M {
    module.map(&mut Load { rest: params, device, tracked })
}

/// Hands every parameter's gradient to `take`; a parameter that the loss does not depend on has zeros.
pub fn unload<M: Module>(module: &M, grads: Gradients, take: impl FnMut(&[f32])) {
    module.visit(&mut Unload { grads, take });
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

struct Unload<F> {
    grads: Gradients,
    take: F,
}

impl<F: FnMut(&[f32])> ModuleVisitor for Unload<F> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val();
        match value.grad_remove(&mut self.grads) {
            Some(gradient) => (self.take)(&super::numbers(gradient)),
            None => (self.take)(&vec![0.0; value.shape().num_elements()]),
        }
    }
}
