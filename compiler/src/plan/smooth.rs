//! Where a network's slopes jump.

use super::{Cell, Op, Plan, PoolKind, Reduction, Step};
use crate::formula::{Binary, Formula, Node, Unary};

impl Formula {
    /// Whether nothing in it has a kink or a jump: no choice, no extremum, no absolute value.
    pub fn is_smooth(&self) -> bool {
        let is_rough = |node: &Node| {
            matches!(node, Node::Select { .. } | Node::Unary(Unary::Abs, _) | Node::Binary(Binary::Min | Binary::Max, ..))
        };
        !self.nodes().iter().any(is_rough)
    }
}

impl Plan {
    /// The names of the layers whose slopes jump somewhere: cells with kinks (ReLU, tables, learned functions of such), maxima over
    /// windows. Second derivatives say nothing about the jumps.
    pub fn kinks(&self) -> Vec<&str> {
        let has_kinks = |op: &Op| match op {
            Op::Cells(placement) => placement.shares.iter().any(|share| !self.is_smooth(&self.cells[share.cell])),
            Op::Pool { kind, .. } | Op::AdaptivePool { kind } => *kind == PoolKind::Max,
            _ => false,
        };
        self.layers.iter().filter(|layer| has_kinks(&layer.op)).map(|layer| layer.name.as_str()).collect()
    }

    fn is_smooth(&self, cell: &Cell) -> bool {
        let step = |step: &Step| match step {
            Step::Reduce { by, of } => *by == Reduction::Sum && of.is_smooth(),
            Step::Call { function, of } => self.functions[*function].activation.is_smooth() && of.iter().all(Formula::is_smooth),
            Step::Lookup { .. } => false,
        };
        cell.formula.is_smooth() && cell.steps.iter().all(step)
    }
}

#[cfg(test)]
mod tests {
    use hetc_grammar::span::SourceId;

    fn kinks(lines: &str) -> Vec<String> {
        let text = format!(
            "inner g = mlp[4] hidden=tanh\ncell smooth = sin(x) + g(x)\nnet n {{\n input 1x8x8\n {lines}\n dense 2\n}}\n"
        );
        let compiled = crate::compile(SourceId(1), &text, &[]);
        let plan = compiled.nets[0].plan.as_ref().unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
        plan.kinks().into_iter().map(str::to_string).collect()
    }

    #[test]
    fn kinks_are_found_in_cells_windows_functions_and_pools() {
        assert_eq!(kinks("act tanh|smooth"), [""; 0]);
        assert_eq!(kinks("act swish(2)|relu"), ["act1"]);
        assert_eq!(kinks("inner mlp[4]"), ["inner1"]);
        assert_eq!(kinks("window excitator 2x2\n act tanh\n pool max 2x2"), ["window1", "pool1"]);
        assert_eq!(kinks("pool avg 2x2"), [""; 0]);
    }
}
