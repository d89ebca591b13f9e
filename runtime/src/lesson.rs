//! One cell by itself: a network of nothing else, whose numbers are those of the whole network.

use crate::network::{Hardware, Network};
use crate::params::{Owner, Table, Weights};
use crate::target::Target;
use hetc_compiler::formula::Builder;
use hetc_compiler::layout::Layout;
use hetc_compiler::plan::{Cell, Layer, Op, Placement, Plan, Share, Step, Word};
use hetc_compiler::shape::Shape;
use hetc_data::Targets;
use hetc_engine::op::Look;
use std::ops::Range;

/// A cell, or learned function, with arguments to answer and perhaps what it should answer.
#[derive(Debug)]
pub struct Lesson {
    /// Of the cell alone.
    pub network: Network,
    /// Its weights; [`Lesson::learn_from`] and [`Lesson::teach`] exchange them with the whole network's.
    pub weights: Weights,
    inputs: usize,
    /// `[places, inputs]`
    arguments: Vec<f32>,
    targets: Targets,
    /// Where each tensor lies here, and in the whole network.
    places: Vec<(Range<usize>, Range<usize>)>,
}

impl Lesson {
    /// Of the cell or learned function called `name` in `plan`, with the arguments and values of `target`; `seed` is of values that are
    /// drawn. `None` if there is no such, or nothing of it is shared by the whole network, or it looks at a window, or `target` is not
    /// for as many arguments.
    pub fn new(plan: &Plan, table: &Table, name: &str, target: &Target, seed: u64, hardware: Hardware) -> Option<Self> {
        let cell = plan.cells.iter().find(|cell| cell.name == name).cloned().or_else(|| cell_of(plan, name))?;
        let learns = cell.calls().next().is_some() || cell.net_params() > 0;
        let inputs = usize::from(cell.inputs);
        if !learns || cell.is_windowed() || target.len(inputs).is_none() {
            return None;
        }
        let alone = alone(plan, cell);
        let (network, _) = Network::new(&alone, true, Hardware { threads: 1, ..hardware });
        let own = network.table().clone();
        let shared = own.params.iter().filter(|entry| !matches!(entry.owner, Owner::Layer(_)));
        let there = |name: &str| table.params.iter().find(|entry| entry.name == name).map(|entry| entry.range.clone());
        let places = shared.filter_map(|entry| Some((entry.range.clone(), there(&entry.name)?))).collect();
        let arguments = target.arguments(inputs);
        let targets = Targets::Values { width: 1, values: target.values(&arguments, inputs, seed) };
        let weights = crate::init::init(&alone, &own, crate::init::Init::Torch, 0);
        Some(Self { network, weights, inputs, arguments, targets, places })
    }

    /// Arguments of the cell.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// How many places there are.
    pub fn places(&self) -> usize {
        self.arguments.len() / self.inputs
    }

    /// Where the shared tensors lie here.
    pub fn shared(&self) -> Vec<Range<usize>> {
        self.places.iter().map(|(here, _)| here.clone()).collect()
    }

    /// Takes the cell's numbers from the whole network's.
    pub fn learn_from(&mut self, whole: &Weights) {
        for (here, there) in &self.places {
            self.weights.params[here.clone()].copy_from_slice(&whole.params[there.clone()]);
        }
    }

    /// Gives the whole network the cell's numbers.
    pub fn teach(&self, whole: &mut Weights) {
        for (here, there) in &self.places {
            whole.params[there.clone()].copy_from_slice(&self.weights.params[here.clone()]);
        }
    }

    /// The arguments and values at these places, instead of what was in `input` and `targets`.
    pub fn batch(&self, indices: &[usize], input: &mut Vec<f32>, targets: &mut Targets) {
        input.clear();
        indices.iter().for_each(|place| input.extend_from_slice(&self.arguments[place * self.inputs..(place + 1) * self.inputs]));
        targets.choose(&self.targets, indices);
    }

    /// What the cell answers at every place, with the whole network's numbers.
    pub fn answers(&mut self, whole: &Weights) -> Vec<f32> {
        self.learn_from(whole);
        self.network.infer(&self.weights, &self.arguments, Look { seed: 0, batch: 0 })
    }
}

/// A cell that is nothing but a call of the learned function called `name`.
fn cell_of(plan: &Plan, name: &str) -> Option<Cell> {
    let function = plan.functions.iter().position(|function| function.name == name)?;
    let inputs = plan.functions[function].inputs;
    let input = |count: u8, number: u8| {
        let mut builder = Builder::new();
        let node = builder.input(number);
        builder.finish(&[node], count)
    };
    let steps = vec![Step::Call { function, of: (0..inputs).map(|number| input(inputs, number)).collect() }];
    Some(Cell { name: name.to_string(), inputs, trained: Vec::new(), steps, formula: input(inputs + 1, inputs) })
}

/// The network that is `cell`.
fn alone(plan: &Plan, cell: Cell) -> Plan {
    let input = Shape::vector(usize::from(cell.inputs));
    let output = Shape::vector(1);
    let placement = Placement {
        word: Word::Act,
        args: cell.inputs,
        window: None,
        shares: vec![Share { cell: 0, ratio: 1, units: 1 }],
        layout: Layout::default(),
    };
    let layer = Layer {
        name: "act1".to_string(),
        line: 1,
        from: Vec::new(),
        input,
        output,
        params: 0,
        macs: 0,
        op: Op::Cells(placement),
    };
    let mut alone =
        Plan { net: cell.name.clone(), input, output, cells: vec![cell], layers: vec![layer], taps: Vec::new(), ..plan.clone() };
    alone.drop_unused();
    alone.recount();
    alone
}
