//! Cells as one differentiable operation.
//!
//! Forward keeps nothing but its input. Backward multiplies the incoming gradient by each cell's derivative, taken from the formula and
//! not from burn's automatic differentiation: so ties, NaN and the unchosen side of a `select` count as the formula says, where
//! differentiating masks would turn `0 * inf` into NaN.

use super::interpret::interpret;
use super::kernel::Kernel;
use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Device, Int, Tensor, TensorData};
use hetc_compiler::formula::Formula;
use hetc_compiler::layout::Run;
use std::sync::Arc;

/// A layer's cells and where each applies.
#[derive(Debug)]
pub struct Cells {
    formulas: Vec<Formula>,
    slopes: Vec<Formula>,
    runs: Vec<Run>,
    /// Values in one sample.
    elements: usize,
    kernel: Option<Kernel>,
}

impl Cells {
    /// One formula a share; `runs` cover the `elements` of one sample. Without a kernel, tensor operations do the work.
    pub fn new(formulas: Vec<Formula>, runs: Vec<Run>, elements: usize, kernel: Option<Kernel>) -> Self {
        let slopes = formulas.iter().map(|formula| formula.derivative(0)).collect();
        Self { formulas, slopes, runs, elements, kernel }
    }

    /// Each share's formula applied to its part of every sample, as tensor operations.
    fn apply(&self, formulas: &[Formula], x: Tensor<2>) -> Tensor<2> {
        if let [formula] = formulas {
            return interpret(formula, x);
        }
        let device = x.device();
        let places = self.places();
        let parts = formulas.iter().zip(&places).filter(|(_, places)| !places.is_empty());
        let answers = parts.map(|(formula, places)| interpret(formula, x.clone().select(1, indices(places, &device)))).collect();
        Tensor::cat(answers, 1).select(1, indices(&inverse(&places), &device))
    }

    /// The elements of a sample that belong to each share, in order.
    fn places(&self) -> Vec<Vec<usize>> {
        let mut places = vec![Vec::new(); self.formulas.len()];
        let mut start = 0;
        for run in &self.runs {
            places[run.share].extend(start..start + run.len);
            start += run.len;
        }
        places
    }
}

fn indices(places: &[usize], device: &Device) -> Tensor<1, Int> {
    let indices: Vec<i64> = places.iter().map(|place| *place as i64).collect();
    Tensor::from_data(TensorData::new(indices, [places.len()]), device)
}

/// Where each element of a sample lies once the shares are put one after the other.
fn inverse(places: &[Vec<usize>]) -> Vec<usize> {
    let mut inverse = vec![0; places.iter().map(Vec::len).sum()];
    for (new, old) in places.iter().flatten().enumerate() {
        inverse[*old] = new;
    }
    inverse
}

/// The operation on primitives.
#[backend_extension(Flex, Autodiff)]
pub trait CellOps: Backend {
    /// Every value through its cell.
    fn cells_forward(x: FloatTensor<Self>, cells: Arc<Cells>) -> FloatTensor<Self>;
}

/// Its backward pass, for backends that compute: differentiation is of first order only.
pub trait CellSlopes: CellOps {
    /// The gradient of `x`, from that of the values.
    fn cells_backward(x: FloatTensor<Self>, grad: FloatTensor<Self>, cells: Arc<Cells>) -> FloatTensor<Self>;
}

impl CellOps for Flex {
    fn cells_forward(x: FlexTensor, cells: Arc<Cells>) -> FlexTensor {
        let x = plain(x);
        let Some(kernel) = &cells.kernel else { return by_tensors(x, |x| cells.apply(&cells.formulas, x), cells.elements) };
        let values: &[f32] = x.storage();
        let mut answers = vec![0.0; values.len()];
        kernel.forward(values, &mut answers);
        FlexTensor::from_data(TensorData::new(answers, x.shape()))
    }
}

impl CellSlopes for Flex {
    fn cells_backward(x: FlexTensor, grad: FlexTensor, cells: Arc<Cells>) -> FlexTensor {
        let (x, mut grad) = (plain(x), plain(grad));
        let Some(kernel) = &cells.kernel else {
            let grad = rows(grad, cells.elements);
            return by_tensors(x, |x| grad * cells.apply(&cells.slopes, x), cells.elements);
        };
        // Over the incoming gradient where nobody else holds it; a copy otherwise.
        kernel.backward(x.storage(), grad.storage_mut());
        grad
    }
}

/// Contiguous, alone in its buffer, from its start.
pub(super) fn plain(x: FlexTensor) -> FlexTensor {
    let whole = x.is_contiguous() && x.layout().start_offset() == 0 && x.bytes().len() == 4 * x.layout().num_elements();
    if whole { x } else { x.to_contiguous() }
}

fn rows(x: FlexTensor, elements: usize) -> Tensor<2> {
    let samples = x.layout().num_elements() / elements.max(1);
    Tensor::from_primitive::<Flex>(x.reshape([samples, elements].into()))
}

fn by_tensors(x: FlexTensor, f: impl FnOnce(Tensor<2>) -> Tensor<2>, elements: usize) -> FlexTensor {
    let shape = x.shape();
    let answer = super::numbers(f(rows(x, elements)));
    FlexTensor::from_data(TensorData::new(answer, shape))
}

#[derive(Debug)]
struct CellsBackward;

impl<B: CellSlopes> Backward<B, 1> for CellsBackward {
    type State = (FloatTensor<B>, Arc<Cells>);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [parent] = ops.parents;
        let grad = grads.consume::<B>(&ops.node);
        let (x, cells) = ops.state;
        if let Some(node) = parent {
            grads.register::<B>(node.id, B::cells_backward(x, grad, cells));
        }
    }
}

impl<B: CellSlopes, C: CheckpointStrategy> CellOps for Autodiff<B, C> {
    fn cells_forward(x: FloatTensor<Self>, cells: Arc<Cells>) -> FloatTensor<Self> {
        let (x, guard) = x.into_parts();
        match CellsBackward.prepare::<C>([guard]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let answer = B::cells_forward(x.clone(), cells.clone());
                prep.finish((x, cells), answer)
            }
            OpsKind::UnTracked(prep) => prep.finish(B::cells_forward(x, cells)),
        }
    }
}
