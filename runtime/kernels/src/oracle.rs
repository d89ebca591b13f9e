//! What f32 arithmetic may make of a formula: the value in f64 with a running bound of the error, for tests.
//!
//! Every node adds its own rounding to what its operands' errors do to it. Points say nothing, and are skipped, where a value on the way
//! leaves the range of f32 or a comparison is closer than the errors of its sides.

use crate::ulp_bound;
use hetc_compiler::formula::{Binary, Formula, Node, Unary};
use hetc_grammar::tree::CmpOp;

/// Half a unit in the last place of f32, relative.
const HALF_ULP: f64 = 1.0 / 16_777_216.0; // 2^-24

/// The rounding of results below the normal numbers, with room for a few of them.
const TINY: f64 = f32::MIN_POSITIVE as f64 / 2_097_152.0; // four subnormal steps

/// A value and how far from it f32 arithmetic may end up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounded {
    /// The value in f64.
    pub value: f64,
    /// A first-order bound of the error in f32.
    pub error: f64,
}

impl Bounded {
    fn exact(value: f64) -> Self {
        Self { value, error: 0.0 }
    }

    /// With the rounding of the operation itself, `None` outside the range of f32.
    fn rounded(value: f64, inherited: f64, half_ulps: f64) -> Option<Self> {
        let error = inherited + half_ulps * HALF_ULP * (value.abs() + inherited) + TINY;
        let in_range = value.abs() + error < f64::from(f32::MAX);
        in_range.then_some(Self { value, error })
    }

    /// Whether an f32 result is within `factor` times the bound.
    pub fn admits(&self, result: f32, factor: f64) -> bool {
        (f64::from(result) - self.value).abs() <= factor * self.error
    }

    /// The product with an exact number, rounded.
    pub fn times(self, factor: f32) -> Option<Self> {
        let factor = f64::from(factor);
        Self::rounded(self.value * factor, self.error * factor.abs(), 1.0)
    }
}

/// The value of a formula of one input at `x`; `None` where the bound says nothing.
pub fn evaluate(formula: &Formula, x: f32) -> Option<Bounded> {
    evaluate_all(formula, &[x])[0]
}

/// The value of every root of a formula; `None` where the bound says nothing.
pub fn evaluate_all(formula: &Formula, inputs: &[f32]) -> Vec<Option<Bounded>> {
    let mut values: Vec<Option<Bounded>> = Vec::with_capacity(formula.nodes().len());
    for node in formula.nodes() {
        let at = |id: hetc_compiler::formula::NodeId| values[id.index()];
        let value = match *node {
            Node::Input(i) => Some(Bounded::exact(f64::from(inputs[usize::from(i)]))),
            Node::Const(c) => constant(c),
            Node::Unary(op, a) => at(a).and_then(|a| unary(op, a)),
            Node::Binary(op, a, b) => at(a).zip(at(b)).and_then(|(a, b)| binary(op, a, b)),
            // The side that is not chosen may be anything.
            Node::Select { op, a, b, then, otherwise } => at(a).zip(at(b)).and_then(|(a, b)| decided(op, a, b)).and_then(
                |holds| {
                    if holds { at(then) } else { at(otherwise) }
                },
            ),
        };
        values.push(value.filter(|bounded| bounded.value.is_finite() && bounded.error.is_finite()));
    }
    formula.roots().iter().map(|root| values[root.index()]).collect()
}

fn constant(c: f64) -> Option<Bounded> {
    let error = (f64::from(c as f32) - c).abs();
    error.is_finite().then_some(Bounded { value: c, error })
}

fn unary(op: Unary, a: Bounded) -> Option<Bounded> {
    let value = op.apply(a.value);
    let inherited = match op {
        // Their slope is at most 1, and they turn.
        Unary::Neg | Unary::Abs | Unary::Sin | Unary::Cos => a.error,
        // The others rise all the way, so the ends of the interval tell; outside the domain they say nothing.
        _ => {
            let (below, above) = (op.apply(a.value - a.error), op.apply(a.value + a.error));
            if !(below.is_finite() && above.is_finite()) {
                return None;
            }
            (above - value).max(value - below)
        }
    };
    match op {
        Unary::Neg | Unary::Abs => Some(Bounded { value, error: inherited }),
        _ => Bounded::rounded(value, inherited, 2.0 * ulp_bound(op)),
    }
}

fn binary(op: Binary, a: Bounded, b: Bounded) -> Option<Bounded> {
    let value = op.apply(a.value, b.value);
    let inherited = match op {
        Binary::Add | Binary::Sub => a.error + b.error,
        Binary::Mul => a.value.abs() * b.error + b.value.abs() * a.error + a.error * b.error,
        Binary::Div if b.error >= b.value.abs() => return None,
        Binary::Div => (a.error + value.abs() * b.error) / (b.value.abs() - b.error),
        Binary::Min | Binary::Max => {
            let error = match decided(CmpOp::Eq, a, b) {
                Some(false) if value == a.value => a.error,
                Some(false) => b.error,
                _ => a.error.max(b.error),
            };
            return Some(Bounded { value, error });
        }
    };
    Bounded::rounded(value, inherited, 1.0)
}

/// Whether the comparison holds, if the errors leave no doubt.
fn decided(op: CmpOp, a: Bounded, b: Bounded) -> Option<bool> {
    let doubt = a.error + b.error;
    let clear = doubt == 0.0 || (a.value - b.value).abs() > 4.0 * doubt;
    clear.then(|| op.holds(a.value, b.value))
}
