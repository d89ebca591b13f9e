//! A cell's formulas at all elements of a site as one formula, and the gradients of all that is in it.

use super::staged::{Item, Kind, Quantity, Staged, Unplaced};
use crate::error::KernelError;
use crate::site::Put;
use hetc_compiler::formula::{Binary, Builder, Formula, Node, NodeId};
use hetc_compiler::plan::Reduction;
use hetc_grammar::tree::CmpOp;

/// The most inputs of a program.
pub const MAX_READS: usize = 200;

/// One formula in the making.
pub struct Unrolled<'a> {
    staged: &'a Staged,
    builder: Builder,
    reads: Vec<Quantity>,
    /// For each element the inputs of the cell's formulas.
    known: Vec<Vec<NodeId>>,
    /// For each element and each of them, its gradient; `None` is 0.
    gradients: Vec<Vec<Option<NodeId>>>,
}

impl<'a> Unrolled<'a> {
    /// All elements up to the steps that are `needed`.
    pub fn new(staged: &'a Staged, needed: &[bool]) -> Self {
        let mut unrolled = Self {
            staged,
            builder: Builder::new(),
            reads: Vec::new(),
            known: vec![Vec::new(); staged.elements],
            gradients: vec![vec![None; staged.given() + staged.steps.len()]; staged.elements],
        };
        unrolled.expand(needed);
        unrolled
    }

    /// An input of the program.
    pub fn read(&mut self, quantity: Quantity) -> NodeId {
        let known = self.reads.iter().position(|read| *read == quantity);
        let place = known.unwrap_or(self.reads.len());
        if known.is_none() {
            self.reads.push(quantity);
        }
        // A program of too many inputs is refused when it is finished.
        self.builder.input(u8::try_from(place).unwrap_or(u8::MAX))
    }

    fn expand(&mut self, needed: &[bool]) {
        let staged = self.staged;
        for element in 0..staged.elements {
            let values = (0..staged.values).map(|value| Item::Value { element, value });
            let items: Vec<Item> = values.chain((0..staged.trained).map(Item::Trained)).collect();
            self.known[element] = items.into_iter().map(|item| self.read(Quantity::number(item))).collect();
        }
        for (step, kind) in staged.steps.iter().enumerate() {
            let results = match kind {
                _ if !needed[step] => vec![self.builder.constant(0.0); staged.elements], // nobody reads it
                Kind::Reduce(by, of) => {
                    let values = self.values_of(of);
                    vec![reduce(&mut self.builder, *by, values); staged.elements]
                }
                Kind::Lookup(points, of) => self.values_of(of).into_iter().map(|x| points.value(&mut self.builder, x)).collect(),
                Kind::Call(call) => {
                    let items = (0..staged.elements).map(|element| Item::Result { call: *call, element });
                    items.map(|item| self.read(Quantity::number(item))).collect()
                }
            };
            self.known.iter_mut().zip(results).for_each(|(known, result)| known.push(result));
        }
    }

    /// The value of a formula of the cell at every element.
    pub fn values_of(&mut self, formula: &Formula) -> Vec<NodeId> {
        self.known.iter().map(|known| self.builder.inline(formula, known)[0]).collect() // one result
    }

    /// Adds to the gradients what those of the values of `formula` make of them.
    ///
    /// With `steps`, a gradient of 0 adds nothing, also where the slope is infinite or NaN: the answer does not depend on it.
    pub fn spread(&mut self, formula: &Formula, upstream: Vec<Option<NodeId>>, steps: bool) {
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
    pub fn steps_back(&mut self) {
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

    /// The gradients of the values, of the results of calls, and of trained parameters; `None` where they are 0.
    pub fn gradients(&mut self) -> Vec<(Item, Option<NodeId>)> {
        let staged = self.staged;
        let mut found = Vec::new();
        for (element, gradients) in self.gradients.iter().enumerate() {
            found.extend((0..staged.values).map(|value| (Item::Value { element, value }, gradients[value])));
            for (step, kind) in staged.steps.iter().enumerate() {
                if let Kind::Call(call) = *kind {
                    found.push((Item::Result { call, element }, gradients[staged.given() + step]));
                }
            }
        }
        for parameter in 0..staged.trained {
            let parts = self.gradients.iter().filter_map(|gradients| gradients[staged.values + parameter]);
            let parts: Vec<NodeId> = parts.collect();
            let sum = (!parts.is_empty()).then(|| tree(&mut self.builder, parts, Builder::add));
            found.push((Item::Trained(parameter), sum));
        }
        found
    }

    pub fn zero(&mut self) -> NodeId {
        self.builder.constant(0.0)
    }

    /// The program that puts down `roots`, at least one; what they do not need is not read.
    pub fn finish(self, roots: Vec<(Quantity, Put, NodeId)>) -> Result<Unplaced, KernelError> {
        if self.reads.len() > MAX_READS {
            return Err(KernelError::TooManyInputs { count: self.reads.len(), limit: MAX_READS });
        }
        let nodes: Vec<NodeId> = roots.iter().map(|(.., root)| *root).collect();
        let formula = self.builder.finish(&nodes, self.reads.len() as u8);
        let writes = roots.into_iter().map(|(quantity, put, _)| (quantity, put)).collect();
        let mut is_read = vec![false; self.reads.len()];
        formula.nodes().iter().for_each(|node| {
            if let Node::Input(input) = node {
                is_read[usize::from(*input)] = true
            }
        });
        let mut numbers = Vec::new();
        let mut reads = Vec::new();
        let mut builder = Builder::new();
        for (quantity, is_read) in self.reads.into_iter().zip(is_read) {
            // No node asks for the number of an input that is not read.
            numbers.push(builder.input(reads.len() as u8));
            if is_read {
                reads.push(quantity);
            }
        }
        let roots = builder.inline(&formula, &numbers);
        Ok(Unplaced { formula: builder.finish(&roots, reads.len() as u8), reads, writes })
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
