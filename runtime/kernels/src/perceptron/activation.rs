//! What hidden units answer with.

use crate::Lanes;
use hetc_compiler::formula::{Binary, Formula, Node};
use std::fmt;
use std::sync::Arc;

/// A function of one value at many places, and its slope.
pub trait Pointwise: Send + Sync {
    /// Every value of `buffer` becomes what the function gives there.
    fn forward(&self, buffer: &mut [Lanes]);
    /// Every value of `gradient` is multiplied by the slope at the value of `pre` at the same place.
    fn backward(&self, pre: &[Lanes], gradient: &mut [Lanes]);
}

/// What hidden units answer with.
#[derive(Clone)]
pub enum Activation {
    /// `max(x, 0)`, with slope 0 at 0: see [`Self::relu`].
    Relu,
    /// Anything else.
    Pointwise(Arc<dyn Pointwise>),
}

impl Activation {
    /// [`Activation::Relu`], if `formula` is that and nothing else: the same value and the same slope everywhere.
    pub fn relu(formula: &Formula) -> Option<Self> {
        let [Node::Input(0), Node::Const(0.0), Node::Binary(Binary::Max, left, right)] = formula.nodes() else { return None };
        let nodes = formula.nodes();
        // The order of the operands decides the slope at 0.
        let of_relu = matches!((nodes[left.index()], nodes[right.index()]), (Node::Input(0), Node::Const(0.0)));
        (of_relu && formula.root().index() == 2).then_some(Self::Relu)
    }
}

impl fmt::Debug for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Relu => "Relu",
            Self::Pointwise(_) => "Pointwise",
        })
    }
}
