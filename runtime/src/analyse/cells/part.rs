//! One type of one layer: what its cells read, answer and feel.

use super::{FLAT, Time, Type};
use crate::analyse::Opened;
use crate::analyse::gather::Answers;
use crate::analyse::places::Site;
use hetc_engine::Held;
use hetc_exchange::cells::Learned;

/// Places at which a cell's slope is taken, between the smallest and the largest value that it reads.
const PLACES: usize = 4001;

/// One type of one layer, while it is looked at.
pub struct Part<'a> {
    pub site: Site<'a>,
    cell: usize,
    pub name: String,
    /// The elements of the layer's answer that are its.
    elements: Vec<usize>,
    width: usize,
    positions: usize,
    means: Vec<f32>,
    dead: usize,
    units: usize,
    off: f64,
    flat: Option<f64>,
    slopes: [f64; 2],
}

/// The types of a layer, in the order of its shares.
pub fn parts<'a>(network: &Opened<'a>, site: &Site<'a>) -> Vec<Part<'a>> {
    let (shares, output) = (site.shares(), network.plan.layers[site.layer].output);
    let part = |(share, own): (usize, &hetc_compiler::plan::Share)| Part {
        site: *site,
        cell: own.cell,
        name: network.plan.cells[own.cell].name.clone(),
        elements: (0..shares.len()).filter(|element| shares[*element] == share).collect(),
        width: output.elements(),
        positions: output.elements() / output.units(),
        means: Vec::new(),
        dead: 0,
        units: 0,
        off: 0.0,
        flat: None,
        slopes: [0.0; 2],
    };
    site.placement.shares.iter().enumerate().map(part).collect()
}

impl Part<'_> {
    /// What its cells answer.
    pub fn hear(&mut self, answers: &Answers) {
        let mut spans: Vec<(usize, f32, f32)> = Vec::new();
        let (mut zeros, mut all) = (0usize, 0usize);
        for element in &self.elements {
            let (mut sum, mut low, mut high) = (0.0, f32::INFINITY, f32::NEG_INFINITY);
            let mut count = 0;
            for answer in answers.of(*element, self.width) {
                sum += f64::from(answer);
                (low, high) = (low.min(answer), high.max(answer));
                zeros += usize::from(answer == 0.0);
                count += 1;
            }
            all += count;
            self.means.push((sum / count as f64) as f32);
            match spans.last_mut().filter(|(unit, ..)| *unit == element / self.positions) {
                Some((_, lowest, highest)) => (*lowest, *highest) = (lowest.min(low), highest.max(high)),
                None => spans.push((element / self.positions, low, high)),
            }
        }
        self.units = spans.len();
        self.dead = spans.iter().filter(|(_, low, high)| high - low <= 1e-6 * (1.0 + high.abs())).count();
        self.off = zeros as f64 / all.max(1) as f64;
    }

    /// What its cells read: where they are flat.
    pub fn read(&mut self, network: &Opened, read: &Answers) {
        let cell = &network.plan.cells[self.cell];
        if cell.inputs != 1 || cell.is_windowed() {
            return;
        }
        let Ok(learned) = Learned::of(network.plan, &network.weights, &cell.name) else { return };
        let width = self.site.input.elements();
        let values = || self.elements.iter().flat_map(|element| read.of(*element, width)).map(f64::from);
        let (low, high) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        if !(low.is_finite() && high.is_finite()) {
            return;
        }
        let step = ((high - low) / (PLACES - 1) as f64).max(1e-9);
        let is_flat_at = |x: f64| {
            let reach = 1e-6 * (1.0 + x.abs());
            (learned.at(&[x + reach]) - learned.at(&[x - reach])).abs() < 2.0 * reach * FLAT
        };
        let flat: Vec<bool> = (0..PLACES).map(|place| is_flat_at(low + step * place as f64)).collect();
        let is_flat = |x: f64| {
            let below = (((x - low) / step) as usize).min(PLACES - 2);
            // Between two places that differ it is asked itself.
            if flat[below] == flat[below + 1] { flat[below] } else { is_flat_at(x) }
        };
        let (count, all) = values().fold((0usize, 0usize), |(count, all), x| (count + usize::from(is_flat(x)), all + 1));
        self.flat = Some(count as f64 / all.max(1) as f64);
    }

    /// Slopes at what they read, or at what they answer.
    pub fn feel(&mut self, slopes: &Answers) {
        let mean_square = |elements: &[usize], width: usize| {
            let squares: f64 =
                elements.iter().flat_map(|element| slopes.of(*element, width)).map(|slope| f64::from(slope).powi(2)).sum();
            (squares * width as f64 / (elements.len() * slopes.numbers.len()).max(1) as f64).sqrt()
        };
        if slopes.value == self.site.layer + 1 {
            self.slopes[1] = mean_square(&self.elements, self.width);
        }
        if slopes.value == self.site.before {
            let args = if self.site.placement.window.is_some() { 1 } else { usize::from(self.site.placement.args) };
            let read: Vec<usize> = match args {
                1 => self.elements.clone(),
                args => self.elements.iter().flat_map(|element| (0..args).map(|arg| self.site.argument(*element, arg))).collect(),
            };
            self.slopes[0] = mean_square(&read, self.site.input.elements());
        }
    }

    pub fn held(&self) -> Held {
        Held { value: self.site.layer + 1, elements: self.elements.iter().copied().zip(self.means.iter().copied()).collect() }
    }

    pub fn found(&self, without: Option<f64>, alone: Option<Time>) -> Type {
        Type {
            layer: self.site.name.to_string(),
            cell: self.name.clone(),
            units: self.units,
            dead: self.dead as f64 / self.units.max(1) as f64,
            off: self.off,
            flat: self.flat,
            slope_before: self.slopes[0],
            slope_after: self.slopes[1],
            without,
            alone,
        }
    }
}
