//! Whether a plan that did not come from the compiler keeps the promise.

use super::{Cell, Function, Op, PLAN_VERSION, Placement, Plan, PlanError, Step, Table};
use crate::diag::words::thousands;
use crate::figures::Known;
use crate::formula::Formula;
use crate::layout::Layout;
use crate::limits::{MAX_ELEMENTS, MAX_FORMULA_INPUTS, MAX_INPUTS, MAX_LAYERS, MAX_MACS, MAX_PARAMS, MAX_SHARES, MAX_WIDTH};
use crate::shape::Shape;
use std::collections::BTreeSet;

impl Plan {
    /// Checks everything that the module's promise says, for a plan that did not come from the compiler.
    pub fn verify(&self) -> Result<(), PlanError> {
        let fail = |reason: String| Err(PlanError(reason));
        if self.version != PLAN_VERSION {
            return fail(format!("it has version {}, this is version {PLAN_VERSION}", self.version));
        }
        let Some(last) = self.layers.last() else { return fail("it has no layers".to_string()) };
        if self.layers.len() > MAX_LAYERS {
            return fail(format!("it has more than {} layers", thousands(MAX_LAYERS as u64)));
        }
        if let Some(function) = self.functions.iter().find(|function| !function.is_sound()) {
            return fail(format!("function `{}` is none", function.name));
        }
        if let Some(table) = self.tables.iter().find(|table| !table.is_sound()) {
            return fail(format!("the points of table `{}` are none of a function", table.name));
        }
        if let Some(cell) = self.cells.iter().find(|cell| !self.cell_is_sound(cell)) {
            return fail(format!("cell `{}` uses what is not there", cell.name));
        }
        if !distinct(self.functions.iter().map(|function| &function.name)) || !distinct(self.cells.iter().map(|cell| &cell.name))
        {
            return fail("two functions or two cells have one name".to_string());
        }
        if !distinct(self.tables.iter().map(|table| &table.name)) {
            return fail("two tables have one name".to_string());
        }
        if !bounded(&self.input) {
            return fail("its input is too large".to_string());
        }
        let known = Known { cells: &self.cells, functions: &self.functions };
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for (index, layer) in self.layers.iter().enumerate() {
            let sources = self.sources(index);
            if sources.iter().any(|source| *source > index) {
                return fail(format!("layer `{}` reads what comes later", layer.name));
            }
            let inputs: Vec<Shape> = sources.iter().map(|source| self.shape(*source)).collect();
            let sound = inputs.first() == Some(&layer.input)
                && layer.op.fits(&inputs, &layer.output)
                && bounded(&layer.output)
                && self.placement_is_sound(&layer.op, &layer.input)
                && layer.params == known.params(&layer.op, &layer.input, &layer.output)
                && layer.macs == known.macs(&layer.op, &layer.input, &layer.output)
                && names.insert(&layer.name);
            if !sound {
                return fail(format!("layer `{}` does not follow from what it reads", layer.name));
            }
        }
        let mut read: Vec<bool> = vec![false; self.layers.len() + 1];
        (0..self.layers.len()).flat_map(|index| self.sources(index)).for_each(|value| read[value] = true);
        if let Some(unread) = (1..self.layers.len()).find(|value| !read[*value]) {
            return fail(format!("nothing reads what layer `{}` gives", self.layers[unread - 1].name));
        }
        let params = self.layers.iter().map(|layer| layer.params).fold(self.shared_params(), u64::saturating_add);
        let macs = self.layers.iter().map(|layer| layer.macs).fold(0, u64::saturating_add);
        if (self.output, self.params, self.macs) != (last.output, params, macs) || params > MAX_PARAMS || macs > MAX_MACS {
            return fail("its totals do not follow from its layers".to_string());
        }
        if !distinct(self.taps.iter().map(|tap| &tap.name)) || self.taps.iter().any(|tap| tap.value > self.layers.len()) {
            return fail("its taps are not distinct values".to_string());
        }
        Ok(())
    }

    fn cell_is_sound(&self, cell: &Cell) -> bool {
        let mut inputs = usize::from(cell.inputs) + cell.trained.len();
        let takes = |formula: &Formula, inputs: usize| usize::from(formula.inputs()) == inputs && formula.roots().len() == 1;
        for step in &cell.steps {
            let sound = match step {
                Step::Reduce { of, .. } => cell.inputs == 1 && takes(of, inputs),
                Step::Lookup { table, of } => *table < self.tables.len() && takes(of, inputs),
                Step::Call { function, of } => {
                    let known = self.functions.get(*function);
                    known.is_some_and(|known| usize::from(known.inputs) == of.len()) && of.iter().all(|of| takes(of, inputs))
                }
            };
            if !sound {
                return false;
            }
            inputs += 1;
        }
        let started = cell.trained.iter().all(|trained| (trained.start as f32).is_finite());
        let named = distinct(cell.trained.iter().map(|trained| &trained.name));
        (1..=MAX_INPUTS).contains(&cell.inputs)
            && inputs <= MAX_FORMULA_INPUTS
            && takes(&cell.formula, inputs)
            && started
            && named
    }

    fn placement_is_sound(&self, op: &Op, input: &Shape) -> bool {
        let Op::Cells(placement) = op else { return true };
        let Some(sites) = placement.sites(input) else { return false };
        let cells = || placement.shares.iter().map(|share| self.cells.get(share.cell));
        let fits = |cell: Option<&Cell>| {
            cell.is_some_and(|cell| cell.inputs == placement.args && (placement.window.is_some() || !cell.is_windowed()))
        };
        let shared = placement.shares.iter().all(|share| (1..=1_000_000).contains(&share.ratio));
        let placed = placement.layout != Layout::Checkerboard || sites.spatial().is_some();
        let alone = placement.window.is_none() || placement.args == 1;
        (1..=MAX_SHARES).contains(&placement.shares.len())
            && cells().all(fits)
            && shared
            && placed
            && alone
            && counted(placement, &sites)
    }
}

/// Whether each share has as many units as its layout gives it.
fn counted(placement: &Placement, sites: &Shape) -> bool {
    let counts = placement.layout.counts(&placement.ratio(), sites);
    counts.into_iter().eq(placement.shares.iter().map(|share| share.units))
}

impl Function {
    fn is_sound(&self) -> bool {
        let widths = || self.hidden.iter();
        (1..=MAX_INPUTS).contains(&self.inputs)
            && !self.hidden.is_empty()
            && widths().all(|width| (1..=MAX_WIDTH).contains(width))
            && self.activation.inputs() == 1
            && self.activation.roots().len() == 1
            && self.params == Function::count(self.inputs, &self.hidden)
    }
}

impl Table {
    /// Whether its points are those of a function.
    pub fn is_sound(&self) -> bool {
        let finite = |point: &[f64; 2]| point.iter().all(|number| (*number as f32).is_finite());
        // Apart also once they are rounded, and not so steep that the slope would be infinite.
        let increasing = self.points.windows(2).all(|pair| (pair[0][0] as f32) < pair[1][0] as f32 && slope(pair).is_finite());
        self.points.len() >= 2 && self.points.iter().all(finite) && increasing
    }
}

/// Between two points, in single precision.
pub(crate) fn slope(pair: &[[f64; 2]]) -> f32 {
    ((pair[1][1] - pair[0][1]) / (pair[1][0] - pair[0][0])) as f32
}

fn bounded(shape: &Shape) -> bool {
    (1..=MAX_ELEMENTS).contains(&shape.size())
}

fn distinct<'a>(names: impl Iterator<Item = &'a String>) -> bool {
    let mut seen = BTreeSet::new();
    names.into_iter().all(|name| seen.insert(name))
}
