//! Building formulas: equal nodes are shared, and what can be computed now is.
//!
//! The rules below only rewrite to something at least as accurate. Two go beyond tidying: `1 / (1 + exp(-u))` becomes the logistic
//! function, which neither overflows itself nor in its derivative, and `u * 1 / …` patterns around it follow. All readings of a formula
//! start from the rewritten graph, so they agree on what it means at the edges.

use super::{Binary, Formula, Node, NodeId, Unary};
use hetc_grammar::tree::CmpOp;
use std::collections::HashMap;

/// Key under which equal nodes meet; constants by their bits, sums and products whatever the order of their operands.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Input(u8),
    Const(u64),
    Unary(Unary, NodeId),
    Binary(Binary, NodeId, NodeId),
    Select(CmpOp, NodeId, NodeId, NodeId, NodeId),
}

/// Builds one formula, operands first.
#[derive(Default)]
pub struct Builder {
    nodes: Vec<Node>,
    known: HashMap<Key, NodeId>,
}

impl Builder {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts from the nodes of `formula`, under the same ids.
    pub fn from_formula(formula: &Formula) -> Self {
        let mut builder = Self::new();
        for node in formula.nodes() {
            builder.intern(*node);
        }
        builder
    }

    /// How many nodes there are so far.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether nothing has been built yet.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// What stands at `id`.
    pub fn node(&self, id: NodeId) -> Node {
        self.nodes[id.index()] // ids come from this builder
    }

    /// The formula whose results are `roots` (at least one), without the nodes that do not reach them.
    ///
    /// Nodes are numbered as a reader of the formula's text meets them, so that equal formulas are equal however they came about.
    pub fn finish(&self, roots: &[NodeId], inputs: u8) -> Formula {
        assert!(!roots.is_empty(), "a formula has a result");
        let mut renamed: Vec<Option<NodeId>> = vec![None; self.nodes.len()];
        let mut nodes = Vec::new();
        let mut open: Vec<NodeId> = roots.iter().rev().copied().collect();
        while let Some(&id) = open.last() {
            let node = self.node(id);
            let waits_for = operands(node).find(|operand| renamed[operand.index()].is_none());
            match waits_for.filter(|_| renamed[id.index()].is_none()) {
                Some(operand) => open.push(operand),
                None => {
                    open.pop();
                    if renamed[id.index()].is_none() {
                        let renumbered = map_operands(node, |operand| renamed[operand.index()].unwrap_or(operand));
                        renamed[id.index()] = Some(NodeId(nodes.len() as u32));
                        nodes.push(renumbered);
                    }
                }
            }
        }
        let place = |id: NodeId| renamed[id.index()].unwrap_or(id);
        Formula { nodes, roots: roots.iter().map(|root| place(*root)).collect(), inputs }
    }

    /// Input number `i`.
    pub fn input(&mut self, i: u8) -> NodeId {
        self.intern(Node::Input(i))
    }

    /// A number.
    pub fn constant(&mut self, value: f64) -> NodeId {
        self.intern(Node::Const(value))
    }

    /// The value of `id`, if it is a number.
    pub fn as_const(&self, id: NodeId) -> Option<f64> {
        match self.node(id) {
            Node::Const(value) => Some(value),
            _ => None,
        }
    }

    fn is_const(&self, id: NodeId, value: f64) -> bool {
        self.as_const(id) == Some(value)
    }

    fn intern(&mut self, node: Node) -> NodeId {
        let key = match node {
            Node::Input(i) => Key::Input(i),
            Node::Const(value) => Key::Const(value.to_bits()),
            Node::Unary(op, a) => Key::Unary(op, a),
            Node::Binary(op @ (Binary::Add | Binary::Mul), a, b) => Key::Binary(op, a.min(b), a.max(b)),
            Node::Binary(op, a, b) => Key::Binary(op, a, b),
            Node::Select { op, a, b, then, otherwise } => Key::Select(op, a, b, then, otherwise),
        };
        let next = NodeId(self.nodes.len() as u32);
        let id = *self.known.entry(key).or_insert(next);
        if id == next {
            self.nodes.push(node);
        }
        id
    }

    /// `op(a)`.
    pub fn unary(&mut self, op: Unary, a: NodeId) -> NodeId {
        if let Some(value) = self.as_const(a) {
            return self.constant(op.apply(value));
        }
        match (op, self.node(a)) {
            (Unary::Neg, Node::Unary(Unary::Neg, inner)) => inner,
            (Unary::Neg, Node::Binary(Binary::Mul, c, inner)) => match self.as_const(c) {
                Some(c) => self.scale(-c, inner),
                None => self.intern(Node::Unary(op, a)),
            },
            (Unary::Neg, Node::Binary(Binary::Sub, p, q)) => self.sub(q, p),
            (Unary::Abs, Node::Unary(Unary::Neg | Unary::Abs, inner)) => self.unary(Unary::Abs, inner),
            _ => self.intern(Node::Unary(op, a)),
        }
    }

    /// `-a`.
    pub fn neg(&mut self, a: NodeId) -> NodeId {
        self.unary(Unary::Neg, a)
    }

    /// `op(a, b)`.
    pub fn binary(&mut self, op: Binary, a: NodeId, b: NodeId) -> NodeId {
        match op {
            Binary::Add => self.add(a, b),
            Binary::Sub => self.sub(a, b),
            Binary::Mul => self.mul(a, b),
            Binary::Div => self.div(a, b),
            Binary::Min | Binary::Max if a == b => a,
            Binary::Min | Binary::Max => match (self.as_const(a), self.as_const(b)) {
                (Some(p), Some(q)) => self.constant(op.apply(p, q)),
                _ => self.intern(Node::Binary(op, a, b)),
            },
        }
    }

    /// `a + b`.
    pub fn add(&mut self, a: NodeId, b: NodeId) -> NodeId {
        match (self.as_const(a), self.as_const(b)) {
            (Some(p), Some(q)) => return self.constant(p + q),
            (_, Some(0.0)) => return a,
            (Some(0.0), _) => return b,
            _ => {}
        }
        if a == b {
            return self.scale(2.0, a);
        }
        if let Node::Unary(Unary::Neg, inner) = self.node(b) {
            return self.sub(a, inner);
        }
        if let Node::Unary(Unary::Neg, inner) = self.node(a) {
            return self.sub(b, inner);
        }
        self.intern(Node::Binary(Binary::Add, a, b))
    }

    /// `a - b`.
    pub fn sub(&mut self, a: NodeId, b: NodeId) -> NodeId {
        match (self.as_const(a), self.as_const(b)) {
            (Some(p), Some(q)) => return self.constant(p - q),
            (_, Some(0.0)) => return a,
            (Some(0.0), _) => return self.neg(b),
            _ => {}
        }
        if let Node::Unary(Unary::Neg, inner) = self.node(b) {
            return self.add(a, inner);
        }
        // x - x is not 0 where x is infinite, so it stays.
        self.intern(Node::Binary(Binary::Sub, a, b))
    }

    /// `factor * a`, folding into a factor that is already there.
    pub fn scale(&mut self, factor: f64, a: NodeId) -> NodeId {
        let c = self.constant(factor);
        self.mul(c, a)
    }

    /// `a * b`.
    pub fn mul(&mut self, a: NodeId, b: NodeId) -> NodeId {
        // A constant stands on the left, so that the rules need one side only.
        let (a, b) = match (self.as_const(a), self.as_const(b)) {
            (Some(p), Some(q)) => return self.constant(p * q),
            (None, Some(_)) => (b, a),
            _ => (a, b),
        };
        if let Some(c) = self.as_const(a) {
            if c == 1.0 {
                return b;
            }
            if c == -1.0 {
                return self.neg(b);
            }
            match self.node(b) {
                Node::Binary(Binary::Mul, d, inner) => {
                    // Two factors become one only where that neither overflows nor vanishes.
                    if let Some(factor) = self.as_const(d).map(|d| c * d).filter(|factor| is_normal(*factor)) {
                        return self.scale(factor, inner);
                    }
                }
                Node::Unary(Unary::Neg, inner) => return self.scale(-c, inner),
                _ => {}
            }
            // 0 * x is not 0 where x is infinite or NaN, so it stays.
            return self.intern(Node::Binary(Binary::Mul, a, b));
        }
        match (self.node(a), self.node(b)) {
            (Node::Unary(Unary::Neg, p), Node::Unary(Unary::Neg, q)) => self.mul(p, q),
            (Node::Unary(Unary::Neg, p), _) => {
                let product = self.mul(p, b);
                self.neg(product)
            }
            (_, Node::Unary(Unary::Neg, q)) => {
                let product = self.mul(a, q);
                self.neg(product)
            }
            _ => self.intern(Node::Binary(Binary::Mul, a, b)),
        }
    }

    /// `a / b`.
    pub fn div(&mut self, a: NodeId, b: NodeId) -> NodeId {
        match (self.as_const(a), self.as_const(b)) {
            (Some(p), Some(q)) => return self.constant(p / q),
            (_, Some(1.0)) => return a,
            // Dividing by a number is multiplying by its inverse, to within half an ULP of f64.
            (None, Some(q)) if is_normal(1.0 / q) => return self.scale(1.0 / q, a),
            _ => {}
        }
        if let Some(inverse) = self.logistic_inverse(b) {
            return self.mul(a, inverse);
        }
        match (self.node(a), self.node(b)) {
            (Node::Unary(Unary::Neg, p), Node::Unary(Unary::Neg, q)) => self.div(p, q),
            (Node::Unary(Unary::Neg, p), _) => {
                let quotient = self.div(p, b);
                self.neg(quotient)
            }
            _ => self.intern(Node::Binary(Binary::Div, a, b)),
        }
    }

    /// `1 / b` as a logistic function, if `b` is `1 + exp(u)`.
    fn logistic_inverse(&mut self, b: NodeId) -> Option<NodeId> {
        let Node::Binary(Binary::Add, p, q) = self.node(b) else { return None };
        let grown = if self.is_const(p, 1.0) {
            q
        } else if self.is_const(q, 1.0) {
            p
        } else {
            return None;
        };
        let Node::Unary(Unary::Exp, u) = self.node(grown) else { return None };
        let negated = self.neg(u);
        Some(self.unary(Unary::Sigmoid, negated))
    }

    /// `then` where `a op b`, else `otherwise`.
    pub fn select(&mut self, op: CmpOp, a: NodeId, b: NodeId, then: NodeId, otherwise: NodeId) -> NodeId {
        if then == otherwise {
            return then;
        }
        if let (Some(p), Some(q)) = (self.as_const(a), self.as_const(b)) {
            return if op.holds(p, q) { then } else { otherwise };
        }
        self.intern(Node::Select { op, a, b, then, otherwise })
    }

    /// `a` to the power of the constant `exponent`: products for small whole numbers, `sqrt` for a half, else `exp(exponent * log(a))`.
    pub fn power(&mut self, a: NodeId, exponent: f64) -> NodeId {
        if let Some(value) = self.as_const(a) {
            return self.constant(value.powf(exponent));
        }
        if exponent == 0.0 {
            return self.constant(1.0);
        }
        if exponent == 0.5 {
            return self.unary(Unary::Sqrt, a);
        }
        if exponent.fract() == 0.0 && exponent.abs() <= 64.0 {
            let product = self.whole_power(a, exponent.abs() as u32);
            if exponent > 0.0 {
                return product;
            }
            let one = self.constant(1.0);
            return self.div(one, product);
        }
        let log = self.unary(Unary::Log, a);
        let scaled = self.scale(exponent, log);
        self.unary(Unary::Exp, scaled)
    }

    fn whole_power(&mut self, a: NodeId, n: u32) -> NodeId {
        if n == 1 {
            return a;
        }
        let half = self.whole_power(a, n / 2);
        let square = self.mul(half, half);
        if n.is_multiple_of(2) { square } else { self.mul(square, a) }
    }

    /// Copies `formula` in, with `inputs` (one for each) in place of its inputs; returns its results.
    pub fn inline(&mut self, formula: &Formula, inputs: &[NodeId]) -> Vec<NodeId> {
        let mut renamed: Vec<NodeId> = Vec::with_capacity(formula.nodes().len());
        for node in formula.nodes() {
            let at = |id: NodeId| renamed[id.index()];
            let id = match *node {
                Node::Input(i) => inputs[usize::from(i)],
                Node::Const(value) => self.constant(value),
                Node::Unary(op, a) => self.unary(op, at(a)),
                Node::Binary(op, a, b) => self.binary(op, at(a), at(b)),
                Node::Select { op, a, b, then, otherwise } => self.select(op, at(a), at(b), at(then), at(otherwise)),
            };
            renamed.push(id);
        }
        formula.roots().iter().map(|root| renamed[root.index()]).collect()
    }
}

/// Whether kernels, which compute in single precision, hold `value` in full precision.
fn is_normal(value: f64) -> bool {
    (value as f32).is_normal()
}

/// The nodes that `node` reads.
pub fn operands(node: Node) -> impl Iterator<Item = NodeId> {
    let list = match node {
        Node::Input(_) | Node::Const(_) => [None; 4],
        Node::Unary(_, a) => [Some(a), None, None, None],
        Node::Binary(_, a, b) => [Some(a), Some(b), None, None],
        Node::Select { a, b, then, otherwise, .. } => [Some(a), Some(b), Some(then), Some(otherwise)],
    };
    list.into_iter().flatten()
}

fn map_operands(node: Node, f: impl Fn(NodeId) -> NodeId) -> Node {
    match node {
        Node::Input(_) | Node::Const(_) => node,
        Node::Unary(op, a) => Node::Unary(op, f(a)),
        Node::Binary(op, a, b) => Node::Binary(op, f(a), f(b)),
        Node::Select { op, a, b, then, otherwise } => {
            Node::Select { op, a: f(a), b: f(b), then: f(then), otherwise: f(otherwise) }
        }
    }
}
