//! What a layer of cells answers, in f64 and by the definitions, place by place.

use hetc_compiler::plan::{Cell, Function, Op, Per, Placement, Plan, Reduction, Step};
use hetc_compiler::shape::Shape;

/// The answers to one sample of layer 0 of `plan`, whose table is the plan's first.
pub fn answers(plan: &Plan, x: &[f64], weights: &[f64]) -> Vec<f64> {
    let Op::Cells(placement) = &plan.layers[0].op else { panic!("no cells") };
    let numbers = Numbers::new(plan, placement, weights);
    let mut y = vec![0.0; plan.output.elements()];
    let mut site = 0;
    for run in placement.runs(&numbers.sites) {
        for _ in 0..run.len {
            let (places, unit) = numbers.places(site);
            let cell = &plan.cells[placement.shares[run.share].cell];
            let given: Vec<Vec<f64>> = places.iter().map(|values| values.iter().map(|value| x[*value]).collect()).collect();
            let answers = numbers.site(cell, &given, &numbers.trained(run.share, unit));
            for (place, answer) in places.iter().zip(answers) {
                y[if placement.window.is_some() { place[0] } else { site }] = answer;
            }
            site += 1;
        }
    }
    y
}

struct Numbers<'a> {
    plan: &'a Plan,
    placement: &'a Placement,
    input: Shape,
    sites: Shape,
    weights: &'a [f64],
}

impl<'a> Numbers<'a> {
    fn new(plan: &'a Plan, placement: &'a Placement, weights: &'a [f64]) -> Self {
        let input = plan.layers[0].input;
        Self { plan, placement, input, sites: placement.sites(&input).unwrap(), weights }
    }

    /// The values of each element of a site, and its unit.
    fn places(&self, site: usize) -> (Vec<Vec<usize>>, usize) {
        let (height, width) = self.input.spatial().unwrap_or((1, self.input.units()));
        let Some([tall, wide]) = self.placement.window else {
            let positions = self.sites.elements() / self.sites.units();
            let (unit, position) = (site / positions, site % positions);
            let args = usize::from(self.placement.args);
            return (vec![(0..args).map(|value| (unit * args + value) * positions + position).collect()], unit);
        };
        let (rows, columns) = (height.div_ceil(tall), width.div_ceil(wide));
        let (channel, row, column) = (site / (rows * columns), site / columns % rows * tall, site % columns * wide);
        let mut places = Vec::new();
        for r in row..height.min(row + tall) {
            places.extend((column..width.min(column + wide)).map(|c| vec![(channel * height + r) * width + c]));
        }
        (places, if self.input.spatial().is_some() { channel } else { site })
    }

    /// The trained numbers of a share's cell at a unit.
    fn trained(&self, share: usize, unit: usize) -> Vec<f64> {
        let own = self.placement.shares[share].cell;
        let mut found = vec![0.0; self.plan.cells[own].trained.len()];
        let mut at = 0;
        for (index, other) in self.placement.shares.iter().enumerate() {
            let first = self.placement.shares[..index].iter().all(|earlier| earlier.cell != other.cell);
            for (parameter, trained) in self.plan.cells[other.cell].trained.iter().enumerate() {
                let units = self.placement.units_of(index, &self.sites);
                match trained.per {
                    Per::Layer if first => {
                        if other.cell == own {
                            found[parameter] = self.weights[at];
                        }
                        at += 1;
                    }
                    Per::Channel => {
                        if index == share {
                            found[parameter] = self.weights[at + units.iter().position(|known| *known == unit).unwrap()];
                        }
                        at += units.len();
                    }
                    _ => {}
                }
            }
        }
        // Every function and every cell of these plans is used in the layer.
        at += self.plan.functions.iter().map(|function| function.params as usize).sum::<usize>();
        for (index, cell) in self.plan.cells.iter().enumerate() {
            for (parameter, _) in cell.trained.iter().enumerate().filter(|(_, trained)| trained.per == Per::Net) {
                if index == own {
                    found[parameter] = self.weights[at];
                }
                at += 1;
            }
        }
        assert_eq!(at, self.weights.len());
        found
    }

    /// The answers of a site's elements.
    fn site(&self, cell: &Cell, given: &[Vec<f64>], trained: &[f64]) -> Vec<f64> {
        let mut known: Vec<Vec<f64>> = given.iter().map(|values| [values, trained].concat()).collect();
        for step in &cell.steps {
            let results: Vec<f64> = match step {
                Step::Reduce { by, of } => {
                    let values = known.iter().map(|known| of.eval(known));
                    let reduced = match by {
                        Reduction::Sum => values.sum(),
                        Reduction::Max => values.fold(f64::NEG_INFINITY, f64::max),
                        Reduction::Min => values.fold(f64::INFINITY, f64::min),
                    };
                    vec![reduced; known.len()]
                }
                Step::Call { function, of } => {
                    let arguments = known.iter().map(|known| of.iter().map(|of| of.eval(known)).collect());
                    arguments.map(|arguments| self.call(*function, arguments)).collect()
                }
                Step::Lookup { table, of } => {
                    let points = &self.plan.tables[*table].points;
                    known.iter().map(|known| lookup(points, of.eval(known))).collect()
                }
            };
            known.iter_mut().zip(results).for_each(|(known, result)| known.push(result));
        }
        known.iter().map(|known| cell.formula.eval(known)).collect()
    }

    fn call(&self, function: usize, mut values: Vec<f64>) -> f64 {
        let shared: usize = self.plan.functions.iter().map(|function| function.params as usize).sum();
        let net = self.plan.cells.iter().map(|cell| cell.net_params() as usize).sum::<usize>();
        let before: usize = self.plan.functions[..function].iter().map(|function| function.params as usize).sum();
        let mut at = self.weights.len() - net - shared + before;
        let Function { hidden, activation, .. } = &self.plan.functions[function];
        for (layer, width) in hidden.iter().copied().chain([1]).enumerate() {
            let bias = at + width * values.len();
            let row = |j: usize| -> f64 {
                let weights = &self.weights[at + j * values.len()..][..values.len()];
                self.weights[bias + j] + weights.iter().zip(&values).map(|(weight, value)| weight * value).sum::<f64>()
            };
            let sums: Vec<f64> = (0..width).map(row).collect();
            values = if layer < hidden.len() { sums.iter().map(|sum| activation.at(*sum)).collect() } else { sums };
            at = bias + width;
        }
        values[0]
    }
}

fn lookup(points: &[[f64; 2]], x: f64) -> f64 {
    let last = points.len() - 2;
    let segment = (1..=last).rev().find(|segment| points[*segment][0] <= x).unwrap_or(0);
    let [[x0, y0], [x1, y1]] = [points[segment], points[segment + 1]];
    y0 + (x - x0) * (y1 - y0) / (x1 - x0)
}
