//! A cell over all elements of a site as one formula, forward and backward.
//!
//! Reductions over the window, and functions given by few points, are written out; so what is left of the steps are *calls*: learned
//! functions, and functions given by many points. A call is made between two programs: the one before leaves its arguments, the one after
//! finds its result.

use super::points::Points;
use crate::error::KernelError;
use crate::site::Put;
use hetc_compiler::formula::{Binary, Builder, Formula, Node, NodeId};
use hetc_compiler::plan::{self, Reduction, Step};
use hetc_grammar::tree::CmpOp;

/// The most inputs of a program.
const MAX_READS: usize = 200;
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
pub enum Quantity {
    Number(Item),
    Gradient(Item),
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
enum Kind {
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
    steps: Vec<Kind>,
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
            let level_of = |formulas: &[Formula]| formulas.iter().flat_map(inputs).map(|input| levels[input]).max().unwrap_or(0);
            let (kind, level) = match step {
                Step::Reduce { by, of } => (Kind::Reduce(*by, of.clone()), level_of(std::slice::from_ref(of))),
                Step::Lookup { table, of } if elements * (tables[*table].points.len() - 1) <= MAX_SEGMENTS => {
                    (Kind::Lookup(Points::new(&tables[*table]), of.clone()), level_of(std::slice::from_ref(of)))
                }
                Step::Lookup { table, of } => {
                    staged.call(Callee::Table(*table), vec![of.clone()], level_of(std::slice::from_ref(of)))
                }
                Step::Call { function, of } => staged.call(Callee::Function(*function), of.clone(), level_of(of)),
            };
            staged.steps.push(kind);
            levels.push(level);
        }
        staged
    }

    fn call(&mut self, callee: Callee, of: Vec<Formula>, level: usize) -> (Kind, usize) {
        self.calls.push(Call { callee, of, level });
        (Kind::Call(self.calls.len() - 1), level + 1)
    }

    fn given(&self) -> usize {
        self.values + self.trained
    }

    /// Writes out what `formulas` need at every element.
    pub fn unroll<'a>(&'a self, formulas: impl IntoIterator<Item = &'a Formula>) -> Unrolled<'a> {
        let mut needed = vec![false; self.steps.len()];
        formulas.into_iter().for_each(|formula| self.mark(formula, &mut needed));
        let mut unrolled = Unrolled {
            staged: self,
            needed,
            builder: Builder::new(),
            reads: Vec::new(),
            known: vec![Vec::new(); self.elements],
            gradients: vec![vec![None; self.given() + self.steps.len()]; self.elements],
        };
        unrolled.expand();
        unrolled
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

    /// Refuses what would become too large before it does: every program has at least these inputs and nodes.
    pub fn check(&self, node_limit: usize) -> Result<(), KernelError> {
        let count = self.elements * (self.values + 1) + self.trained;
        if count > MAX_READS {
            return Err(KernelError::TooManyInputs { count, limit: MAX_READS });
        }
        let of_step = |kind: &Kind| if let Kind::Reduce(_, of) | Kind::Lookup(_, of) = kind { of.nodes().len() } else { 0 };
        let nodes = (self.formula.nodes().len() + self.steps.iter().map(of_step).sum::<usize>()) * self.elements;
        if nodes > node_limit { Err(KernelError::TooLarge { nodes, limit: node_limit }) } else { Ok(()) }
    }

    /// The answers of all elements.
    pub fn answers(&self) -> Result<Unplaced, KernelError> {
        let mut unrolled = self.unroll([&self.formula]);
        let answers = unrolled.values_of(&self.formula);
        let roots =
            answers.into_iter().enumerate().map(|(element, root)| (Quantity::Number(Item::Answer { element }), Put::Set, root));
        unrolled.finish(roots.collect())
    }

    /// The arguments of all calls of one level.
    pub fn arguments(&self, level: usize) -> Result<Unplaced, KernelError> {
        let mut unrolled = self.unroll(self.of_level(level).flat_map(|(_, call)| &call.of));
        let mut roots = Vec::new();
        for (call, Call { of, .. }) in self.of_level(level) {
            for (argument, of) in of.iter().enumerate() {
                let values = unrolled.values_of(of).into_iter().enumerate();
                roots.extend(
                    values.map(|(element, root)| (Quantity::Number(Item::Argument { call, argument, element }), Put::Set, root)),
                );
            }
        }
        unrolled.finish(roots)
    }

    fn of_level(&self, level: usize) -> impl Iterator<Item = (usize, &Call)> {
        self.calls.iter().enumerate().filter(move |(_, call)| call.level == level)
    }

    /// From the gradients of the answers to those of what they read.
    pub fn answers_back(&self) -> Unrolled<'_> {
        let mut unrolled = self.unroll([&self.formula]);
        let upstream =
            (0..self.elements).map(|element| Some(unrolled.read(Quantity::Gradient(Item::Answer { element })))).collect();
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
                let upstream = items.map(|item| Some(unrolled.read(Quantity::Gradient(item)))).collect();
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

/// One formula in the making.
pub struct Unrolled<'a> {
    staged: &'a Staged,
    /// Which steps are.
    needed: Vec<bool>,
    builder: Builder,
    reads: Vec<Quantity>,
    /// For each element the inputs of the cell's formulas.
    known: Vec<Vec<NodeId>>,
    /// For each element and each of them, its gradient; `None` is 0.
    gradients: Vec<Vec<Option<NodeId>>>,
}

impl Unrolled<'_> {
    fn read(&mut self, quantity: Quantity) -> NodeId {
        let known = self.reads.iter().position(|read| *read == quantity);
        let place = known.unwrap_or(self.reads.len());
        if known.is_none() {
            self.reads.push(quantity);
        }
        // A program of too many inputs is refused when it is finished.
        self.builder.input(u8::try_from(place).unwrap_or(u8::MAX))
    }

    fn expand(&mut self) {
        let staged = self.staged;
        for element in 0..staged.elements {
            let values = (0..staged.values).map(|value| Item::Value { element, value });
            let items: Vec<Item> = values.chain((0..staged.trained).map(Item::Trained)).collect();
            self.known[element] = items.into_iter().map(|item| self.read(Quantity::Number(item))).collect();
        }
        for (step, kind) in staged.steps.iter().enumerate() {
            let results = match kind {
                _ if !self.needed[step] => vec![self.builder.constant(0.0); staged.elements], // nobody reads it
                Kind::Reduce(by, of) => {
                    let values = self.values_of(of);
                    vec![reduce(&mut self.builder, *by, values); staged.elements]
                }
                Kind::Lookup(points, of) => self.values_of(of).into_iter().map(|x| points.value(&mut self.builder, x)).collect(),
                Kind::Call(call) => {
                    let items = (0..staged.elements).map(|element| Item::Result { call: *call, element });
                    items.map(|item| self.read(Quantity::Number(item))).collect()
                }
            };
            self.known.iter_mut().zip(results).for_each(|(known, result)| known.push(result));
        }
    }

    /// The value of a formula of the cell at every element.
    fn values_of(&mut self, formula: &Formula) -> Vec<NodeId> {
        self.known.iter().map(|known| self.builder.inline(formula, known)[0]).collect() // one result
    }

    /// Adds to the gradients what those of the values of `formula` make of them.
    ///
    /// With `steps`, a gradient of 0 adds nothing, also where the slope is infinite or NaN: the answer does not depend on it.
    fn spread(&mut self, formula: &Formula, upstream: Vec<Option<NodeId>>, steps: bool) {
        let gradient = formula.gradient();
        for (element, upstream) in upstream.into_iter().enumerate() {
            let Some(upstream) = upstream else { continue };
            let slopes = self.builder.inline(&gradient, &self.known[element]);
            for (sum, slope) in self.gradients[element].iter_mut().zip(slopes) {
                let part = times(&mut self.builder, upstream, slope, steps);
                *sum = plus(&mut self.builder, *sum, part);
            }
        }
    }

    /// Hands the gradients of steps on to the inputs before, but for those of calls.
    fn steps_back(&mut self) {
        let staged = self.staged;
        for (step, kind) in staged.steps.iter().enumerate().rev() {
            let place = staged.given() + step;
            let upstream: Vec<Option<NodeId>> = self.gradients.iter().map(|gradients| gradients[place]).collect();
            if upstream.iter().all(Option::is_none) {
                continue;
            }
            match kind {
                Kind::Call(_) => {}
                Kind::Reduce(by, of) => {
                    let (values, result) = (self.values_of(of), self.known[0][place]); // the same at every element
                    let total = tree(&mut self.builder, upstream.into_iter().flatten().collect(), Builder::add);
                    let upstream = reduce_back(&mut self.builder, *by, &values, result, total);
                    self.spread(of, upstream, true);
                }
                Kind::Lookup(points, of) => {
                    let xs = self.values_of(of);
                    let through = |(upstream, x): (Option<NodeId>, NodeId)| {
                        let slope = points.slope(&mut self.builder, x);
                        upstream.and_then(|upstream| times(&mut self.builder, upstream, slope, true))
                    };
                    let upstream = upstream.into_iter().zip(xs).map(through).collect();
                    self.spread(of, upstream, true);
                }
            }
        }
    }

    /// The gradients of the values, `None` where they are 0.
    pub fn value_gradients(&self) -> Vec<(Item, Option<NodeId>)> {
        let elements = self.gradients.iter().enumerate();
        let of_element = |(element, gradients): (usize, &Vec<Option<NodeId>>)| {
            let values = gradients[..self.staged.values].iter().enumerate();
            values.map(move |(value, gradient)| (Item::Value { element, value }, *gradient)).collect::<Vec<_>>()
        };
        elements.flat_map(of_element).collect()
    }

    /// The gradients of the results of calls, likewise.
    pub fn result_gradients(&self) -> Vec<(Item, Option<NodeId>)> {
        let mut found = Vec::new();
        for (step, kind) in self.staged.steps.iter().enumerate() {
            if let Kind::Call(call) = *kind {
                let place = self.staged.given() + step;
                let gradients = self.gradients.iter().enumerate();
                found.extend(gradients.map(|(element, gradients)| (Item::Result { call, element }, gradients[place])));
            }
        }
        found
    }

    /// The gradients of the trained parameters that are not 0.
    pub fn trained_gradients(&mut self) -> Vec<(Item, NodeId)> {
        let mut found = Vec::new();
        for parameter in 0..self.staged.trained {
            let place = self.staged.values + parameter;
            let parts: Vec<NodeId> = self.gradients.iter().filter_map(|gradients| gradients[place]).collect();
            if !parts.is_empty() {
                found.push((Item::Trained(parameter), tree(&mut self.builder, parts, Builder::add)));
            }
        }
        found
    }

    pub fn zero(&mut self) -> NodeId {
        self.builder.constant(0.0)
    }

    /// The program that puts down `roots`, at least one.
    pub fn finish(self, roots: Vec<(Quantity, Put, NodeId)>) -> Result<Unplaced, KernelError> {
        if self.reads.len() > MAX_READS {
            return Err(KernelError::TooManyInputs { count: self.reads.len(), limit: MAX_READS });
        }
        let nodes: Vec<NodeId> = roots.iter().map(|(.., root)| *root).collect();
        let writes = roots.into_iter().map(|(quantity, put, _)| (quantity, put)).collect();
        Ok(Unplaced { formula: self.builder.finish(&nodes, self.reads.len() as u8), reads: self.reads, writes })
    }
}

/// Pairs, then pairs of those: short chains, and sums that lose less than one after the other.
fn tree(b: &mut Builder, mut nodes: Vec<NodeId>, f: impl Fn(&mut Builder, NodeId, NodeId) -> NodeId) -> NodeId {
    while nodes.len() > 1 {
        nodes = nodes.chunks(2).map(|pair| pair.iter().copied().reduce(|p, q| f(b, p, q)).unwrap_or(pair[0])).collect();
    }
    nodes[0] // a site has an element
}

fn reduce(b: &mut Builder, by: Reduction, values: Vec<NodeId>) -> NodeId {
    match by {
        Reduction::Sum => tree(b, values, Builder::add),
        Reduction::Max => tree(b, values, |b, p, q| b.binary(Binary::Max, p, q)),
        Reduction::Min => tree(b, values, |b, p, q| b.binary(Binary::Min, p, q)),
    }
}

/// From the gradient of a reduction to those of the values.
///
/// An extreme is shared out among the elements that have it, in equal parts; if it is NaN, every element's gradient is NaN (unless
/// there is none to share out).
fn reduce_back(b: &mut Builder, by: Reduction, values: &[NodeId], result: NodeId, total: NodeId) -> Vec<Option<NodeId>> {
    if by == Reduction::Sum {
        return vec![Some(total); values.len()];
    }
    let [zero, one, nan] = [0.0, 1.0, f64::NAN].map(|number| b.constant(number));
    let holds: Vec<NodeId> = values.iter().map(|value| b.select(CmpOp::Eq, *value, result, one, zero)).collect();
    let holders = tree(b, holds, Builder::add);
    let part = b.div(total, holders);
    let of_nan = b.select(CmpOp::Eq, total, zero, zero, nan);
    let other = b.select(CmpOp::Eq, result, result, zero, of_nan);
    values.iter().map(|value| Some(b.select(CmpOp::Eq, *value, result, part, other))).collect()
}

/// The product of a gradient and a slope; `None` if the slope is the number 0.
fn times(b: &mut Builder, gradient: NodeId, slope: NodeId, steps: bool) -> Option<NodeId> {
    if b.as_const(slope) == Some(0.0) {
        return None;
    }
    let product = b.mul(gradient, slope);
    if !steps || always_finite(b, slope) {
        return Some(product);
    }
    let zero = b.constant(0.0);
    Some(b.select(CmpOp::Eq, gradient, zero, zero, product))
}

fn plus(b: &mut Builder, p: Option<NodeId>, q: Option<NodeId>) -> Option<NodeId> {
    match (p, q) {
        (Some(p), Some(q)) => Some(b.add(p, q)),
        (p, q) => p.or(q),
    }
}

/// Whether `id` is finite whatever the inputs are: a choice between numbers.
fn always_finite(b: &Builder, id: NodeId) -> bool {
    match b.node(id) {
        Node::Const(value) => (value as f32).is_finite(),
        Node::Select { then, otherwise, .. } => always_finite(b, then) && always_finite(b, otherwise),
        _ => false,
    }
}
