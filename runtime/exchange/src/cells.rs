//! Learned cells that travel: what a cell answers with the weights of a run, as a table or as a polynomial that a spec can name.

mod fit;
mod replace;

pub use fit::{Polynomial, fit};
pub use replace::{Replaced, replace};

use hetc_compiler::cells::answer::{Called, Weights as Numbers, answer};
use hetc_compiler::formula::Builder;
use hetc_compiler::plan::{Cell, Op, Per, Plan, Step};
use hetc_engine::params::{Owner, Table, Weights};
use std::fmt;

/// A cell or learned function of a network, with the numbers that it has learned.
#[derive(Debug, Clone)]
pub struct Learned<'a> {
    /// As the network calls it.
    pub name: String,
    /// How many values it takes.
    pub inputs: usize,
    plan: &'a Plan,
    cell: Cell,
    trained: Vec<f64>,
    functions: Vec<Vec<f64>>,
}

/// Why a name is nothing that can be taken out of its network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAlone {
    /// Neither a cell nor a learned function.
    Unknown {
        /// The name that was asked for.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// It answers a window, not values.
    Window {
        /// The cell.
        name: String,
    },
    /// What it trains is not one number for the whole network.
    Many {
        /// The cell.
        name: String,
        /// Its parameter.
        parameter: String,
        /// The tensors that hold it.
        tensors: Vec<String>,
    },
}

impl<'a> Learned<'a> {
    /// The cell or learned function of `plan` called `name`, with the numbers in `weights`.
    pub fn of(plan: &'a Plan, weights: &Weights, name: &str) -> Result<Self, NotAlone> {
        let cell = match plan.functions.iter().position(|function| function.name == name) {
            Some(function) => calling(plan, function),
            None => cell(plan, name).ok_or_else(|| unknown(plan, name))?,
        };
        if cell.is_windowed() {
            return Err(NotAlone::Window { name: name.to_string() });
        }
        let table = Table::of(plan);
        let numbers = |owner: Owner| -> Vec<f64> {
            let own = table.params.iter().filter(|entry| entry.owner == owner);
            own.flat_map(|entry| &weights.params[entry.range.clone()]).map(|number| f64::from(*number)).collect()
        };
        let functions = (0..plan.functions.len()).map(|function| numbers(Owner::Function(function))).collect();
        let trained = trained(plan, &table, weights, &cell)?;
        Ok(Self { name: name.to_string(), inputs: cell.inputs.into(), plan, cell, trained, functions })
    }

    /// What it answers to `values`, one for each of its inputs; in f64.
    pub fn at(&self, values: &[f64]) -> f64 {
        let weights = Numbers { trained: &self.trained, functions: &self.functions };
        answer(&self.cell, Called::from(self.plan), weights, &[values.to_vec()])[0] // one element, one answer
    }

    /// Points on a grid of `points` numbers from `low` to `high`, as the text that `table "FILE"` reads. Numbers are those of single
    /// precision, which is what networks compute with.
    pub fn table(&self, low: f64, high: f64, points: usize, about: &str) -> String {
        let mut text = format!("# {about}\nx,y\n");
        for x in grid(low, high, points) {
            text += &format!("{x},{}\n", self.at(&[x.into()]) as f32);
        }
        text
    }
}

/// `points` (at least 2) numbers at equal distances from `low` to `high`, in single precision.
pub fn grid(low: f64, high: f64, points: usize) -> impl Iterator<Item = f32> + Clone {
    let step = (high - low) / (points.max(2) - 1) as f64;
    (0..points.max(2)).map(move |point| (low + step * point as f64) as f32)
}

/// The cell called `name`, or the only one that is called so before its parameters: `prelu` for `prelu(0.25)`.
fn cell(plan: &Plan, name: &str) -> Option<Cell> {
    let exact = plan.cells.iter().find(|cell| cell.name == name);
    let mut begun = plan.cells.iter().filter(|cell| cell.name.split_once('(').is_some_and(|(word, _)| word == name));
    let only = begun.next().filter(|_| begun.next().is_none());
    exact.or(only).cloned()
}

/// A cell that is nothing but a call.
fn calling(plan: &Plan, function: usize) -> Cell {
    let known = &plan.functions[function];
    let argument = |input: u8| {
        let mut builder = Builder::new();
        let root = builder.input(input);
        builder.finish(&[root], known.inputs)
    };
    let mut builder = Builder::new();
    let result = builder.input(known.inputs);
    let step = Step::Call { function, of: (0..known.inputs).map(argument).collect() };
    let formula = builder.finish(&[result], known.inputs + 1);
    Cell { name: known.name.clone(), inputs: known.inputs, trained: Vec::new(), steps: vec![step], formula }
}

/// The numbers of the cell's trained parameters, if each is one: those of the whole network, or of the only layer.
fn trained(plan: &Plan, table: &Table, weights: &Weights, cell: &Cell) -> Result<Vec<f64>, NotAlone> {
    let index = plan.cells.iter().position(|other| other.name == cell.name);
    let layers: Vec<usize> = (0..plan.layers.len())
        .filter(|layer| match &plan.layers[*layer].op {
            Op::Cells(placement) => placement.shares.iter().any(|share| Some(share.cell) == index),
            _ => false,
        })
        .collect();
    let one = |parameter: &hetc_compiler::plan::Trained| {
        let entries: Vec<_> = table
            .params
            .iter()
            .filter(|entry| match (parameter.per, entry.owner) {
                (Per::Net, Owner::Cell(owner)) => Some(owner) == index && entry.name.ends_with(&format!(".{}", parameter.name)),
                (Per::Layer | Per::Channel, Owner::Layer(layer)) => {
                    layers.contains(&layer) && entry.name.contains(&format!("{}.{}", cell.name, parameter.name))
                }
                _ => false,
            })
            .collect();
        match entries[..] {
            [entry] if entry.range.len() == 1 => Ok(weights.params[entry.range.start].into()),
            _ => Err(NotAlone::Many {
                name: cell.name.clone(),
                parameter: parameter.name.clone(),
                tensors: entries.iter().map(|entry| entry.name.clone()).collect(),
            }),
        }
    };
    cell.trained.iter().map(one).collect()
}

fn unknown(plan: &Plan, name: &str) -> NotAlone {
    let functions = plan.functions.iter().map(|function| function.name.clone());
    NotAlone::Unknown {
        name: name.to_string(),
        known: functions.chain(plan.cells.iter().map(|cell| cell.name.clone())).collect(),
    }
}

impl fmt::Display for NotAlone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotAlone::Unknown { name, known } => {
                write!(f, "the network has no cell and no learned function `{name}`; it has `{}`", known.join("`, `"))
            }
            NotAlone::Window { name } => write!(f, "cell `{name}` answers windows, not single values"),
            NotAlone::Many { name, parameter, tensors } => {
                let tensors = tensors.join("`, `");
                write!(f, "cell `{name}` trains `{parameter}` in more than one place (`{tensors}`), so it is not one function")
            }
        }
    }
}

impl std::error::Error for NotAlone {}
