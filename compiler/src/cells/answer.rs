//! What cells answer, in f64, and the slopes of it: slow, obvious, and the oracle that every other reading is checked against.
//!
//! A *window* here is a list of elements, and an element the values that a cell is applied to at one place; without a window there is
//! one element. Gradients run backwards over the steps, with the derivatives of their formulas.
//!
//! **Conventions** beyond those of [`crate::formula`]:
//! * a reduction by maximum or minimum shares its gradient out equally among the elements that are largest or smallest, and is NaN if
//!   one of them is;
//! * a table has at a point of its own the slope of the segment behind it, at the last point that of the last segment;
//! * slopes are multiplied even where one of them is 0, so that 0 times an infinite slope is NaN, as in PyTorch.

mod network;
mod placement;
mod points;

pub use placement::{LayerGradient, placement_answer, placement_gradient};

use crate::formula::Formula;
use crate::plan::{Cell, Function, Plan, Reduction, Step, Table};

/// What cells call.
#[derive(Debug, Clone, Copy)]
pub struct Called<'a> {
    /// The plan's functions.
    pub functions: &'a [Function],
    /// The plan's tables.
    pub tables: &'a [Table],
}

impl<'a> From<&'a Plan> for Called<'a> {
    fn from(plan: &'a Plan) -> Self {
        Self { functions: &plan.functions, tables: &plan.tables }
    }
}

/// The trained numbers that a cell uses.
#[derive(Debug, Clone, Copy)]
pub struct Weights<'a> {
    /// One for each of the cell's trained parameters.
    pub trained: &'a [f64],
    /// For each of the plan's functions its numbers, in the order of its tensors; may be empty for those that the cell does not call.
    pub functions: &'a [Vec<f64>],
}

/// The slopes of the sum of all answers, each times its upstream slope.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradient {
    /// With respect to the values, as they were given.
    pub values: Vec<Vec<f64>>,
    /// With respect to each trained parameter.
    pub trained: Vec<f64>,
    /// With respect to the numbers of each of the plan's functions, as they were given.
    pub functions: Vec<Vec<f64>>,
}

/// What `cell` answers at every element of `window`.
pub fn answer(cell: &Cell, called: Called, weights: Weights, window: &[Vec<f64>]) -> Vec<f64> {
    let known = forward(cell, called, weights, window);
    known.iter().map(|inputs| cell.formula.eval(inputs)).collect()
}

/// The slopes of what `cell` answers, with one upstream slope for each element of `window`.
pub fn gradient(cell: &Cell, called: Called, weights: Weights, window: &[Vec<f64>], upstream: &[f64]) -> Gradient {
    let known = forward(cell, called, weights, window);
    let mut functions: Vec<Vec<f64>> = weights.functions.iter().map(|numbers| vec![0.0; numbers.len()]).collect();
    let mut slopes: Vec<Vec<f64>> = known.iter().map(|inputs| vec![0.0; inputs.len()]).collect();
    let formula = cell.formula.gradient();
    for ((slopes, inputs), upstream) in slopes.iter_mut().zip(&known).zip(upstream) {
        spread(&formula, inputs, *upstream, slopes);
    }
    let values = usize::from(cell.inputs);
    let before = values + cell.trained.len();
    for (place, step) in cell.steps.iter().enumerate().map(|(i, step)| (before + i, step)).rev() {
        match step {
            Step::Reduce { by, of } => reduce_back(*by, of, &known, place, &mut slopes),
            Step::Lookup { table, of } => {
                let gradient = of.gradient();
                for (slopes, inputs) in slopes.iter_mut().zip(&known) {
                    let slope = points::slope(&called.tables[*table].points, of.eval(&inputs[..place]));
                    let upstream = slopes[place] * slope;
                    spread(&gradient, &inputs[..place], upstream, slopes);
                }
            }
            Step::Call { function, of } => {
                let gradients: Vec<Formula> = of.iter().map(Formula::gradient).collect();
                for (slopes, inputs) in slopes.iter_mut().zip(&known) {
                    let arguments: Vec<f64> = of.iter().map(|of| of.eval(&inputs[..place])).collect();
                    let (numbers, called) = (&weights.functions[*function], &called.functions[*function]);
                    let back = network::gradient(called, numbers, &arguments, slopes[place], &mut functions[*function]);
                    for (gradient, upstream) in gradients.iter().zip(back) {
                        spread(gradient, &inputs[..place], upstream, slopes);
                    }
                }
            }
        }
    }
    let trained = (values..before).map(|place| slopes.iter().map(|slopes| slopes[place]).sum()).collect();
    slopes.iter_mut().for_each(|slopes| slopes.truncate(values));
    Gradient { values: slopes, trained, functions }
}

/// For every element the inputs of the cell's formula: its values, the trained parameters, what the steps give.
fn forward(cell: &Cell, called: Called, weights: Weights, window: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let start = |values: &Vec<f64>| values.iter().chain(weights.trained).copied().collect();
    let mut known: Vec<Vec<f64>> = window.iter().map(start).collect();
    for step in &cell.steps {
        let results: Vec<f64> = match step {
            Step::Reduce { by, of } => {
                let elements = known.iter().map(|inputs| of.eval(inputs));
                vec![reduce(*by, elements); known.len()]
            }
            Step::Lookup { table, of } => {
                known.iter().map(|inputs| points::value(&called.tables[*table].points, of.eval(inputs))).collect()
            }
            Step::Call { function, of } => {
                let call = |inputs: &Vec<f64>| {
                    let arguments: Vec<f64> = of.iter().map(|of| of.eval(inputs)).collect();
                    network::value(&called.functions[*function], &weights.functions[*function], &arguments)
                };
                known.iter().map(call).collect()
            }
        };
        known.iter_mut().zip(results).for_each(|(inputs, result)| inputs.push(result));
    }
    known
}

fn reduce(by: Reduction, elements: impl Iterator<Item = f64>) -> f64 {
    let chosen = |better: fn(f64, f64) -> bool| {
        move |a: f64, b: f64| {
            if a.is_nan() || better(a, b) { a } else { b }
        }
    };
    match by {
        Reduction::Sum => elements.sum(),
        Reduction::Max => elements.reduce(chosen(|a, b| a > b)).unwrap_or(f64::NAN),
        Reduction::Min => elements.reduce(chosen(|a, b| a < b)).unwrap_or(f64::NAN),
    }
}

/// Passes the slope of a reduction, input `place` of every element, on to what it is a reduction of.
fn reduce_back(by: Reduction, of: &Formula, known: &[Vec<f64>], place: usize, slopes: &mut [Vec<f64>]) {
    let upstream: f64 = slopes.iter().map(|slopes| slopes[place]).sum();
    let result = known.first().map_or(f64::NAN, |inputs| inputs[place]);
    let chosen: Vec<bool> = known.iter().map(|inputs| by == Reduction::Sum || of.eval(&inputs[..place]) == result).collect();
    let part = match by {
        Reduction::Sum => upstream,
        Reduction::Max | Reduction::Min => upstream / chosen.iter().filter(|chosen| **chosen).count() as f64,
    };
    let gradient = of.gradient();
    for ((slopes, inputs), _) in slopes.iter_mut().zip(known).zip(chosen).filter(|(_, chosen)| *chosen) {
        spread(&gradient, &inputs[..place], part, slopes);
    }
}

/// Adds `upstream` times each of the partial derivatives of `gradient` at `inputs` to the slopes of those inputs.
fn spread(gradient: &Formula, inputs: &[f64], upstream: f64, slopes: &mut [f64]) {
    let nodes = gradient.eval_nodes(inputs);
    for (root, slope) in gradient.roots().iter().zip(slopes) {
        *slope += upstream * nodes[root.index()];
    }
}
