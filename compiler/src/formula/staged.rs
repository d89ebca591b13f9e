//! Formulas in steps: what a cell computes when a formula of its values is not enough.
//!
//! A step gives one number that a formula cannot compute: a reduction over a window, a learned function, a table. Learned functions
//! and tables go by their names here; a plan has indices in their place ([`crate::plan::Step`]).
//!
//! While a formula is being lowered, steps are inputs with numbers of their own (from `FIRST_STEP` on), because nobody knows yet how
//! many trained parameters will come before them. [`Draft::finish`] gives everything the numbers that a plan uses.

use super::{Builder, Formula, Node, NodeId};
use crate::limits::MAX_FORMULA_INPUTS;
use crate::plan::{Reduction, Trained};

/// Where the numbers of steps begin in the making; those of values and trained parameters stay below.
const FIRST_STEP: u8 = 128;

/// A cell with names where a plan has indices: see [`crate::plan::Cell`] for the order of inputs.
#[derive(Debug, Clone, PartialEq)]
pub struct Staged {
    /// How many values it is applied to.
    pub inputs: u8,
    /// Its trained parameters.
    pub trained: Vec<Trained>,
    /// In order, each needed, no two equal.
    pub steps: Vec<StagedStep>,
    /// What it answers.
    pub formula: Formula,
}

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub struct StagedStep {
    /// What it does.
    pub kind: StepKind,
    /// Its arguments: one, but for learned functions of more.
    pub of: Vec<Formula>,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepKind {
    /// Takes the elements of the window together.
    Reduce(Reduction),
    /// Calls the learned function of this name.
    Call(String),
    /// Looks up in the table of this name.
    Lookup(String),
}

impl Staged {
    /// A cell that passes its values on to one step: a learned function or a table by itself.
    pub fn pass(kind: StepKind, inputs: u8) -> Self {
        let mut builder = Builder::new();
        let of = (0..inputs).map(|i| {
            let input = builder.input(i);
            builder.finish(&[input], inputs)
        });
        let of = of.collect();
        let answer = builder.input(inputs);
        let formula = builder.finish(&[answer], inputs + 1);
        Self { inputs, trained: Vec::new(), steps: vec![StagedStep { kind, of }], formula }
    }

    /// Operations of all its formulas together.
    pub fn size(&self) -> usize {
        let steps = self.steps.iter().flat_map(|step| &step.of);
        steps.chain([&self.formula]).map(|formula| formula.nodes().len()).sum()
    }

    /// Whether it looks at a whole window.
    pub fn is_windowed(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.kind, StepKind::Reduce(_)))
    }
}

/// A staged formula in the making.
#[derive(Default)]
pub struct Draft {
    /// Holds the nodes of all steps and of the result.
    pub builder: Builder,
    inputs: u8,
    trained: Vec<Trained>,
    steps: Vec<(StepKind, Vec<NodeId>)>,
}

impl Draft {
    /// Of `inputs` values and these trained parameters; more can join.
    pub fn new(inputs: u8, trained: Vec<Trained>) -> Self {
        Self { builder: Builder::new(), inputs, trained, steps: Vec::new() }
    }

    /// What step results and trained parameters there are, together with the values.
    fn size(&self) -> usize {
        usize::from(self.inputs) + self.trained.len() + self.steps.len()
    }

    /// The result of a step, which is added if there is none like it; `None` if there is no room for it.
    pub fn step(&mut self, kind: StepKind, of: Vec<NodeId>) -> Option<NodeId> {
        let known = self.steps.iter().position(|(other, nodes)| *other == kind && *nodes == of);
        let place = match known {
            Some(place) => place,
            None if self.size() >= MAX_FORMULA_INPUTS => return None,
            None => {
                self.steps.push((kind, of));
                self.steps.len() - 1
            }
        };
        Some(self.builder.input(FIRST_STEP + place as u8)) // below MAX_FORMULA_INPUTS, which is 64
    }

    /// A trained parameter, which is added if there is none of its name; `None` if there is no room for it.
    fn trained(&mut self, trained: &Trained) -> Option<NodeId> {
        let known = self.trained.iter().position(|other| other.name == trained.name);
        let place = match known {
            Some(place) => place,
            None if self.size() >= MAX_FORMULA_INPUTS => return None,
            None => {
                self.trained.push(trained.clone());
                self.trained.len() - 1
            }
        };
        Some(self.builder.input(self.inputs + place as u8)) // as above
    }

    /// Copies `cell`, called `name`, in, with `values` in place of its values. Its own trained parameters become `name.a`; those that it has
    /// from elsewhere have such a name already, so that one cell has one set of them however it is reached.
    ///
    /// Gives its result, and behind it the arguments of its steps. `None` if there is no room for it.
    pub fn inline(&mut self, cell: &Staged, name: &str, values: &[NodeId]) -> Option<Vec<NodeId>> {
        let mut inputs = values.to_vec();
        for trained in &cell.trained {
            let own = !trained.name.contains('.');
            let name = if own { format!("{name}.{}", trained.name) } else { trained.name.clone() };
            inputs.push(self.trained(&Trained { name, ..trained.clone() })?);
        }
        let mut arguments = Vec::new();
        for step in &cell.steps {
            let of: Vec<NodeId> = step.of.iter().flat_map(|of| self.builder.inline(of, &inputs)).collect();
            arguments.extend(of.iter().copied());
            inputs.push(self.step(step.kind.clone(), of)?);
        }
        let results = self.builder.inline(&cell.formula, &inputs);
        Some(results.into_iter().chain(arguments).collect())
    }

    /// The cell whose result is `root`. Steps that it does not need are left out; the others stand in the order in which a reader of
    /// its text meets them, so that equal cells are equal however they came about.
    pub fn finish(self, root: NodeId) -> Staged {
        let one = |node: &NodeId| self.builder.finish(&[*node], u8::MAX); // the inputs are counted below
        let raw: Vec<Vec<Formula>> = self.steps.iter().map(|(_, of)| of.iter().map(one).collect()).collect();
        let result = one(&root);
        let mut order: Vec<usize> = Vec::new();
        let mut open = steps_of(std::slice::from_ref(&result));
        open.reverse();
        while let Some(step) = open.last().copied() {
            let waits_for = steps_of(&raw[step]).into_iter().find(|other| !order.contains(other));
            match waits_for {
                Some(other) if !order.contains(&step) => open.push(other),
                _ => {
                    open.pop();
                    if !order.contains(&step) {
                        order.push(step);
                    }
                }
            }
        }
        let before = usize::from(self.inputs) + self.trained.len();
        let number = |input: u8| match input.checked_sub(FIRST_STEP) {
            None => input,
            // All steps that a formula reads are in `order`.
            Some(step) => (before + order.iter().position(|known| *known == usize::from(step)).unwrap_or(0)) as u8,
        };
        let renumbered = |formula: &Formula, steps: usize| formula.renumbered(number, (before + steps) as u8);
        let steps = order.iter().enumerate().map(|(place, step)| StagedStep {
            kind: self.steps[*step].0.clone(),
            of: raw[*step].iter().map(|of| renumbered(of, place)).collect(),
        });
        let steps = steps.collect();
        let formula = renumbered(&result, order.len());
        Staged { inputs: self.inputs, trained: self.trained, steps, formula }
    }
}

/// The steps that `formulas` read, in the order of their nodes.
fn steps_of(formulas: &[Formula]) -> Vec<usize> {
    let nodes = formulas.iter().flat_map(|formula| formula.nodes());
    let step = |node: &Node| match node {
        Node::Input(i) => i.checked_sub(FIRST_STEP).map(usize::from),
        _ => None,
    };
    nodes.filter_map(step).collect()
}
