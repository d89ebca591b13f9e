//! Layers of cells.

mod cell;
mod function;
mod places;
mod sites;
mod table;

use crate::dual::Dual;
use crate::layer::{Layer, Numbers, Values};
use cell::{Cell, Room};
use function::Function;
use hetc_compiler::plan::{Placement, Plan};
use hetc_engine::params::Table;
use places::{Place, Places};
use sites::{Site, Sites};

/// Each unit answers with its cell, see [`Placement`].
#[derive(Debug)]
pub struct Cells {
    sites: Sites,
    /// Of each share.
    cells: Vec<Cell>,
    /// Of each share, for each trained parameter of its cell.
    trained: Vec<Vec<Place>>,
    /// All of the plan.
    functions: Vec<Function>,
    /// Numbers of one sample of the output.
    outputs: usize,
}

impl Cells {
    /// Layer `layer` of `plan`, whose cells are placed by `placement`; `None` if they do not fit it.
    pub fn new(plan: &Plan, table: &Table, layer: usize, placement: &Placement) -> Option<Self> {
        let places = Places::new(plan, table, layer, placement);
        Some(Self {
            sites: Sites::new(plan, placement, &plan.layers[layer].input)?,
            cells: placement.shares.iter().map(|share| Cell::new(plan, &plan.cells[share.cell])).collect(),
            trained: places.shares,
            functions: plan
                .functions
                .iter()
                .zip(places.functions)
                .map(|(function, start)| Function::new(function, start))
                .collect(),
            outputs: plan.layers[layer].output.elements(),
        })
    }

    /// What the cell of a site is given: for each element its values, then the trained parameters.
    fn give(&self, site: &Site, x: &[Dual], numbers: Numbers, room: &mut Room) {
        let (cell, trained) = (&self.cells[site.share], &self.trained[site.share]);
        let elements = self.sites.elements(site);
        room.provide(cell.slots(), elements.len());
        for (element, slots) in elements.iter().zip(room.slots.chunks_exact_mut(cell.slots())) {
            let (values, rest) = slots.split_at_mut(self.sites.args());
            values.iter_mut().zip(self.sites.inputs(*element)).for_each(|(slot, place)| *slot = x[place]);
            rest.iter_mut().zip(trained).for_each(|(slot, place)| *slot = numbers.params[place.at(site.unit)]);
        }
    }
}

impl Layer for Cells {
    fn forward(&self, inputs: &[&[Dual]], numbers: Numbers) -> Values {
        let (mut room, mut y) = (Room::default(), vec![Dual::ZERO; self.outputs]);
        for site in self.sites.iter() {
            self.give(site, inputs[0], numbers, &mut room);
            self.cells[site.share].forward(&self.functions, numbers.params, &mut room);
            for (element, answer) in self.sites.elements(site).iter().zip(&room.answers) {
                y[*element] = *answer;
            }
        }
        y
    }

    fn backward(&self, inputs: &[&[Dual]], dy: &[Dual], numbers: Numbers, gradients: &mut [Dual]) -> Vec<Values> {
        let (mut room, mut dx) = (Room::default(), vec![Dual::ZERO; inputs[0].len()]);
        for site in self.sites.iter() {
            let (cell, elements) = (&self.cells[site.share], self.sites.elements(site));
            self.give(site, inputs[0], numbers, &mut room);
            room.answers.clear();
            room.answers.extend(elements.iter().map(|element| dy[*element]));
            cell.backward(&self.functions, numbers.params, &mut room, gradients);
            for (element, slots) in elements.iter().zip(room.gradients.chunks_exact(cell.slots())) {
                let (values, rest) = slots.split_at(self.sites.args());
                values.iter().zip(self.sites.inputs(*element)).for_each(|(gradient, place)| dx[place] += *gradient);
                let trained = rest.iter().zip(&self.trained[site.share]);
                trained.for_each(|(gradient, place)| gradients[place.at(site.unit)] += *gradient);
            }
        }
        vec![dx]
    }
}
