//! The plain evaluator in f64: slow, obvious, and the oracle that every other reading is checked against.

use super::{Binary, Formula, Node, Unary};

impl Unary {
    /// The function's value in f64.
    pub fn apply(self, a: f64) -> f64 {
        match self {
            Unary::Neg => -a,
            Unary::Abs => a.abs(),
            Unary::Sqrt => a.sqrt(),
            Unary::Exp => a.exp(),
            Unary::Expm1 => a.exp_m1(),
            Unary::Log => a.ln(),
            Unary::Log1p => a.ln_1p(),
            Unary::Sin => a.sin(),
            Unary::Cos => a.cos(),
            Unary::Tanh => a.tanh(),
            Unary::Sigmoid => {
                // exp of a negative number only: never overflows.
                let e = (-a.abs()).exp();
                if a >= 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) }
            }
            Unary::Erf => libm::erf(a),
        }
    }
}

impl Binary {
    /// The function's value in f64.
    pub fn apply(self, a: f64, b: f64) -> f64 {
        match self {
            Binary::Add => a + b,
            Binary::Sub => a - b,
            Binary::Mul => a * b,
            Binary::Div => a / b,
            Binary::Min | Binary::Max if a.is_nan() || b.is_nan() => f64::NAN,
            Binary::Min => {
                if a < b {
                    a
                } else {
                    b
                }
            }
            Binary::Max => {
                if a > b {
                    a
                } else {
                    b
                }
            }
        }
    }
}

impl Formula {
    /// The value of every node, in order; `inputs` has one value per input.
    pub fn eval_nodes(&self, inputs: &[f64]) -> Vec<f64> {
        let mut values: Vec<f64> = Vec::with_capacity(self.nodes().len());
        for node in self.nodes() {
            values.push(match *node {
                Node::Input(i) => inputs[usize::from(i)],
                Node::Const(value) => value,
                Node::Unary(op, a) => op.apply(values[a.index()]),
                Node::Binary(op, a, b) => op.apply(values[a.index()], values[b.index()]),
                Node::Select { op, a, b, then, otherwise } => {
                    let chosen = if op.holds(values[a.index()], values[b.index()]) { then } else { otherwise };
                    values[chosen.index()]
                }
            });
        }
        values
    }

    /// The (first) result at `inputs`.
    pub fn eval(&self, inputs: &[f64]) -> f64 {
        self.eval_nodes(inputs)[self.root().index()]
    }

    /// The result of a formula of one input at `x`.
    pub fn at(&self, x: f64) -> f64 {
        self.eval(&[x])
    }
}
