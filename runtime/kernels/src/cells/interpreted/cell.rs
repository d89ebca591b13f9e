//! A cell's steps and formula, forward and backward over a block of sites.
//!
//! A *slot* holds one input of the formula for all lanes of the block: first the cell's values, then its trained parameters, then what its
//! steps give. Lane `element * sites + site` is an element of a site.

use super::perceptron::{self, Prepared};
use super::program::{Program, Registers, pieces};
use super::reduce::{pull_back, reduce};
use crate::cells::points::Points;
use hetc_compiler::formula::Formula;
use hetc_compiler::plan::{self, Plan, Reduction};

/// A formula and its gradient.
#[derive(Debug)]
struct Expression {
    value: Program,
    gradient: Program,
}

#[derive(Debug)]
enum Step {
    Reduce { by: Reduction, of: Expression },
    Call { function: usize, of: Vec<Expression> },
    Lookup { table: Points, of: Expression },
}

#[derive(Debug)]
pub struct Cell {
    /// Values and trained parameters: the slots before those of steps.
    given: usize,
    steps: Vec<Step>,
    answer: Expression,
}

/// The lanes under way on one thread.
#[derive(Debug, Default)]
pub struct Scratch {
    pub slots: Vec<Vec<f32>>,
    /// The gradient of each slot.
    pub gradients: Vec<Vec<f32>>,
    /// Answers, or their gradients.
    pub answers: Vec<f32>,
    values: Vec<f32>,
    arguments: Vec<Vec<f32>>,
    argument_gradients: Vec<Vec<f32>>,
    registers: Registers,
    perceptron: perceptron::Scratch,
}

/// A block: so many sites of so many elements.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub sites: usize,
    pub lanes: usize,
}

impl Scratch {
    /// Room for `slots` slots of `lanes` lanes.
    pub fn provide(&mut self, slots: usize, lanes: usize) {
        for buffers in [&mut self.slots, &mut self.gradients] {
            buffers.resize_with(slots.max(buffers.len()), Vec::new);
        }
        let arguments = usize::from(hetc_compiler::limits::MAX_INPUTS);
        self.arguments.resize_with(arguments, Vec::new);
        self.argument_gradients.resize_with(arguments, Vec::new);
        let lists = [&mut self.slots, &mut self.gradients, &mut self.arguments, &mut self.argument_gradients];
        let buffers = lists.into_iter().flatten().chain([&mut self.answers, &mut self.values]);
        buffers.filter(|buffer| buffer.len() < lanes).for_each(|buffer| buffer.resize(lanes, 0.0));
    }
}

impl Expression {
    fn new(formula: &Formula) -> Self {
        Self { value: Program::new(formula), gradient: Program::new(&formula.gradient()) }
    }

    /// Adds to the gradient of every slot what this expression's gradient makes of it.
    ///
    /// With `steps`, a lane whose gradient is 0 adds nothing, also where the slope is infinite or NaN: the answer does not depend on it.
    fn pull_back(&self, slots: &[Vec<f32>], gradient: &[f32], registers: &mut Registers, out: &mut [Vec<f32>], steps: bool) {
        for lanes in pieces(gradient.len()) {
            self.gradient.run(slots, lanes.clone(), registers);
            let gradient = &gradient[lanes.clone()];
            for (k, out) in out.iter_mut().enumerate().take(self.gradient.results()) {
                if self.gradient.constant(k) == Some(0.0) {
                    continue;
                }
                let slopes = self.gradient.result(k, slots, lanes.clone(), registers);
                let triples = out[lanes.clone()].iter_mut().zip(gradient).zip(slopes);
                if steps {
                    triples.for_each(|((out, gradient), slope)| *out += if *gradient == 0.0 { 0.0 } else { gradient * slope });
                } else {
                    triples.for_each(|((out, gradient), slope)| *out += gradient * slope);
                }
            }
        }
    }
}

impl Cell {
    /// `functions` are the plan's indices of those that the layer has, in order.
    pub fn new(plan: &Plan, cell: &plan::Cell, functions: &[usize]) -> Self {
        let step = |step: &plan::Step| match step {
            plan::Step::Reduce { by, of } => Step::Reduce { by: *by, of: Expression::new(of) },
            plan::Step::Lookup { table, of } => {
                Step::Lookup { table: Points::new(&plan.tables[*table]), of: Expression::new(of) }
            }
            plan::Step::Call { function, of } => Step::Call {
                function: functions.partition_point(|known| known < function),
                of: of.iter().map(Expression::new).collect(),
            },
        };
        Self {
            given: usize::from(cell.inputs) + cell.trained.len(),
            steps: cell.steps.iter().map(step).collect(),
            answer: Expression::new(&cell.formula),
        }
    }

    pub fn slots(&self) -> usize {
        self.given + self.steps.len()
    }

    /// From the slots that are given to the answers.
    pub fn forward(&self, functions: &[Prepared], size: Size, scratch: &mut Scratch) {
        self.run_steps(functions, size, scratch);
        self.answer.value.evaluate(&scratch.slots, size.lanes, &mut scratch.registers, &mut scratch.answers);
    }

    fn run_steps(&self, functions: &[Prepared], size: Size, scratch: &mut Scratch) {
        for (step, slot) in self.steps.iter().zip(self.given..) {
            let mut out = std::mem::take(&mut scratch.slots[slot]);
            let out_lanes = &mut out[..size.lanes];
            match step {
                Step::Reduce { by, of } => {
                    let values = scratch.evaluate(of, size);
                    reduce(*by, values, size.sites, out_lanes);
                }
                Step::Lookup { table, of } => {
                    out_lanes.copy_from_slice(scratch.evaluate(of, size));
                    table.apply(out_lanes);
                }
                Step::Call { function, of } => {
                    scratch.evaluate_arguments(of, size);
                    let memory = (&mut scratch.perceptron, &mut scratch.registers);
                    functions[*function].forward(&scratch.arguments, size.lanes, memory, out_lanes);
                }
            }
            scratch.slots[slot] = out;
        }
    }

    /// From the gradients of the answers to those of all slots; those of the functions' weights are added to `sums`.
    pub fn backward(&self, functions: &[Prepared], size: Size, scratch: &mut Scratch, sums: &mut [f64]) {
        self.run_steps(functions, size, scratch);
        scratch.gradients[..self.slots()].iter_mut().for_each(|gradient| gradient[..size.lanes].fill(0.0));
        let answers = &scratch.answers[..size.lanes];
        self.answer.pull_back(&scratch.slots, answers, &mut scratch.registers, &mut scratch.gradients, false);
        for (step, slot) in self.steps.iter().zip(self.given..self.slots()).rev() {
            let mut gradient = std::mem::take(&mut scratch.gradients[slot]);
            scratch.step_back(step, slot, functions, size, &mut gradient[..size.lanes], sums);
            scratch.gradients[slot] = gradient;
        }
    }
}

impl Scratch {
    fn evaluate(&mut self, of: &Expression, size: Size) -> &mut [f32] {
        of.value.evaluate(&self.slots, size.lanes, &mut self.registers, &mut self.values);
        &mut self.values[..size.lanes]
    }

    fn evaluate_arguments(&mut self, of: &[Expression], size: Size) {
        for (of, argument) in of.iter().zip(&mut self.arguments) {
            of.value.evaluate(&self.slots, size.lanes, &mut self.registers, argument);
        }
    }

    /// Hands the gradient of a step's slot on to the slots before.
    fn step_back(
        &mut self,
        step: &Step,
        slot: usize,
        functions: &[Prepared],
        size: Size,
        gradient: &mut [f32],
        sums: &mut [f64],
    ) {
        match step {
            Step::Reduce { by, of } => {
                self.evaluate(of, size);
                pull_back(*by, &self.values[..size.lanes], &self.slots[slot], size.sites, gradient);
                of.pull_back(&self.slots, gradient, &mut self.registers, &mut self.gradients, true);
            }
            Step::Lookup { table, of } => {
                let slopes = self.evaluate(of, size);
                table.slopes(slopes);
                for (gradient, slope) in gradient.iter_mut().zip(slopes) {
                    *gradient = if *gradient == 0.0 { 0.0 } else { *gradient * *slope };
                }
                of.pull_back(&self.slots, gradient, &mut self.registers, &mut self.gradients, true);
            }
            Step::Call { function, of } => {
                self.evaluate_arguments(of, size);
                for argument in &mut self.arguments[..of.len()] {
                    // A lane that nothing depends on must not make the weights' gradients NaN.
                    let lanes = argument.iter_mut().zip(&*gradient).filter(|(_, gradient)| **gradient == 0.0);
                    lanes.for_each(|(argument, _)| *argument = 0.0);
                }
                let memory = (&mut self.perceptron, &mut self.registers);
                functions[*function].backward(&self.arguments, gradient, memory, &mut self.argument_gradients, sums);
                for (of, gradient) in of.iter().zip(&self.argument_gradients) {
                    of.pull_back(&self.slots, &gradient[..size.lanes], &mut self.registers, &mut self.gradients, true);
                }
            }
        }
    }
}
