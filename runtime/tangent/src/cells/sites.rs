//! Where cells answer.

use hetc_compiler::plan::{Placement, Plan};
use hetc_compiler::shape::Shape;
use std::ops::Range;

/// Where one cell answers: one number, or those of a window that it looks at as a whole.
#[derive(Debug)]
pub struct Site {
    pub share: usize,
    /// Counted among the units of its share.
    pub unit: usize,
    elements: Range<usize>,
}

/// All sites of a layer.
#[derive(Debug)]
pub struct Sites {
    sites: Vec<Site>,
    /// Places in the output.
    elements: Vec<usize>,
    /// Values of a cell: consecutive units of the input, at one position.
    args: usize,
    /// Of a unit.
    positions: usize,
}

impl Sites {
    /// Of `placement` in a layer that reads `input`; `None` if it does not fit.
    pub fn new(plan: &Plan, placement: &Placement, input: &Shape) -> Option<Self> {
        let shape = placement.sites(input)?;
        let positions = shape.elements() / shape.units().max(1);
        let args = usize::from(placement.args);
        let mut own = Self { sites: Vec::new(), elements: Vec::new(), args, positions };
        let runs = placement.runs(&shape);
        let shares = runs.iter().flat_map(|run| std::iter::repeat_n(run.share, run.len));
        let ranks: Vec<Vec<usize>> = (0..placement.shares.len()).map(|share| ranks(placement, share, &shape)).collect();
        for (number, share) in shares.enumerate() {
            let unit = ranks[share][number / positions];
            let first = own.elements.len();
            match placement.window {
                Some(window) => own.elements.extend(elements(window, number, input, &shape)),
                None => own.elements.push(number),
            }
            let all = first..own.elements.len();
            if plan.cells[placement.shares[share].cell].is_windowed() {
                own.sites.push(Site { share, unit, elements: all });
            } else {
                own.sites.extend(all.map(|element| Site { share, unit, elements: element..element + 1 }));
            }
        }
        Some(own)
    }

    /// In the order of the plan.
    pub fn iter(&self) -> impl Iterator<Item = &Site> {
        self.sites.iter()
    }

    /// Where a site answers.
    pub fn elements(&self, site: &Site) -> &[usize] {
        &self.elements[site.elements.clone()]
    }

    /// Values of a cell.
    pub fn args(&self) -> usize {
        self.args
    }

    /// Where the values are that the number at `element` of the output is the answer to.
    pub fn inputs(&self, element: usize) -> impl Iterator<Item = usize> {
        let (args, positions) = (self.args, self.positions);
        // Windows have one value each: the place is the same.
        let (unit, position) = (element / positions, element % positions);
        (0..args).map(move |value| if args == 1 { element } else { (unit * args + value) * positions + position })
    }
}

/// For each unit its place among those of the share.
fn ranks(placement: &Placement, share: usize, shape: &Shape) -> Vec<usize> {
    let mut ranks = vec![0; shape.units()];
    for (rank, unit) in placement.units_of(share, shape).into_iter().enumerate() {
        ranks[unit] = rank;
    }
    ranks
}

/// The places of window `number`, row by row, those that the map has; a vector is a map of one row.
fn elements([height, width]: [usize; 2], number: usize, input: &Shape, windows: &Shape) -> impl Iterator<Item = usize> {
    let (rows, columns) = input.spatial().unwrap_or((1, input.units()));
    let (down, across) = windows.spatial().unwrap_or((1, windows.units()));
    let (map, window) = (number / (down * across), number % (down * across));
    let (top, left) = (window / across * height, window % across * width);
    let right = (left + width).min(columns);
    (top..(top + height).min(rows)).flat_map(move |row| (left..right).map(move |column| (map * rows + row) * columns + column))
}
