//! One cell at one site.
//!
//! An element of a site has *slots*, the inputs of the cell's formulas: first its values, then the trained parameters, then what the steps
//! give. Those of all elements lie one after the other.

use super::function::Function;
use super::table::Points;
use crate::dual::Dual;
use crate::formula::Expression;
use hetc_compiler::plan::{self, Plan, Reduction};

#[derive(Debug)]
enum Step {
    Reduce { by: Reduction, of: Expression },
    Call { function: usize, of: Vec<Expression> },
    Lookup { table: Points, of: Expression },
}

#[derive(Debug)]
pub struct Cell {
    /// Slots before those of steps.
    given: usize,
    steps: Vec<Step>,
    answer: Expression,
}

/// What is worked on.
#[derive(Debug, Default)]
pub struct Room {
    pub slots: Vec<Dual>,
    /// Of the slots.
    pub gradients: Vec<Dual>,
    /// Of each element: its answer, or that one's gradient.
    pub answers: Vec<Dual>,
    nodes: Vec<Dual>,
}

impl Room {
    /// Slots for so many elements, anything in them.
    pub fn provide(&mut self, slots: usize, elements: usize) {
        self.slots.resize(slots * elements, Dual::ZERO);
    }
}

impl Cell {
    pub fn new(plan: &Plan, cell: &plan::Cell) -> Self {
        let step = |step: &plan::Step| match step {
            plan::Step::Reduce { by, of } => Step::Reduce { by: *by, of: Expression::new(of) },
            plan::Step::Lookup { table, of } => {
                Step::Lookup { table: Points::new(&plan.tables[*table]), of: Expression::new(of) }
            }
            plan::Step::Call { function, of } => Step::Call { function: *function, of: of.iter().map(Expression::new).collect() },
        };
        Self {
            given: usize::from(cell.inputs) + cell.trained.len(),
            steps: cell.steps.iter().map(step).collect(),
            answer: Expression::new(&cell.formula),
        }
    }

    /// Slots of an element.
    pub fn slots(&self) -> usize {
        self.given + self.steps.len()
    }

    /// The answers, from the slots that are given.
    pub fn forward(&self, functions: &[Function], params: &[Dual], room: &mut Room) {
        self.run_steps(functions, params, room);
        let Room { slots, answers, nodes, .. } = room;
        answers.clear();
        answers.extend(slots.chunks_exact(self.slots()).map(|slots| self.answer.value(slots, nodes)));
    }

    fn run_steps(&self, functions: &[Function], params: &[Dual], Room { slots, nodes, .. }: &mut Room) {
        for (step, at) in self.steps.iter().zip(self.given..) {
            let mut each = |f: &mut dyn FnMut(&[Dual], &mut Vec<Dual>) -> Dual| {
                slots.chunks_exact_mut(self.slots()).for_each(|slots| slots[at] = f(slots, nodes));
            };
            match step {
                Step::Reduce { by, of } => {
                    let mut values = Vec::new();
                    each(&mut |slots, nodes| {
                        values.push(of.value(slots, nodes));
                        Dual::ZERO
                    });
                    let reduced = reduce(*by, &values);
                    each(&mut |_, _| reduced);
                }
                Step::Call { function, of } => each(&mut |slots, nodes| {
                    let arguments: Vec<Dual> = of.iter().map(|of| of.value(slots, nodes)).collect();
                    functions[*function].value(params, &arguments, nodes)
                }),
                Step::Lookup { table, of } => each(&mut |slots, nodes| table.value(of.value(slots, nodes))),
            }
        }
    }

    /// From the gradients of the answers to those of the slots; those of the functions' weights are added to `gradients`.
    pub fn backward(&self, functions: &[Function], params: &[Dual], room: &mut Room, gradients: &mut [Dual]) {
        self.run_steps(functions, params, room);
        let Room { slots, gradients: own, answers, nodes } = room;
        own.clear();
        own.resize(slots.len(), Dual::ZERO);
        let len = self.slots();
        for ((slots, own), dy) in slots.chunks_exact(len).zip(own.chunks_exact_mut(len)).zip(&*answers) {
            self.answer.pull_back(slots, *dy, own, nodes);
        }
        for (step, at) in self.steps.iter().zip(self.given..len).rev() {
            let elements = || slots.chunks_exact(len);
            let dy: Vec<Dual> = own.chunks_exact(len).map(|own| own[at]).collect();
            let dy = match step {
                Step::Reduce { by, of } => {
                    let values: Vec<Dual> = elements().map(|slots| of.value(slots, nodes)).collect();
                    spread(*by, &values, dy.into_iter().sum())
                }
                Step::Lookup { table, of } => {
                    elements().zip(dy).map(|(slots, dy)| dy.times(table.slope(of.value(slots, nodes)))).collect()
                }
                Step::Call { .. } => dy,
            };
            for ((slots, own), dy) in elements().zip(own.chunks_exact_mut(len)).zip(dy) {
                match step {
                    Step::Reduce { of, .. } | Step::Lookup { of, .. } => of.pull_back(slots, dy, own, nodes),
                    Step::Call { .. } if dy.is_zero() => (),
                    Step::Call { function, of } => {
                        let arguments: Vec<Dual> = of.iter().map(|of| of.value(slots, nodes)).collect();
                        let pulled = functions[*function].backward(params, &arguments, dy, gradients, nodes);
                        of.iter().zip(pulled).for_each(|(of, dy)| of.pull_back(slots, dy, own, nodes));
                    }
                }
            }
        }
    }
}

/// The elements of a window taken together; of several extremes their mean, which is their value.
fn reduce(by: Reduction, values: &[Dual]) -> Dual {
    let parts = spread(by, values, Dual::constant(1.0));
    parts.into_iter().zip(values).filter(|(part, _)| !part.is_zero()).map(|(part, value)| part * *value).sum()
}

/// From the gradient of the reduction to those of the elements: an extreme is shared out among those that have it, in equal parts.
fn spread(by: Reduction, values: &[Dual], dy: Dual) -> Vec<Dual> {
    let numbers = || values.iter().map(|value| value.value);
    let extreme = match by {
        Reduction::Sum => return vec![dy; values.len()],
        Reduction::Max => numbers().reduce(f64::max),
        Reduction::Min => numbers().reduce(f64::min),
    };
    if numbers().any(f64::is_nan) {
        return vec![Dual::constant(f64::NAN); values.len()];
    }
    let holds = |value: f64| Some(value) == extreme;
    let part = dy.times(1.0 / numbers().filter(|value| holds(*value)).count() as f64);
    numbers().map(|value| if holds(value) { part } else { Dual::ZERO }).collect()
}
