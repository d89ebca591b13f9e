//! Cells of different names that compute the same.

use crate::plan::Cell;

impl Cell {
    /// Whether both compute the same, whatever they are called: the same steps and the same formula.
    ///
    /// Both are from one plan. Cells with trained numbers are never the same: they start alike and part.
    pub fn same_function(&self, other: &Cell) -> bool {
        let fixed = self.trained.is_empty() && other.trained.is_empty();
        fixed && self.inputs == other.inputs && self.steps == other.steps && self.formula == other.formula
    }
}
