//! Learned functions: where they are used, what they are near to, what they are made of (Yoon et al. 2021, section 4).

use super::places::{Site, sites};
use super::{Measure, Opened, Stop, gather, number, optional};
use crate::init::{Init, init};
use hetc_analysis::functions::{Axis, Basis, Density, Distance, Grid, hermite, mask, quadratic, solid};
use hetc_compiler::plan::{Cell, Plan};
use hetc_exchange::cells::Learned;
use serde::{Deserialize, Serialize};

/// The highest rank of power.
const RANKS: usize = 8;
/// Newly drawn functions that powers are compared with.
const DRAWN: u64 = 16;

/// Every cell that learns a function of one to three values.
#[derive(Debug, Clone, Copy)]
pub struct Functions {
    /// The grid's first and last place along each value.
    pub reach: (f64, f64),
    /// Places along each value, of one or two.
    pub points: usize,
    /// Places along each value, of three.
    pub points_of_three: usize,
    /// The share of the inputs that the densest places hold, within which functions are looked at.
    pub mass: f64,
}

impl Default for Functions {
    /// The authors' grid, and the 99 % of their text (their code takes 90).
    fn default() -> Self {
        Self { reach: (-5.0, 5.0), points: 101, points_of_three: 25, mass: 0.99 }
    }
}

/// One learned cell of a network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// What the plan calls it.
    pub cell: String,
    /// Values that it takes.
    pub inputs: usize,
    /// The grid's first place along each value …
    pub low: f64,
    /// … and its last.
    pub high: f64,
    /// How many places there are along each.
    pub points: usize,
    /// How often it was asked, by all samples at all units.
    pub asked: u64,
    /// The part of the questions beyond the grid.
    pub beyond: f64,
    /// Its values, with the last argument moving fastest.
    pub values: Vec<f32>,
    /// The share of the questions at each place.
    pub density: Vec<f32>,
    /// The quadratic nearest to it within the densest places; `None` where these do not determine one.
    pub fit: Option<Quadratic>,
    /// The parts of its power in ranks from one up, weighted by the density; for two or three values.
    pub power: Vec<f64>,
    /// The same of newly drawn functions of its kind, mean over draws.
    pub power_drawn: Vec<f64>,
}

/// A quadratic that is near a function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quadratic {
    /// Of the squares, the products, the values, and 1.
    pub coefficients: Vec<f64>,
    /// `c1 c2 - c3²/4` for two values; below zero is a saddle.
    pub curvature: f64,
    /// Curvatures along its own axes, ascending.
    pub axes: Vec<f64>,
    /// The share of the function's variance that it explains.
    pub r2: f64,
    /// One minus the cosine between both.
    pub cosine: f64,
}

impl Measure for Functions {
    type Finding = Vec<Function>;

    fn name(&self) -> &'static str {
        "functions"
    }

    fn settings(&self) -> serde_json::Value {
        let Self { reach, points, points_of_three, mass } = self;
        serde_json::json!({ "reach": reach, "points": points, "points_of_three": points_of_three, "mass": mass })
    }

    fn find(&self, network: &mut Opened, tell: &mut dyn FnMut(f64) -> bool) -> Result<Vec<Function>, Stop> {
        let sites = sites(network.plan);
        let mut seen: Vec<(usize, Density)> = Vec::new();
        for (index, cell) in network.plan.cells.iter().enumerate().filter(|(_, cell)| can_be_drawn(cell)) {
            seen.extend(self.grid(cell.inputs.into()).map(|grid| (index, Density::new(grid))));
        }
        if seen.is_empty() {
            return Err(Stop::Without("no cell of the network has learned a function of one to three values".to_string()));
        }
        let mut before: Vec<usize> = sites.iter().map(|site| site.before).collect();
        before.dedup();
        gather::values(network, &before, &mut |part| tell(0.5 * part), |network, read| {
            for site in sites.iter().filter(|site| site.before == read.value) {
                seen.iter_mut().for_each(|(cell, density)| ask(network, site, *cell, &read.numbers, density));
            }
        })?;
        let mut all = Vec::new();
        let count = seen.len();
        for (number, (cell, density)) in seen.into_iter().enumerate() {
            all.extend(self.function(network, cell, &density));
            if !tell(0.5 + 0.5 * (number + 1) as f64 / count as f64) {
                return Err(Stop::Asked);
            }
        }
        Ok(all)
    }

    fn head(&self) -> Vec<&'static str> {
        vec!["cell", "inputs", "asked", "beyond", "curvature", "r2", "cosine", "coefficients", "power"]
    }

    fn rows(&self, functions: &Vec<Function>) -> Vec<Vec<String>> {
        let list = |numbers: &[f64]| numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(" ");
        let row = |own: &Function| {
            let of = |what: fn(&Quadratic) -> f64| optional(own.fit.as_ref().map(what));
            vec![
                own.cell.clone(),
                own.inputs.to_string(),
                own.asked.to_string(),
                number(own.beyond),
                of(|fit| fit.curvature),
                of(|fit| fit.r2),
                of(|fit| fit.cosine),
                own.fit.as_ref().map_or(String::new(), |fit| list(&fit.coefficients)),
                list(&own.power),
            ]
        };
        functions.iter().map(row).collect()
    }
}

/// Whether it calls a learned function, and its values can be put on a grid.
fn can_be_drawn(cell: &Cell) -> bool {
    cell.calls().next().is_some() && !cell.is_windowed() && (1..=3).contains(&cell.inputs)
}

/// Adds the inputs that the units of `cell` in a layer have; `read` is `[samples, elements]` of what the layer reads.
fn ask(network: &Opened, site: &Site, cell: usize, read: &[f32], density: &mut Density) {
    let (args, width) = (usize::from(site.placement.args), site.input.elements());
    let is_own = |share: &usize| site.placement.shares[*share].cell == cell;
    let own: Vec<usize> =
        site.shares().iter().enumerate().filter(|(_, share)| is_own(share)).map(|(element, _)| element).collect();
    if own.is_empty() || site.placement.window.is_some() || args != usize::from(network.plan.cells[cell].inputs) {
        return;
    }
    for sample in read.chunks_exact(width) {
        let inputs = own.iter().flat_map(|element| (0..args).map(|arg| sample[site.argument(*element, arg)]));
        density.add(&inputs.collect::<Vec<f32>>());
    }
}

impl Functions {
    fn grid(&self, inputs: usize) -> Option<Grid> {
        let points = if inputs == 3 { self.points_of_three } else { self.points };
        Grid::cube(Axis::around(self.reach.0, self.reach.1, points)?, inputs)
    }

    fn function(&self, network: &Opened, cell: usize, density: &Density) -> Option<Function> {
        let Opened { plan, weights, .. } = network;
        let own = &plan.cells[cell];
        let grid = density.grid();
        let learned = Learned::of(plan, weights, &own.name).ok()?;
        let values = map(grid, &learned);
        let shares = density.shares()?;
        let densest = mask(&shares, self.mass);
        let within: Vec<f64> = densest.iter().map(|inside| f64::from(u8::from(*inside))).collect();
        let inputs = usize::from(own.inputs);
        let power = |values: &[f64]| power(grid, values, &shares);
        let drawn = (0..DRAWN).filter_map(|seed| drawn(plan, &own.name, grid, seed)).map(|values| power(&values));
        let asked = density.counts().iter().sum::<f64>() as u64 + density.outside();
        Some(Function {
            cell: own.name.clone(),
            inputs,
            low: self.reach.0,
            high: self.reach.1,
            points: grid.axes()[0].cells,
            asked,
            beyond: density.outside() as f64 / asked.max(1) as f64,
            fit: fit(grid, &values, &within),
            power: power(&values),
            power_drawn: mean_of(drawn.collect()),
            values: values.into_iter().map(|value| value as f32).collect(),
            density: shares.into_iter().map(|share| share as f32).collect(),
        })
    }
}

fn map(grid: &Grid, learned: &Learned) -> Vec<f64> {
    (0..grid.cells()).map(|cell| learned.at(&grid.centre(cell))).collect()
}

/// The values of the cell with weights drawn anew as Xavier and Glorot have it.
fn drawn(plan: &Plan, cell: &str, grid: &Grid, seed: u64) -> Option<Vec<f64>> {
    let table = crate::params::Table::of(plan);
    let weights = init(plan, &table, Init::XavierUniform, seed);
    Some(map(grid, &Learned::of(plan, &weights, cell).ok()?))
}

fn fit(grid: &Grid, values: &[f64], within: &[f64]) -> Option<Quadratic> {
    let fit = quadratic(grid, values, within)?;
    Some(Quadratic {
        coefficients: fit.quadratic.coefficients(),
        curvature: fit.quadratic.curvature(),
        axes: fit.quadratic.eigenvalues(),
        r2: fit.r2,
        cosine: Distance::Cosine.between(within, values, &fit.values),
    })
}

fn power(grid: &Grid, values: &[f64], shares: &[f64]) -> Vec<f64> {
    let power = match grid.arguments() {
        2 => hermite(grid, values, shares, Basis::Functions, RANKS),
        3 => solid(grid, values, shares, RANKS),
        _ => None,
    };
    power.map_or(Vec::new(), |power| power.shares())
}

fn mean_of(all: Vec<Vec<f64>>) -> Vec<f64> {
    let all: Vec<Vec<f64>> = all.into_iter().filter(|own| !own.is_empty()).collect();
    let ranks = all.first().map_or(0, Vec::len);
    (0..ranks).map(|rank| all.iter().map(|own| own[rank]).sum::<f64>() / all.len() as f64).collect()
}
