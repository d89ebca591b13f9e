//! A network with a formula in the place of a learned function: everything else, weights included, stays as it is.

use hetc_compiler::formula::{Builder, Formula, NodeId};
use hetc_compiler::plan::{Cell, Plan, Step};
use hetc_engine::params::{Entry, Table, Weights};

/// The network and its weights.
pub struct Replaced {
    /// The network.
    pub plan: Plan,
    /// Those of the weights that are left.
    pub weights: Weights,
}

/// `plan` with `formula` wherever a cell calls the learned function `name`; `None` if there is no such function.
pub fn replace(plan: &Plan, weights: &Weights, name: &str, formula: &Formula) -> Option<Replaced> {
    let function = plan.functions.iter().position(|function| function.name == name)?;
    let mut replaced = plan.clone();
    for cell in &mut replaced.cells {
        *cell = without(cell, function, formula);
    }
    replaced.drop_unused();
    replaced.recount();
    let (old, new) = (Table::of(plan), Table::of(&replaced));
    let weights = Weights { params: kept(&old.params, &new.params, &weights.params), state: weights.state.clone() };
    Some(Replaced { plan: replaced, weights })
}

/// The numbers of the tensors in `new`, by name.
fn kept(old: &[Entry], new: &[Entry], numbers: &[f32]) -> Vec<f32> {
    let of = |entry: &Entry| old.iter().find(|other| other.name == entry.name).map(|other| &numbers[other.range.clone()]);
    new.iter().filter_map(of).flatten().copied().collect()
}

/// `cell` with the formula in place of the calls: what later steps and the cell's formula read is put into them.
fn without(cell: &Cell, function: usize, formula: &Formula) -> Cell {
    let fixed = usize::from(cell.inputs) + cell.trained.len();
    let mut rewrite = Rewrite { inputs: (0..fixed).map(|input| Known::Input(input as u8)).collect(), kept: fixed };
    let mut steps = Vec::new();
    for step in &cell.steps {
        match step {
            Step::Call { function: called, of } if *called == function => {
                let arguments: Vec<Formula> = of.iter().map(|of| rewrite.formula(of)).collect();
                let mut builder = Builder::new();
                let inputs: Vec<NodeId> = (0..rewrite.kept).map(|input| builder.input(input as u8)).collect();
                let arguments: Vec<NodeId> = arguments.iter().map(|argument| builder.inline(argument, &inputs)[0]).collect();
                let roots = builder.inline(formula, &arguments);
                rewrite.inputs.push(Known::Formula(builder.finish(&roots, rewrite.kept as u8)));
                continue;
            }
            Step::Call { function, of } => {
                steps.push(Step::Call { function: *function, of: of.iter().map(|of| rewrite.formula(of)).collect() });
            }
            Step::Reduce { by, of } => steps.push(Step::Reduce { by: *by, of: rewrite.formula(of) }),
            Step::Lookup { table, of } => steps.push(Step::Lookup { table: *table, of: rewrite.formula(of) }),
        }
        rewrite.inputs.push(Known::Input(rewrite.kept as u8));
        rewrite.kept += 1;
    }
    Cell { steps, formula: rewrite.formula(&cell.formula), ..cell.clone() }
}

/// What the inputs of a cell's old formulas are in its new ones.
struct Rewrite {
    inputs: Vec<Known>,
    /// How many inputs new formulas have so far.
    kept: usize,
}

enum Known {
    Input(u8),
    /// Of the inputs that were there when it was made.
    Formula(Formula),
}

impl Rewrite {
    fn formula(&self, old: &Formula) -> Formula {
        let mut builder = Builder::new();
        let new: Vec<NodeId> = (0..self.kept).map(|input| builder.input(input as u8)).collect();
        let mut inputs = Vec::with_capacity(self.inputs.len());
        for known in &self.inputs {
            inputs.push(match known {
                Known::Input(input) => new[usize::from(*input)],
                Known::Formula(formula) => builder.inline(formula, &new)[0], // every formula has a result
            });
        }
        let roots = builder.inline(old, &inputs);
        builder.finish(&roots, self.kept as u8)
    }
}
