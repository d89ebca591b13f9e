//! Formulas in dual numbers.

use crate::dual::Dual;
use hetc_compiler::formula::{Binary, Formula, Node, Unary};
use std::f64::consts::FRAC_2_SQRT_PI;

/// A formula and its gradient, to be read in dual numbers: the gradient's slopes are second derivatives.
#[derive(Debug)]
pub struct Expression {
    value: Formula,
    gradient: Formula,
}

impl Expression {
    /// Of `formula`.
    pub fn new(formula: &Formula) -> Self {
        Self { value: formula.clone(), gradient: formula.gradient() }
    }

    /// Its value; `nodes` is room to work in.
    pub fn value(&self, inputs: &[Dual], nodes: &mut Vec<Dual>) -> Dual {
        evaluate(&self.value, inputs, nodes);
        nodes[self.value.root().index()]
    }

    /// Adds `dy` times the derivative by each input to `gradients`; nothing where `dy` is 0, also where a derivative is infinite.
    pub fn pull_back(&self, inputs: &[Dual], dy: Dual, gradients: &mut [Dual], nodes: &mut Vec<Dual>) {
        if dy.is_zero() {
            return;
        }
        evaluate(&self.gradient, inputs, nodes);
        for (gradient, root) in gradients.iter_mut().zip(self.gradient.roots()) {
            *gradient += dy * nodes[root.index()];
        }
    }
}

fn evaluate(formula: &Formula, inputs: &[Dual], nodes: &mut Vec<Dual>) {
    nodes.clear();
    for node in formula.nodes() {
        nodes.push(match *node {
            Node::Input(i) => inputs[usize::from(i)],
            Node::Const(value) => Dual::constant(value),
            Node::Unary(op, a) => unary(op, nodes[a.index()]),
            Node::Binary(op, a, b) => binary(op, nodes[a.index()], nodes[b.index()]),
            Node::Select { op, a, b, then, otherwise } => {
                let holds = op.holds(nodes[a.index()].value, nodes[b.index()].value);
                nodes[if holds { then } else { otherwise }.index()]
            }
        });
    }
}

fn unary(op: Unary, a: Dual) -> Dual {
    let (x, value) = (a.value, op.apply(a.value));
    let derivative = match op {
        Unary::Neg => -1.0,
        Unary::Abs => f64::from(i8::from(x > 0.0) - i8::from(x < 0.0)),
        Unary::Sqrt => 0.5 / value,
        // A power is exp(c log u), whose derivative is 0 where u is (for c above 1), however steep the logarithm is there.
        Unary::Exp if value == 0.0 => return Dual::ZERO,
        Unary::Exp => value,
        Unary::Expm1 => x.exp(),
        Unary::Log => 1.0 / x,
        Unary::Log1p => 1.0 / (1.0 + x),
        Unary::Sin => x.cos(),
        Unary::Cos => -x.sin(),
        Unary::Tanh => 4.0 * Unary::Sigmoid.apply(2.0 * x) * Unary::Sigmoid.apply(-2.0 * x),
        Unary::Sigmoid => value * Unary::Sigmoid.apply(-x),
        Unary::Erf => FRAC_2_SQRT_PI * (-x * x).exp(),
    };
    a.through(value, derivative)
}

fn binary(op: Binary, a: Dual, b: Dual) -> Dual {
    match op {
        Binary::Add => a + b,
        Binary::Sub => a - b,
        Binary::Mul => a * b,
        Binary::Div => a / b,
        Binary::Min | Binary::Max if a.value.is_nan() || b.value.is_nan() => Dual::constant(f64::NAN),
        Binary::Min => {
            if a.value < b.value {
                a
            } else {
                b
            }
        }
        Binary::Max => {
            if a.value > b.value {
                a
            } else {
                b
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hetc_compiler::formula::Builder;

    /// Of every primitive the slope is the derivative that the compiler takes of it.
    #[test]
    fn slopes_are_the_compilers_derivatives() {
        for op in Unary::ALL {
            let mut builder = Builder::new();
            let x = builder.input(0);
            let root = builder.unary(op, x);
            let formula = builder.finish(&[root], 1);
            let derivative = formula.derivative(0);
            for x in [0.3, 0.9, 2.5, 11.0, -0.4, -3.0] {
                if matches!(op, Unary::Sqrt | Unary::Log | Unary::Log1p) && x <= 0.0 {
                    continue;
                }
                let got = Expression::new(&formula).value(&[Dual { value: x, slope: 0.5 }], &mut Vec::new());
                let want = (formula.at(x), 0.5 * derivative.at(x));
                assert_eq!(got.value, want.0, "{op} at {x}");
                assert!((got.slope - want.1).abs() <= 1e-15 + 1e-14 * want.1.abs(), "{op} at {x}: {} for {}", got.slope, want.1);
            }
        }
    }
}
