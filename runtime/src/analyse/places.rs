//! Which cell answers where in a layer.

use hetc_compiler::plan::{Op, Placement, Plan};
use hetc_compiler::shape::Shape;

/// A layer of cells.
#[derive(Debug, Clone, Copy)]
pub struct Site<'a> {
    /// Its number in the plan.
    pub layer: usize,
    /// What it is called.
    pub name: &'a str,
    /// Who answers.
    pub placement: &'a Placement,
    /// The value that it reads; what it answers is value `layer + 1`.
    pub before: usize,
    /// One sample of that.
    pub input: Shape,
}

/// All layers of cells, in order.
pub fn sites(plan: &Plan) -> Vec<Site<'_>> {
    let layers = plan.layers.iter().enumerate();
    let cells = layers.filter_map(|(layer, own)| match &own.op {
        Op::Cells(placement) => {
            Some(Site { layer, name: &own.name, placement, before: plan.sources(layer)[0], input: own.input })
        }
        _ => None,
    });
    cells.collect()
}

impl Site<'_> {
    /// The share that answers each element of the output, in the plan's order.
    pub fn shares(&self) -> Vec<usize> {
        let Some(sites) = self.placement.sites(&self.input) else { return Vec::new() };
        let runs = self.placement.runs(&sites);
        let by_site: Vec<usize> = runs.iter().flat_map(|run| std::iter::repeat_n(run.share, run.len)).collect();
        match (self.placement.window, self.input, sites) {
            (Some([_, length]), Shape::Vector(units), _) => (0..units).map(|unit| by_site[unit / length]).collect(),
            (Some([high, wide]), Shape::Map(channels, height, width), Shape::Map(_, rows, columns)) => {
                let places = (0..channels).flat_map(|c| (0..height).flat_map(move |y| (0..width).map(move |x| (c, y, x))));
                places.map(|(c, y, x)| by_site[(c * rows + y / high) * columns + x / wide]).collect()
            }
            _ => by_site,
        }
    }

    /// Where value `argument` of output element `element` lies in the input. Not for windows, where each element has itself.
    pub fn argument(&self, element: usize, argument: usize) -> usize {
        let args = usize::from(self.placement.args);
        let positions = match self.input {
            Shape::Vector(_) => 1,
            Shape::Map(_, height, width) => height * width,
        };
        (element / positions * args + argument) * positions + element % positions
    }
}
