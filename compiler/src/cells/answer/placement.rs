//! A whole layer of cells, for one sample.

use super::{Called, Gradient, Weights, answer, gradient};
use crate::layout::Layout;
use crate::plan::{Op, Per, Placement, Plan, WeightPart};
use crate::shape::Shape;

/// The slopes of the sum of a layer's outputs, each times its upstream slope.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerGradient {
    /// With respect to the layer's input.
    pub input: Vec<f64>,
    /// With respect to the trained numbers, in the order of [`Plan::layer_weights`].
    pub weights: Vec<f64>,
}

/// What layer `index`, which has cells, gives for one sample `x`, in memory order. `weights` are the trained numbers that it uses, in the
/// order of [`Plan::layer_weights`]. Empty for a layer without cells.
pub fn placement_answer(plan: &Plan, index: usize, x: &[f64], weights: &[f64]) -> Vec<f64> {
    let Some(layer) = Layer::new(plan, index, weights) else { return Vec::new() };
    let mut y = vec![0.0; plan.layers[index].output.elements()];
    for site in 0..layer.sites.elements() {
        let place = layer.place(site);
        let trained: Vec<f64> = place.trained.iter().map(|number| weights[*number]).collect();
        let weights = Weights { trained: &trained, functions: &layer.functions };
        let answers = answer(&plan.cells[place.cell], Called::from(plan), weights, &place.values(x));
        place.outputs.iter().zip(answers).for_each(|(output, answer)| y[*output] = answer);
    }
    y
}

/// The slopes of [`placement_answer`], with one upstream slope for each number of its output.
pub fn placement_gradient(plan: &Plan, index: usize, x: &[f64], weights: &[f64], upstream: &[f64]) -> LayerGradient {
    let mut slopes = LayerGradient { input: vec![0.0; x.len()], weights: vec![0.0; weights.len()] };
    let Some(layer) = Layer::new(plan, index, weights) else { return slopes };
    for site in 0..layer.sites.elements() {
        let place = layer.place(site);
        let trained: Vec<f64> = place.trained.iter().map(|number| weights[*number]).collect();
        let weights = Weights { trained: &trained, functions: &layer.functions };
        let upstream: Vec<f64> = place.outputs.iter().map(|output| upstream[*output]).collect();
        let found = gradient(&plan.cells[place.cell], Called::from(plan), weights, &place.values(x), &upstream);
        layer.add(&place, found, &mut slopes);
    }
    slopes
}

/// A layer with all that is the same at every site.
struct Layer<'a> {
    plan: &'a Plan,
    placement: &'a Placement,
    input: Shape,
    sites: Shape,
    /// The share of every unit, or, for a checkerboard, of every position.
    shares: Vec<usize>,
    /// Parts of the trained numbers, and where each begins.
    parts: Vec<(WeightPart, usize)>,
    /// The numbers of each of the plan's functions; none for those that are not called here.
    functions: Vec<Vec<f64>>,
}

/// One place where a cell answers.
struct Place {
    /// Index into the plan's cells.
    cell: usize,
    /// For each element of the window, which numbers of the input its values are.
    inputs: Vec<Vec<usize>>,
    /// For each element of the window, which number of the output it is.
    outputs: Vec<usize>,
    /// For each trained parameter of the cell, which of the layer's trained numbers it is.
    trained: Vec<usize>,
}

impl Place {
    fn values(&self, x: &[f64]) -> Vec<Vec<f64>> {
        self.inputs.iter().map(|element| element.iter().map(|place| x[*place]).collect()).collect()
    }
}

impl<'a> Layer<'a> {
    fn new(plan: &'a Plan, index: usize, weights: &[f64]) -> Option<Self> {
        let input = plan.layers[index].input;
        let Op::Cells(placement) = &plan.layers[index].op else { return None };
        let sites = placement.sites(&input)?;
        let shares = placement.layout.assign(&placement.ratio(), &sites);
        let mut functions = vec![Vec::new(); plan.functions.len()];
        let mut parts = Vec::new();
        let mut start = 0;
        for part in plan.layer_weights(index) {
            let end = start + plan.weight_count(part);
            if let WeightPart::Function(function) = part {
                functions[function] = weights[start..end].to_vec();
            }
            parts.push((part, start));
            start = end;
        }
        Some(Self { plan, placement, input, sites, shares, parts, functions })
    }

    /// The place of site number `site`, in memory order.
    fn place(&self, site: usize) -> Place {
        let area = self.sites.elements() / self.sites.units().max(1);
        let (unit, position) = (site / area, site % area);
        let at = if self.placement.layout == Layout::Checkerboard { position } else { unit };
        let share = self.shares[at];
        let (inputs, outputs) = match self.placement.window {
            None => {
                let args = usize::from(self.placement.args);
                (vec![(0..args).map(|i| (unit * args + i) * area + position).collect()], vec![site])
            }
            Some(window) => {
                let elements = self.elements(window, unit, position);
                (elements.iter().map(|element| vec![*element]).collect(), elements)
            }
        };
        Place { cell: self.placement.shares[share].cell, inputs, outputs, trained: self.trained(share, unit) }
    }

    /// The numbers of the input that lie in a window.
    fn elements(&self, [height, width]: [usize; 2], unit: usize, position: usize) -> Vec<usize> {
        let along = |index: usize, size: usize, end: usize| (index * size)..((index + 1) * size).min(end);
        match self.input {
            Shape::Vector(units) => along(unit, width, units).collect(),
            Shape::Map(_, h, w) => {
                let across = w.div_ceil(width);
                let rows = along(position / across, height, h);
                let columns = along(position % across, width, w);
                rows.flat_map(|row| columns.clone().map(move |column| (unit * h + row) * w + column)).collect()
            }
        }
    }

    /// Where the trained parameters of the cell of `share` lie, for `unit`.
    fn trained(&self, share: usize, unit: usize) -> Vec<usize> {
        let cell = self.placement.shares[share].cell;
        let find = |wanted: &dyn Fn(WeightPart) -> bool| {
            self.parts.iter().find(|(part, _)| wanted(*part)).map_or(0, |(_, start)| *start)
        };
        let number = |(trained, per): (usize, Per)| match per {
            Per::Net => find(&|part| part == WeightPart::CellTrained { cell, trained }),
            Per::Layer => find(&|part| match part {
                WeightPart::LayerTrained { share, trained: other, .. } => {
                    self.placement.shares[share].cell == cell && other == trained
                }
                _ => false,
            }),
            Per::Channel => {
                let start = find(&|part| match part {
                    WeightPart::LayerTrained { share: other, trained: other_trained, .. } => {
                        (other, other_trained) == (share, trained)
                    }
                    _ => false,
                });
                let units = self.placement.units_of(share, &self.sites);
                start + units.iter().position(|other| *other == unit).unwrap_or(0)
            }
        };
        self.plan.cells[cell].trained.iter().map(|trained| trained.per).enumerate().map(number).collect()
    }

    /// Adds the slopes at one place to those of the layer.
    fn add(&self, place: &Place, found: Gradient, slopes: &mut LayerGradient) {
        for (inputs, values) in place.inputs.iter().zip(found.values) {
            inputs.iter().zip(values).for_each(|(input, slope)| slopes.input[*input] += slope);
        }
        place.trained.iter().zip(found.trained).for_each(|(number, slope)| slopes.weights[*number] += slope);
        for (part, start) in &self.parts {
            let WeightPart::Function(function) = part else { continue };
            let numbers = slopes.weights[*start..].iter_mut();
            numbers.zip(&found.functions[*function]).for_each(|(sum, slope)| *sum += slope);
        }
    }
}
