//! Other cells in the place of those that are there.

use super::rebuild::{Changes, rebuilt};
use super::{RewriteError, feeder};
use crate::cells::Catalogue;
use crate::plan::{Op, Placement, Plan, Step};
use crate::shape::Shape;
use std::collections::BTreeSet;

/// What comes to a site.
#[derive(Debug, Clone, PartialEq)]
pub struct Replacement {
    /// The placement; how many units its shares get is worked out.
    pub placement: Placement,
    /// What its indices mean.
    pub catalogue: Catalogue,
}

/// What stays when cells of another number of values come to a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// The number of units that the site gives: the layer that feeds it gets another width.
    Outputs,
    /// The number of units that the site reads.
    Inputs,
}

/// A plan whose sites are being replaced, with what it was.
#[derive(Debug, Clone, PartialEq)]
pub struct Rewritten {
    /// As it is now.
    pub plan: Plan,
    /// What has been replaced, in the order of the layers.
    pub sites: Vec<Site>,
}

/// A layer whose cells have been replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Site {
    /// Its index.
    pub layer: usize,
    /// How many values a cell was applied to, before anything was replaced.
    pub args: u8,
    /// How many units it gave then.
    pub outputs: usize,
}

impl Rewritten {
    /// Nothing replaced yet.
    pub fn new(plan: Plan) -> Self {
        Self { plan, sites: Vec::new() }
    }

    /// Puts what `by` gives for each of `layers` (its index and what it reads; `None` leaves it) in the place of its cells.
    /// `layers` are indices of layers with cells, as [`super::sites()`] finds them. Nothing changes if it fails.
    pub fn replace(
        &mut self,
        layers: &[usize],
        keep: Keep,
        mut by: impl FnMut(usize, &Shape) -> Option<Replacement>,
    ) -> Result<(), RewriteError> {
        let mut plan = self.plan.clone();
        let mut sites = self.sites.clone();
        let mut changes = Changes::default();
        for index in layers.iter().copied() {
            let Some(layer) = self.plan.layers.get(index) else { continue };
            let fail = |reason: String| RewriteError { layer: Some(layer.name.clone()), line: layer.line, reason };
            let Op::Cells(old) = &layer.op else { return Err(fail("it has no cells".to_string())) };
            let Some(new) = by(index, &layer.input) else { continue };
            let placement = merge(&mut plan, &new).ok_or_else(|| fail("its new cells are not whole".to_string()))?;
            if keep == Keep::Outputs && placement.args != old.args {
                let width = layer.output.units().saturating_mul(usize::from(placement.args));
                let Some(feeder) = feeder(&self.plan, index) else {
                    return Err(fail(format!(
                        "its new cells take {} units each and the old ones {}, but no `conv` or `dense` stands before it whose width \
                         could follow",
                        placement.args, old.args
                    )));
                };
                if changes.widths.insert(feeder, width).is_some_and(|other| other != width) {
                    return Err(fail(format!("`{}` would need two widths", self.plan.layers[feeder].name)));
                }
            }
            if sites.iter().all(|site| site.layer != index) {
                sites.push(Site { layer: index, args: old.args, outputs: layer.output.units() });
            }
            plan.layers[index].op = Op::Cells(placement); // it has as many layers as `self.plan`
        }
        plan.drop_unused();
        tell_apart(&mut plan.functions, |function| &mut function.name);
        tell_apart(&mut plan.tables, |table| &mut table.name);
        tell_apart(&mut plan.cells, |cell| &mut cell.name);
        let (plan, values) = rebuilt(&plan, &changes)?;
        for site in &mut sites {
            site.layer = values[site.layer + 1] - 1; // a layer with cells stays a layer
        }
        sites.sort_by_key(|site| site.layer);
        *self = Self { plan, sites };
        Ok(())
    }
}

/// Takes what `new` needs into `plan`; its placement with the indices that things have there. `None` if an index means nothing.
fn merge(plan: &mut Plan, new: &Replacement) -> Option<Placement> {
    let mut placement = new.placement.clone();
    for share in &mut placement.shares {
        let mut cell = new.catalogue.cells.get(share.cell)?.clone();
        for step in &mut cell.steps {
            match step {
                Step::Call { function, .. } => {
                    let wanted = new.catalogue.functions.get(*function)?.clone();
                    *function = place(&mut plan.functions, wanted);
                }
                Step::Lookup { table, .. } => {
                    let wanted = new.catalogue.tables.get(*table)?.clone();
                    *table = place(&mut plan.tables, wanted);
                }
                Step::Reduce { .. } => {}
            }
        }
        share.cell = place(&mut plan.cells, cell);
    }
    Some(placement)
}

/// The place of `item` in `list`, which it joins if nothing there is the same.
fn place<T: PartialEq>(list: &mut Vec<T>, item: T) -> usize {
    list.iter().position(|known| *known == item).unwrap_or_else(|| {
        list.push(item);
        list.len() - 1
    })
}

/// Gives what has the name of something before it a name of its own.
fn tell_apart<T>(list: &mut [T], name: fn(&mut T) -> &mut String) {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for item in list {
        let name = name(item);
        let wanted = name.clone();
        let mut number = 1;
        while !taken.insert(name.clone()) {
            number += 1;
            *name = format!("{wanted} #{number}"); // as a catalogue does
        }
    }
}
