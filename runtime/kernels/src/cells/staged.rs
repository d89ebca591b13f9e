//! A cell at sites of so many elements, as programs.
//!
//! Reductions over the window, and functions given by few points, are written out ([`super::unroll`]); so what is left of the steps are
//! *calls*: learned functions, and functions given by many points. A call is made between two programs: the one before leaves its
//! arguments, the one after finds its result.

use super::points::Points;
use super::unroll::{MAX_READS, Unrolled};
use crate::error::KernelError;
use crate::site::Put;
use hetc_compiler::formula::{Formula, Node};
use hetc_compiler::plan::{self, Reduction, Step};

/// A function given by points is written out if it has no more segments than this at all elements together.
const MAX_SEGMENTS: usize = 96;

/// A number of a site, by what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Item {
    Value { element: usize, value: usize },
    Trained(usize),
    Answer { element: usize },
    Argument { call: usize, argument: usize, element: usize },
    Result { call: usize, element: usize },
}

/// What a program reads or writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quantity {
    pub item: Item,
    pub is_gradient: bool,
}

impl Quantity {
    pub fn number(item: Item) -> Self {
        Self { item, is_gradient: false }
    }

    pub fn gradient(item: Item) -> Self {
        Self { item, is_gradient: true }
    }
}

/// A program whose inputs and roots have no places yet.
#[derive(Debug)]
pub struct Unplaced {
    pub formula: Formula,
    pub reads: Vec<Quantity>,
    pub writes: Vec<(Quantity, Put)>,
}

/// What a call calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callee {
    /// By its index in the plan.
    Function(usize),
    /// By its index in the plan.
    Table(usize),
}

/// A step that is no formula.
#[derive(Debug)]
pub struct Call {
    pub callee: Callee,
    pub of: Vec<Formula>,
    /// How many calls have to be made before this one, one after the other.
    pub level: usize,
}

/// A step as this module sees it.
#[derive(Debug)]
pub enum Kind {
    Reduce(Reduction, Formula),
    Lookup(Points, Formula),
    /// Its place in [`Staged::calls`].
    Call(usize),
}

/// A cell at sites of so many elements.
#[derive(Debug)]
pub struct Staged {
    pub elements: usize,
    pub values: usize,
    pub trained: usize,
    pub steps: Vec<Kind>,
    pub calls: Vec<Call>,
    formula: Formula,
}

impl Staged {
    pub fn new(cell: &plan::Cell, tables: &[plan::Table], elements: usize) -> Self {
        let given = usize::from(cell.inputs) + cell.trained.len();
        let mut staged = Self {
            elements,
            values: usize::from(cell.inputs),
            trained: cell.trained.len(),
            steps: Vec::new(),
            calls: Vec::new(),
            formula: cell.formula.clone(),
        };
        let mut levels: Vec<usize> = vec![0; given]; // of each input
        for step in &cell.steps {
            let formulas = match step {
                Step::Reduce { of, .. } | Step::Lookup { of, .. } => std::slice::from_ref(of),
                Step::Call { of, .. } => of,
            };
            let level = formulas.iter().flat_map(inputs).map(|input| levels[input]).max().unwrap_or(0);
            let mut call = |callee: Callee| {
                staged.calls.push(Call { callee, of: formulas.to_vec(), level });
                Kind::Call(staged.calls.len() - 1)
            };
            let kind = match step {
                Step::Reduce { by, of } => Kind::Reduce(*by, of.clone()),
                Step::Lookup { table, of } if elements * (tables[*table].points.len() - 1) <= MAX_SEGMENTS => {
                    Kind::Lookup(Points::new(&tables[*table]), of.clone())
                }
                Step::Lookup { table, .. } => call(Callee::Table(*table)),
                Step::Call { function, .. } => call(Callee::Function(*function)),
            };
            levels.push(level + usize::from(matches!(kind, Kind::Call(_))));
            staged.steps.push(kind);
        }
        staged
    }

    /// Inputs that are no steps.
    pub fn given(&self) -> usize {
        self.values + self.trained
    }

    /// Writes out what `formulas` need at every element.
    fn unroll<'a>(&'a self, formulas: impl IntoIterator<Item = &'a Formula>) -> Unrolled<'a> {
        let mut needed = vec![false; self.steps.len()];
        formulas.into_iter().for_each(|formula| self.mark(formula, &mut needed));
        Unrolled::new(self, &needed)
    }

    /// How many levels of calls there are.
    pub fn depth(&self) -> usize {
        self.calls.iter().map(|call| call.level + 1).max().unwrap_or(0)
    }

    fn mark(&self, formula: &Formula, needed: &mut [bool]) {
        for step in inputs(formula).filter_map(|input| input.checked_sub(self.given())) {
            if !std::mem::replace(&mut needed[step], true)
                && let Kind::Reduce(_, of) | Kind::Lookup(_, of) = &self.steps[step]
            {
                self.mark(of, needed);
            }
        }
    }

    /// Refuses what would become too large before it does: programs have about as many inputs and operations, or more.
    pub fn check(&self, node_limit: usize) -> Result<(), KernelError> {
        let count = self.elements * (self.values + 1) + self.trained;
        if count > MAX_READS {
            return Err(KernelError::TooManyInputs { count, limit: MAX_READS });
        }
        let operations = |formula: &Formula| {
            let nodes = formula.nodes().iter();
            nodes.filter(|node| !matches!(node, Node::Input(_) | Node::Const(_))).count()
        };
        let of_step = |kind: &Kind| if let Kind::Reduce(_, of) | Kind::Lookup(_, of) = kind { operations(of) } else { 0 };
        let nodes = (operations(&self.formula) + self.steps.iter().map(of_step).sum::<usize>()) * self.elements;
        if nodes > node_limit { Err(KernelError::TooLarge { nodes, limit: node_limit }) } else { Ok(()) }
    }

    /// The answers of all elements.
    pub fn answers(&self) -> Result<Unplaced, KernelError> {
        let mut unrolled = self.unroll([&self.formula]);
        let answers = unrolled.values_of(&self.formula).into_iter().enumerate();
        let root = |(element, root)| (Quantity::number(Item::Answer { element }), Put::Set, root);
        unrolled.finish(answers.map(root).collect())
    }

    /// The arguments of all calls of one level.
    pub fn arguments(&self, level: usize) -> Result<Unplaced, KernelError> {
        let mut unrolled = self.unroll(self.of_level(level).flat_map(|(_, call)| &call.of));
        let mut roots = Vec::new();
        for (call, Call { of, .. }) in self.of_level(level) {
            for (argument, of) in of.iter().enumerate() {
                for (element, root) in unrolled.values_of(of).into_iter().enumerate() {
                    roots.push((Quantity::number(Item::Argument { call, argument, element }), Put::Set, root));
                }
            }
        }
        unrolled.finish(roots)
    }

    /// The calls of a level, and their places among all.
    pub fn of_level(&self, level: usize) -> impl Iterator<Item = (usize, &Call)> {
        self.calls.iter().enumerate().filter(move |(_, call)| call.level == level)
    }

    /// From the gradients of the answers to those of what they read.
    pub fn answers_back(&self) -> Unrolled<'_> {
        let mut unrolled = self.unroll([&self.formula]);
        let items = (0..self.elements).map(|element| Item::Answer { element });
        let upstream = items.map(|item| Some(unrolled.read(Quantity::gradient(item)))).collect();
        unrolled.spread(&self.formula, upstream, false);
        unrolled.steps_back();
        unrolled
    }

    /// From the gradients of the arguments of all calls of one level to those of what they read.
    pub fn arguments_back(&self, level: usize) -> Unrolled<'_> {
        let mut unrolled = self.unroll(self.of_level(level).flat_map(|(_, call)| &call.of));
        for (call, Call { of, .. }) in self.of_level(level) {
            for (argument, of) in of.iter().enumerate() {
                let items = (0..self.elements).map(|element| Item::Argument { call, argument, element });
                let upstream = items.map(|item| Some(unrolled.read(Quantity::gradient(item)))).collect();
                unrolled.spread(of, upstream, true);
            }
        }
        unrolled.steps_back();
        unrolled
    }
}

/// The inputs that `formula` reads.
fn inputs(formula: &Formula) -> impl Iterator<Item = usize> {
    formula.nodes().iter().filter_map(|node| if let Node::Input(input) = node { Some(usize::from(*input)) } else { None })
}
