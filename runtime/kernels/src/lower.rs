//! A formula, node by node, as code.

use crate::code::{Code, Vector, Writer};
use crate::math::{self, Angle, Logistic};
use hetc_compiler::formula::build::operands;
use hetc_compiler::formula::{Binary, Formula, Node, NodeId, Unary};
use hetc_grammar::tree::CmpOp;
use std::collections::HashMap;

/// The code of `formula`: input `i` is instruction `Input(i)`, result `i` is root `i`. `fused` as in [`Writer::new`].
pub fn lower(formula: &Formula, fused: bool) -> Code {
    let mut writer = Writer::new(fused);
    let mut lowering = Lowering::new(formula);
    for (i, node) in formula.nodes().iter().enumerate() {
        let value = if lowering.absorbed[i] { None } else { Some(lowering.node(&mut writer, *node)) };
        lowering.values.push(value);
    }
    let results: Vec<Vector> = formula.roots().iter().map(|root| lowering.value(*root)).collect();
    writer.finish(&results)
}

struct Lowering<'f> {
    formula: &'f Formula,
    /// Products that their only user takes into a fused multiply-add.
    absorbed: Vec<bool>,
    /// One per node so far; `None` if absorbed.
    values: Vec<Option<Vector>>,
    logistics: HashMap<Argument, Logistic>,
    angles: HashMap<NodeId, Angle>,
}

/// An argument up to its sign, under which the logistic functions of `u` and `-u` meet however the minus is written.
#[derive(PartialEq, Eq, Hash)]
enum Argument {
    Node(NodeId),
    Scaled(u64, NodeId),
    Difference(NodeId, NodeId),
}

impl<'f> Lowering<'f> {
    fn new(formula: &'f Formula) -> Self {
        Self {
            formula,
            absorbed: absorbed_products(formula),
            values: Vec::with_capacity(formula.nodes().len()),
            logistics: HashMap::new(),
            angles: HashMap::new(),
        }
    }

    fn value(&self, id: NodeId) -> Vector {
        self.values[id.index()].expect("an absorbed product has no other user")
    }

    fn constant(&self, id: NodeId) -> Option<f64> {
        match self.formula.nodes()[id.index()] {
            Node::Const(value) => Some(value),
            _ => None,
        }
    }

    fn node(&mut self, e: &mut Writer, node: Node) -> Vector {
        match node {
            Node::Input(i) => e.input(i),
            Node::Const(value) => e.number(value as f32),
            Node::Unary(op, a) => self.unary(e, op, a),
            Node::Binary(op, a, b) => self.binary(e, op, a, b),
            Node::Select { op, a, b, then, otherwise } => {
                let mask = e.compare(op, self.value(a), self.value(b));
                e.pick(mask, self.value(then), self.value(otherwise))
            }
        }
    }

    fn unary(&mut self, e: &mut Writer, op: Unary, a: NodeId) -> Vector {
        match op {
            Unary::Sigmoid => self.logistic(e, a),
            Unary::Sin => self.angle(e, a).sin(e),
            Unary::Cos => self.angle(e, a).cos(e),
            _ => math::unary(e, op, self.value(a)),
        }
    }

    fn angle(&mut self, e: &mut Writer, a: NodeId) -> Angle {
        let x = self.value(a);
        *self.angles.entry(a).or_insert_with(|| Angle::new(e, x))
    }

    fn logistic(&mut self, e: &mut Writer, a: NodeId) -> Vector {
        let (negated, argument) = self.unsigned(a);
        if let Some(known) = self.logistics.get(&argument) {
            return if negated { known.down } else { known.up };
        }
        let value = Logistic::new(e, self.value(a));
        self.logistics.insert(argument, if negated { value.mirrored() } else { value });
        value.up
    }

    fn unsigned(&self, a: NodeId) -> (bool, Argument) {
        match self.formula.nodes()[a.index()] {
            Node::Unary(Unary::Neg, inner) => (true, Argument::Node(inner)),
            Node::Binary(Binary::Mul, p, q) => match self.constant(p) {
                Some(c) => (c < 0.0, Argument::Scaled(c.abs().to_bits(), q)),
                None => (false, Argument::Node(a)),
            },
            Node::Binary(Binary::Sub, p, q) => (q < p, Argument::Difference(p.min(q), p.max(q))),
            _ => (false, Argument::Node(a)),
        }
    }

    fn binary(&mut self, e: &mut Writer, op: Binary, a: NodeId, b: NodeId) -> Vector {
        match op {
            Binary::Add => match (self.product(a), self.product(b)) {
                (Some((p, q)), _) => e.mul_add(p, q, self.value(b)),
                (_, Some((p, q))) => e.mul_add(p, q, self.value(a)),
                _ => e.add(self.value(a), self.value(b)),
            },
            Binary::Sub => match (self.product(a), self.product(b)) {
                (Some((p, q)), _) => e.mul_sub(p, q, self.value(b)),
                (_, Some((p, q))) => e.sub_mul(self.value(a), p, q),
                _ => e.sub(self.value(a), self.value(b)),
            },
            Binary::Mul => e.mul(self.value(a), self.value(b)),
            Binary::Div => e.div(self.value(a), self.value(b)),
            Binary::Min | Binary::Max => self.extreme(e, op, a, b),
        }
    }

    /// The factors of a product that its user takes in.
    fn product(&self, id: NodeId) -> Option<(Vector, Vector)> {
        match self.formula.nodes()[id.index()] {
            Node::Binary(Binary::Mul, p, q) if self.absorbed[id.index()] => Some((self.value(p), self.value(q))),
            _ => None,
        }
    }

    /// The lesser or the greater, or NaN if either is. Where both are zeros of different signs, it may be either.
    fn extreme(&self, e: &mut Writer, op: Binary, a: NodeId, b: NodeId) -> Vector {
        let is_number = |id| self.constant(id).is_some_and(|c| !c.is_nan());
        // The instruction hands on a NaN only if it stands second.
        let (first, second) = if is_number(b) { (b, a) } else { (a, b) };
        let (p, q) = (self.value(first), self.value(second));
        let value = if op == Binary::Min { e.lesser_or_second(p, q) } else { e.greater_or_second(p, q) };
        if is_number(first) {
            return value;
        }
        let ordered = e.compare(CmpOp::Eq, p, p);
        e.pick(ordered, value, p)
    }
}

/// Which products have one user, a sum or difference that takes in no other.
fn absorbed_products(formula: &Formula) -> Vec<bool> {
    let nodes = formula.nodes();
    let mut uses = vec![0u32; nodes.len()];
    nodes.iter().flat_map(|node| operands(*node)).chain(formula.roots().iter().copied()).for_each(|id| uses[id.index()] += 1);
    let mut absorbed = vec![false; nodes.len()];
    for node in nodes {
        if let Node::Binary(Binary::Add | Binary::Sub, a, b) = *node {
            let single = |id: &NodeId| uses[id.index()] == 1 && matches!(nodes[id.index()], Node::Binary(Binary::Mul, ..));
            if let Some(id) = [a, b].into_iter().find(single) {
                absorbed[id.index()] = true;
            }
        }
    }
    absorbed
}
