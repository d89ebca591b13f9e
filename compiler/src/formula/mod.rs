//! Formulas: what a cell computes, as a graph of primitive operations.
//!
//! One [`Formula`] is the single definition of a cell. Everything else is read off it: the f64 value ([`eval`]), the derivative
//! ([`mod@derive`]), the text ([`text`]), the machine code and the tensor operations (in the runtime).
//!
//! **Terms.** A *node* is one operation; its operands are earlier nodes, so the list of nodes is in evaluation order and holds no cycle.
//! Equal nodes are stored once. An *input* is a number that is known when the formula is read: one of the values a cell is applied to
//! (`x`, or `u` and `v`), a trained parameter, or what a step before it has given ([`staged`]). Parameters that are not trained are
//! gone: a formula belongs to one cell with one set of parameter values.
//!
//! **Conventions** (the same in every reading):
//! * numbers are real numbers rounded to the working precision of the reader (f64 here, f32 in kernels and tensors);
//! * `max(a, b)` has the derivative of `a` where `a > b`, otherwise that of `b`; `min` likewise with `<`; so `max(x, 0)` has
//!   derivative 0 at 0, as PyTorch's relu;
//! * `abs` has derivative 0 at 0; a `select` has the derivative of the chosen side and none through its condition;
//! * a power with a fixed exponent c has the derivative c u^(c-1) u', also where it is computed as `exp(c * log(u))`; so `max(x, 0)^1.5`
//!   has derivative 0 wherever it is 0;
//! * `max` and `min` give NaN if either side is NaN.

pub mod build;
pub mod calls;
pub mod derive;
pub mod eval;
pub mod lower;
pub mod read;
pub mod staged;
pub mod text;

pub use build::Builder;
use hetc_grammar::tree::CmpOp;

/// Index of a node in [`Formula::nodes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

impl NodeId {
    /// As an index into a slice.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One primitive operation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Node {
    /// What is known: input 0 is `x`. In a cell, first the values it is applied to, then its trained parameters, then its steps.
    Input(u8),
    /// A number.
    Const(f64),
    /// A function of one value.
    Unary(Unary, NodeId),
    /// A function of two values.
    Binary(Binary, NodeId, NodeId),
    /// `then` where `a op b`, otherwise `otherwise`. Both sides are always evaluated.
    Select {
        /// The comparison.
        op: CmpOp,
        /// Its left side.
        a: NodeId,
        /// Its right side.
        b: NodeId,
        /// Value where it holds.
        then: NodeId,
        /// Value where it does not.
        otherwise: NodeId,
    },
}

/// Primitive functions of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Unary {
    Neg,
    Abs,
    Sqrt,
    Exp,
    /// `exp(x) - 1`, exact near 0.
    Expm1,
    /// Natural logarithm.
    Log,
    /// `log(1 + x)`, exact near 0.
    Log1p,
    Sin,
    Cos,
    Tanh,
    /// `1 / (1 + exp(-x))`, without overflow on either side.
    Sigmoid,
    /// The error function.
    Erf,
}

impl Unary {
    /// Every one of them.
    pub const ALL: [Unary; 12] = [
        Unary::Neg,
        Unary::Abs,
        Unary::Sqrt,
        Unary::Exp,
        Unary::Expm1,
        Unary::Log,
        Unary::Log1p,
        Unary::Sin,
        Unary::Cos,
        Unary::Tanh,
        Unary::Sigmoid,
        Unary::Erf,
    ];

    /// The name it has in formulas; `None` for negation, which is a sign.
    pub fn function_name(self) -> Option<&'static str> {
        Some(match self {
            Unary::Neg => return None,
            Unary::Abs => "abs",
            Unary::Sqrt => "sqrt",
            Unary::Exp => "exp",
            Unary::Expm1 => "expm1",
            Unary::Log => "log",
            Unary::Log1p => "log1p",
            Unary::Sin => "sin",
            Unary::Cos => "cos",
            Unary::Tanh => "tanh",
            Unary::Sigmoid => "logistic",
            Unary::Erf => "erf",
        })
    }
}

/// Primitive functions of two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Min,
    Max,
}

/// A cell's formula with its parameters filled in, or a derivative of one.
///
/// Invariants: every operand of node `i` has an index below `i`; every node is used by a later one or is the root; no two nodes are
/// equal. [`Builder::finish`] is the only way to make one. So lists that are kept beside the nodes can be indexed by node without a check,
/// as this module and its children do.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula {
    nodes: Vec<Node>,
    roots: Vec<NodeId>,
    inputs: u8,
}

impl Formula {
    /// All nodes, operands before their users.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node that holds the (first) result.
    pub fn root(&self) -> NodeId {
        self.roots[0] // finish() takes at least one root
    }

    /// The nodes that hold the results: one for a value, one per input for a gradient.
    pub fn roots(&self) -> &[NodeId] {
        &self.roots
    }

    /// How many inputs it has.
    pub fn inputs(&self) -> u8 {
        self.inputs
    }

    /// The same with input `number(i)` in place of input `i`, and `inputs` of them; different inputs stay different.
    fn renumbered(&self, number: impl Fn(u8) -> u8, inputs: u8) -> Formula {
        let rename = |node: &Node| if let Node::Input(i) = node { Node::Input(number(*i)) } else { *node };
        Formula { nodes: self.nodes.iter().map(rename).collect(), roots: self.roots.clone(), inputs }
    }
}
