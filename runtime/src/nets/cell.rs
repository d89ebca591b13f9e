//! A cell with steps, over all sites of a share at once.

use super::interpret::{stretch, together};
use super::lookup::Lookup;
use super::perceptron::Perceptron;
use super::reduce::reduce;
use super::tangent::Reading;
use burn::tensor::{Bool, Device, Tensor};
use hetc_compiler::plan::{self, Plan, Reduction};

/// A cell's steps and its formula.
#[derive(Debug)]
pub struct Cell {
    steps: Vec<Step>,
    formula: Reading,
}

#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // a few a layer
enum Step {
    Reduce { by: Reduction, of: Reading },
    Call { function: usize, perceptron: Perceptron, of: Vec<Reading> },
    Lookup { table: Lookup, of: Reading },
}

impl Cell {
    /// Of the plan's.
    pub fn new(plan: &Plan, cell: &plan::Cell, device: &Device) -> Self {
        let step = |step: &plan::Step| match step {
            plan::Step::Reduce { by, of } => Step::Reduce { by: *by, of: Reading::new(of) },
            plan::Step::Call { function, of } => Step::Call {
                function: *function,
                perceptron: Perceptron::new(&plan.functions[*function]), // a plan's indices exist
                of: of.iter().map(Reading::new).collect(),
            },
            plan::Step::Lookup { table, of } => {
                Step::Lookup { table: Lookup::new(&plan.tables[*table], device), of: Reading::new(of) }
            }
        };
        Self { steps: cell.steps.iter().map(step).collect(), formula: Reading::new(&cell.formula) }
    }

    /// The answers at all sites, for `known`: the values, whose sizes the answers have, and the trained parameters. `numbers` gives the
    /// numbers of a learned function; for `absent` see [`reduce`].
    pub fn answer(
        &self,
        mut known: Vec<Tensor<4>>,
        numbers: impl Fn(usize) -> Tensor<1>,
        absent: Option<&Tensor<4, Bool>>,
    ) -> Tensor<4> {
        let dims = known[0].dims();
        for step in &self.steps {
            let result = match step {
                Step::Reduce { by, of } => reduce(*by, stretch(of.apply(&known), dims), absent),
                Step::Lookup { table, of } => table.apply(of.apply(&known)),
                Step::Call { function, perceptron, of } => {
                    call(perceptron, &numbers(*function), of.iter().map(|of| of.apply(&known)).collect())
                }
            };
            known.push(result);
        }
        stretch(self.formula.apply(&known), dims)
    }
}

/// A learned function of arguments, at every site.
fn call(perceptron: &Perceptron, numbers: &Tensor<1>, arguments: Vec<Tensor<4>>) -> Tensor<4> {
    let dims = arguments.iter().map(Tensor::dims).reduce(together).unwrap_or([1; 4]);
    let rows = arguments.into_iter().map(|argument| stretch(argument, dims).reshape([1, -1])).collect();
    perceptron.forward(numbers, Tensor::cat(rows, 0)).reshape(dims)
}
