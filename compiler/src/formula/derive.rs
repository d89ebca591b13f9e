//! Symbolic derivatives.

use super::{Binary, Builder, Formula, Node, NodeId, Unary};
use hetc_grammar::tree::CmpOp;

impl Formula {
    /// The partial derivative of the result with respect to input `i`.
    pub fn derivative(&self, i: u8) -> Formula {
        let mut builder = Builder::from_formula(self);
        let slope = slope_of_root(self, &mut builder, i);
        builder.finish(&[slope], self.inputs())
    }

    /// All partial derivatives, sharing their common parts: one root per input.
    pub fn gradient(&self) -> Formula {
        let mut builder = Builder::from_formula(self);
        let slopes: Vec<NodeId> = (0..self.inputs()).map(|i| slope_of_root(self, &mut builder, i)).collect();
        builder.finish(&slopes, self.inputs())
    }
}

/// Forward accumulation: the slope of every node with respect to input `i`, operands first; `None` is a slope of exactly 0.
fn slope_of_root(formula: &Formula, builder: &mut Builder, i: u8) -> NodeId {
    let mut slopes: Vec<Option<NodeId>> = Vec::with_capacity(formula.nodes().len());
    for (index, node) in formula.nodes().iter().enumerate() {
        let value = NodeId(index as u32);
        let slope = match *node {
            Node::Input(k) => (k == i).then(|| builder.constant(1.0)),
            Node::Const(_) => None,
            Node::Unary(op, a) => match power(formula, *node) {
                // By way of the logarithm the slope would be 0 * infinity where the base is 0.
                Some((base, exponent)) => slopes[base.index()].map(|slope| {
                    let lower = builder.power(base, exponent - 1.0);
                    let outer = builder.scale(exponent, lower);
                    builder.mul(outer, slope)
                }),
                None => slopes[a.index()].map(|da| {
                    let outer = outer_slope(builder, op, a, value);
                    builder.mul(outer, da)
                }),
            },
            Node::Binary(op, a, b) => binary_slope(builder, op, (a, slopes[a.index()]), (b, slopes[b.index()]), value),
            Node::Select { op, a, b, then, otherwise } => {
                choose(builder, (op, a, b), slopes[then.index()], slopes[otherwise.index()])
            }
        };
        // A slope that came out as the number 0 is as good as none.
        slopes.push(slope.filter(|id| builder.as_const(*id) != Some(0.0)));
    }
    slopes[formula.root().index()].unwrap_or_else(|| builder.constant(0.0))
}

/// Base and exponent, if `node` is a power as [`Builder::power`] writes it: `exp(exponent * log(base))`.
fn power(formula: &Formula, node: Node) -> Option<(NodeId, f64)> {
    let at = |id: NodeId| formula.nodes()[id.index()];
    let Node::Unary(Unary::Exp, scaled) = node else { return None };
    match at(scaled) {
        Node::Unary(Unary::Log, base) => Some((base, 1.0)),
        Node::Binary(Binary::Mul, factor, log) => match (at(factor), at(log)) {
            (Node::Const(exponent), Node::Unary(Unary::Log, base)) => Some((base, exponent)),
            _ => None,
        },
        _ => None,
    }
}

/// The derivative of `op` at `a`; `value` is the node that holds `op(a)`.
fn outer_slope(b: &mut Builder, op: Unary, a: NodeId, value: NodeId) -> NodeId {
    let one = b.constant(1.0);
    match op {
        Unary::Neg => b.constant(-1.0),
        Unary::Abs => {
            let zero = b.constant(0.0);
            let minus = b.constant(-1.0);
            let below = b.select(CmpOp::Lt, a, zero, minus, zero);
            b.select(CmpOp::Gt, a, zero, one, below)
        }
        Unary::Sqrt => {
            let half = b.constant(0.5);
            b.div(half, value)
        }
        Unary::Exp => value,
        Unary::Expm1 => b.unary(Unary::Exp, a),
        Unary::Log => b.div(one, a),
        Unary::Log1p => {
            let shifted = b.add(one, a);
            b.div(one, shifted)
        }
        Unary::Sin => b.unary(Unary::Cos, a),
        Unary::Cos => {
            let sin = b.unary(Unary::Sin, a);
            b.neg(sin)
        }
        Unary::Tanh => {
            // 1 - tanh² = 4 σ(2a) σ(-2a): no cancellation in the tails.
            let doubled = b.scale(2.0, a);
            logistic_slope(b, doubled, 4.0)
        }
        Unary::Sigmoid => logistic_slope(b, a, 1.0),
        Unary::Erf => {
            let square = b.mul(a, a);
            let minus = b.neg(square);
            let bell = b.unary(Unary::Exp, minus);
            b.scale(std::f64::consts::FRAC_2_SQRT_PI, bell)
        }
    }
}

/// `factor · σ(a) σ(-a)`, where σ(-a) stands for 1 - σ(a) without cancellation.
fn logistic_slope(b: &mut Builder, a: NodeId, factor: f64) -> NodeId {
    let up = b.unary(Unary::Sigmoid, a);
    let minus = b.neg(a);
    let down = b.unary(Unary::Sigmoid, minus);
    let product = b.mul(up, down);
    b.scale(factor, product)
}

type Slope = Option<NodeId>;

fn binary_slope(b: &mut Builder, op: Binary, (p, dp): (NodeId, Slope), (q, dq): (NodeId, Slope), value: NodeId) -> Slope {
    match op {
        Binary::Add => sum(b, dp, dq),
        Binary::Sub => {
            let minus = dq.map(|dq| b.neg(dq));
            sum(b, dp, minus)
        }
        Binary::Mul => {
            let left = dp.map(|dp| b.mul(dp, q));
            let right = dq.map(|dq| b.mul(p, dq));
            sum(b, left, right)
        }
        Binary::Div => {
            // p'/q - (p/q) q'/q
            let left = dp.map(|dp| b.div(dp, q));
            let right = dq.map(|dq| {
                let ratio = b.div(dq, q);
                let product = b.mul(value, ratio);
                b.neg(product)
            });
            sum(b, left, right)
        }
        Binary::Min => choose(b, (CmpOp::Lt, p, q), dp, dq),
        Binary::Max => choose(b, (CmpOp::Gt, p, q), dp, dq),
    }
}

fn sum(b: &mut Builder, p: Slope, q: Slope) -> Slope {
    match (p, q) {
        (Some(p), Some(q)) => Some(b.add(p, q)),
        (p, q) => p.or(q),
    }
}

fn choose(b: &mut Builder, (op, p, q): (CmpOp, NodeId, NodeId), then: Slope, otherwise: Slope) -> Slope {
    if then.is_none() && otherwise.is_none() {
        return None;
    }
    let zero = b.constant(0.0);
    Some(b.select(op, p, q, then.unwrap_or(zero), otherwise.unwrap_or(zero)))
}
