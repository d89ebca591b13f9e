//! A block: some sites of a group, and the way between their vectors and lanes.

use super::cell::{Scratch, Size};
use super::program;
use crate::cells::sites::{Group, Site};
use crate::cells::weights::Place;
use crate::lanes::{LANES, Lanes};

/// Sites of `group` in pieces of about [`program::PIECE`] lanes.
pub fn blocks(group: &Group) -> impl Iterator<Item = Block<'_>> {
    let sites = (program::PIECE / (LANES * group.elements.len())).max(1);
    group.sites.chunks(sites).map(move |sites| Block { group, sites })
}

/// Every site is [`LANES`] of a block's: one of each sample.
pub struct Block<'a> {
    group: &'a Group,
    sites: &'a [Site],
}

impl Block<'_> {
    pub fn size(&self) -> Size {
        let sites = self.sites.len() * LANES;
        Size { sites, lanes: sites * self.group.elements.len() }
    }

    /// Each value of the sites into its slot.
    pub fn gather_values(&self, x: &[Lanes], slots: &mut [Vec<f32>]) {
        for (value, slot) in slots.iter_mut().enumerate().take(self.group.values) {
            self.each(|site, element, lanes| slot[lanes].copy_from_slice(&x[site.input as usize + element + value].0));
        }
    }

    /// The gradients of the sites' answers.
    pub fn gather_answers(&self, dy: &[Lanes], answers: &mut [f32]) {
        self.each(|site, element, lanes| answers[lanes].copy_from_slice(&dy[site.output as usize + element].0));
    }

    /// The answers into the output.
    pub fn scatter_answers(&self, answers: &[f32], y: &mut [Lanes]) {
        self.each(|site, element, lanes| y[site.output as usize + element].0.copy_from_slice(&answers[lanes]));
    }

    /// The gradients of the values into that of the input.
    pub fn scatter_values(&self, gradients: &[Vec<f32>], dx: &mut [Lanes]) {
        for (value, gradient) in gradients.iter().enumerate().take(self.group.values) {
            self.each(|site, element, lanes| dx[site.input as usize + element + value].0.copy_from_slice(&gradient[lanes]));
        }
    }

    /// The trained parameters into the slots after the values.
    pub fn gather_trained(&self, places: &[Place], weights: &[f32], slots: &mut [Vec<f32>]) {
        for (place, slot) in places.iter().zip(&mut slots[self.group.values..]) {
            self.each(|site, _, lanes| slot[lanes].fill(weights[place.at(site.unit)]));
        }
    }

    /// Adds the gradients of the trained parameters to `sums`.
    pub fn sum_trained(&self, places: &[Place], scratch: &Scratch, sums: &mut [f64]) {
        for (place, gradient) in places.iter().zip(&scratch.gradients[self.group.values..]) {
            self.each(|site, _, lanes| {
                sums[place.at(site.unit)] += gradient[lanes].iter().copied().map(f64::from).sum::<f64>();
            });
        }
    }

    /// Every element of every site, with its distance from the site's first and its lanes.
    fn each(&self, mut f: impl FnMut(&Site, usize, std::ops::Range<usize>)) {
        let mut start = 0;
        for element in &self.group.elements {
            for site in self.sites {
                f(site, *element as usize, start..start + LANES);
                start += LANES;
            }
        }
    }
}
