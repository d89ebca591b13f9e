//! A block: some sites of a group, of one or several samples, and the way between them and lanes.

use super::cell::{Scratch, Size};
use super::program::LANES;
use super::sites::Group;
use super::weights::Place;
use std::ops::Range;

/// Where the sites of a block are.
#[derive(Debug, Default)]
pub struct Block {
    /// The first value of each, in the input of all samples.
    inputs: Vec<usize>,
    /// The first answer of each, in the output of all samples.
    outputs: Vec<usize>,
    units: Vec<u32>,
}

/// The sites of `group` in `samples` samples, in blocks of about [`LANES`] lanes.
pub fn pieces(group: &Group, samples: usize) -> impl Iterator<Item = Range<usize>> + use<> {
    let total = group.inputs.len() * samples;
    let sites = (LANES / group.elements.len()).max(1);
    (0..total).step_by(sites).map(move |start| start..total.min(start + sites))
}

impl Block {
    /// Becomes the block of `sites`; the lengths are those of a sample of the input and of the output.
    pub fn locate(&mut self, group: &Group, sites: Range<usize>, [input, output]: [usize; 2]) -> Size {
        self.inputs.clear();
        self.outputs.clear();
        self.units.clear();
        let in_sample = group.inputs.len();
        let (mut sample, mut place) = (sites.start / in_sample, sites.start % in_sample);
        for _ in sites.clone() {
            self.inputs.push(sample * input + group.inputs[place] as usize);
            self.outputs.push(sample * output + group.outputs[place] as usize);
            self.units.push(group.units[place]);
            place += 1;
            if place == in_sample {
                (sample, place) = (sample + 1, 0);
            }
        }
        Size { sites: sites.len(), lanes: sites.len() * group.elements.len() }
    }

    /// Each value of the sites into its slot.
    pub fn gather_values(&self, group: &Group, x: &[f32], slots: &mut [Vec<f32>]) {
        for (value, slot) in slots.iter_mut().enumerate().take(group.values) {
            gather(&self.inputs, group, value * group.value_stride, x, slot);
        }
    }

    /// The gradients of the sites' answers.
    pub fn gather_answers(&self, group: &Group, dy: &[f32], answers: &mut [f32]) {
        gather(&self.outputs, group, 0, dy, answers);
    }

    /// The answers into the output.
    pub fn scatter_answers(&self, group: &Group, answers: &[f32], y: &mut [f32]) {
        scatter(&self.outputs, group, 0, answers, y);
    }

    /// The gradients of the values into that of the input.
    pub fn scatter_values(&self, group: &Group, gradients: &[Vec<f32>], dx: &mut [f32]) {
        for (value, gradient) in gradients.iter().enumerate().take(group.values) {
            scatter(&self.inputs, group, value * group.value_stride, gradient, dx);
        }
    }

    /// The trained parameters into the slots after the values.
    pub fn gather_trained(&self, group: &Group, places: &[Place], weights: &[f32], size: Size, scratch: &mut Scratch) {
        for (place, slot) in places.iter().zip(&mut scratch.slots[group.values..]) {
            match *place {
                Place::Single(at) => slot[..size.lanes].fill(weights[at]),
                Place::PerUnit(start) => {
                    for row in slot[..size.lanes].chunks_exact_mut(size.sites) {
                        row.iter_mut().zip(&self.units).for_each(|(slot, unit)| *slot = weights[start + *unit as usize]);
                    }
                }
            }
        }
    }

    /// Adds the gradients of the trained parameters to `sums`.
    pub fn sum_trained(&self, group: &Group, places: &[Place], size: Size, scratch: &Scratch, sums: &mut [f64]) {
        for (place, gradient) in places.iter().zip(&scratch.gradients[group.values..]) {
            let gradient = &gradient[..size.lanes];
            match *place {
                Place::Single(at) => sums[at] += gradient.iter().copied().map(f64::from).sum::<f64>(),
                Place::PerUnit(start) => {
                    for row in gradient.chunks_exact(size.sites) {
                        row.iter().zip(&self.units).for_each(|(part, unit)| sums[start + *unit as usize] += f64::from(*part));
                    }
                }
            }
        }
    }
}

fn gather(starts: &[usize], group: &Group, offset: usize, from: &[f32], to: &mut [f32]) {
    for (element, row) in group.elements.iter().zip(to.chunks_exact_mut(starts.len())) {
        let offset = offset + *element as usize;
        row.iter_mut().zip(starts).for_each(|(to, start)| *to = from[start + offset]);
    }
}

fn scatter(starts: &[usize], group: &Group, offset: usize, from: &[f32], to: &mut [f32]) {
    for (element, row) in group.elements.iter().zip(from.chunks_exact(starts.len())) {
        let offset = offset + *element as usize;
        row.iter().zip(starts).for_each(|(from, start)| to[start + offset] = *from);
    }
}
