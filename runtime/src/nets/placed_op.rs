//! Placed cells as one differentiable operation of two values: what comes in, and a flat list of trained numbers.
//!
//! Forward keeps nothing but these two; backward computes both gradients in one pass.

use super::cells_op::plain;
use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::TensorData;
use hetc_kernels::Placed;
use std::sync::Arc;

/// The operation on primitives.
#[backend_extension(Flex, Autodiff)]
pub trait PlacedOps: Backend {
    /// `[samples, values]` of the answers, for `[samples, values]` and the executor's weights.
    fn placed_forward(x: FloatTensor<Self>, weights: FloatTensor<Self>, executor: Arc<Placed>) -> FloatTensor<Self>;
}

/// Its backward pass, for backends that compute: differentiation is of first order only.
pub trait PlacedSlopes: PlacedOps {
    /// The gradients of `x` and of the weights, from that of the answers.
    fn placed_backward(
        x: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        executor: Arc<Placed>,
    ) -> [FloatTensor<Self>; 2];
}

impl PlacedOps for Flex {
    fn placed_forward(x: FlexTensor, weights: FlexTensor, executor: Arc<Placed>) -> FlexTensor {
        let (x, weights) = (plain(x), plain(weights));
        let (input, output) = (executor.input_len(), executor.output_len());
        let values: &[f32] = x.storage();
        let samples = values.len() / input.max(1);
        let mut answers = vec![0.0; samples * output];
        executor.forward(values, weights.storage(), &mut answers);
        FlexTensor::from_data(TensorData::new(answers, [samples, output]))
    }
}

impl PlacedSlopes for Flex {
    fn placed_backward(x: FlexTensor, weights: FlexTensor, grad: FlexTensor, executor: Arc<Placed>) -> [FlexTensor; 2] {
        let (x, weights, grad) = (plain(x), plain(weights), plain(grad));
        let (values, numbers): (&[f32], &[f32]) = (x.storage(), weights.storage());
        let (mut slopes, mut weight_slopes) = (vec![0.0; values.len()], vec![0.0; numbers.len()]);
        executor.backward(values, numbers, grad.storage(), &mut slopes, &mut weight_slopes);
        let shaped = |numbers, like: &FlexTensor| FlexTensor::from_data(TensorData::new(numbers, like.shape()));
        [shaped(slopes, &x), shaped(weight_slopes, &weights)]
    }
}

#[derive(Debug)]
struct PlacedBackward;

impl<B: PlacedSlopes> Backward<B, 2> for PlacedBackward {
    type State = (FloatTensor<B>, FloatTensor<B>, Arc<Placed>);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = grads.consume::<B>(&ops.node);
        let (x, weights, executor) = ops.state;
        let slopes = B::placed_backward(x, weights, grad, executor);
        for (parent, slope) in ops.parents.into_iter().zip(slopes) {
            if let Some(node) = parent {
                grads.register::<B>(node.id, slope);
            }
        }
    }
}

impl<B: PlacedSlopes, C: CheckpointStrategy> PlacedOps for Autodiff<B, C> {
    fn placed_forward(x: FloatTensor<Self>, weights: FloatTensor<Self>, executor: Arc<Placed>) -> FloatTensor<Self> {
        let ((x, of_x), (weights, of_weights)) = (x.into_parts(), weights.into_parts());
        match PlacedBackward.prepare::<C>([of_x, of_weights]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let answers = B::placed_forward(x.clone(), weights.clone(), executor.clone());
                prep.finish((x, weights, executor), answers)
            }
            OpsKind::UnTracked(prep) => prep.finish(B::placed_forward(x, weights, executor)),
        }
    }
}
