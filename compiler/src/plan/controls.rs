//! The controls of a mixed network: each of its cells alone.

use super::{Op, Placement, Plan, Share, Step};
use crate::figures::Known;
use crate::layout::Layout;

impl Plan {
    /// Each cell's part, of 1, of the units in all mixed layers taken together, in order of first use.
    pub fn mixture(&self) -> Vec<(usize, f64)> {
        let mut parts: Vec<(usize, f64)> = Vec::new();
        let mut total = 0.0;
        for layer in &self.layers {
            let Op::Cells(placement) = &layer.op else { continue };
            if !placement.is_mixed() {
                continue;
            }
            let units = layer.output.units() as f64;
            let places: u64 = placement.shares.iter().map(|share| share.units).sum();
            total += units;
            for share in &placement.shares {
                let part = units * share.units as f64 / places as f64;
                match parts.iter_mut().find(|(cell, _)| *cell == share.cell) {
                    Some((_, sum)) => *sum += part,
                    None => parts.push((share.cell, part)),
                }
            }
        }
        parts.iter_mut().for_each(|(_, part)| *part /= total);
        parts
    }

    /// The homogeneous controls: for every cell of a mixed layer, this network with that cell alone in the mixed layers that it can
    /// stand in: those of its number of values, with a window if it needs one. A layer in which it cannot stand keeps its mix.
    /// Empty if no layer is mixed. Parameter counts are equal unless cells have trained numbers of their own.
    pub fn controls(&self) -> Vec<Plan> {
        self.mixture().iter().map(|(cell, _)| self.with_only(*cell)).collect()
    }

    fn with_only(&self, cell: usize) -> Plan {
        let mut plan = self.clone();
        plan.net = format!("{}[{}]", self.net, self.cells[cell].name); // the indices of a plan's shares exist
        for layer in &mut plan.layers {
            let Op::Cells(placement) = &mut layer.op else { continue };
            // In a window, one that needs none as well.
            let fits =
                placement.args == self.cells[cell].inputs && (placement.window.is_some() || !self.cells[cell].is_windowed());
            let Some(sites) = placement.sites(&layer.input).filter(|_| fits && placement.is_mixed()) else { continue };
            let units = sites.units() as u64;
            *placement =
                Placement { shares: vec![Share { cell, ratio: 1, units }], layout: Layout::default(), ..placement.clone() };
        }
        plan.drop_unused();
        plan.recount();
        plan
    }

    /// Removes cells, functions and tables that nothing uses; the others keep their order of first use.
    pub fn drop_unused(&mut self) {
        let mut cells: Vec<usize> = Vec::new();
        for layer in &mut self.layers {
            let Op::Cells(placement) = &mut layer.op else { continue };
            placement.shares.iter_mut().for_each(|share| share.cell = place(&mut cells, share.cell));
        }
        self.cells = cells.iter().map(|cell| self.cells[*cell].clone()).collect(); // as above
        let (mut functions, mut tables) = (Vec::new(), Vec::new());
        for step in self.cells.iter_mut().flat_map(|cell| &mut cell.steps) {
            match step {
                Step::Call { function, .. } => *function = place(&mut functions, *function),
                Step::Lookup { table, .. } => *table = place(&mut tables, *table),
                Step::Reduce { .. } => {}
            }
        }
        self.functions = functions.iter().map(|function| self.functions[*function].clone()).collect();
        self.tables = tables.iter().map(|table| self.tables[*table].clone()).collect();
    }

    /// Counts parameters and multiply-adds anew, from what the layers are.
    pub fn recount(&mut self) {
        let known = Known { cells: &self.cells, functions: &self.functions };
        for layer in &mut self.layers {
            layer.params = known.params(&layer.op, &layer.input, &layer.output);
            layer.macs = known.macs(&layer.op, &layer.input, &layer.output);
        }
        let layers = || self.layers.iter();
        self.params = layers().map(|layer| layer.params).fold(self.shared_params(), u64::saturating_add);
        self.macs = layers().map(|layer| layer.macs).fold(0, u64::saturating_add);
    }
}

/// The place of `item` in `kept`, which it joins if it is new.
fn place(kept: &mut Vec<usize>, item: usize) -> usize {
    kept.iter().position(|known| *known == item).unwrap_or_else(|| {
        kept.push(item);
        kept.len() - 1
    })
}
