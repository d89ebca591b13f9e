//! Which elements of a sample each cell reads and answers.

use hetc_compiler::plan::Placement;
use hetc_compiler::shape::Shape;
use std::collections::BTreeMap;

/// Sites of one share that have the same number of elements, arranged alike. Places count from the start of a sample.
#[derive(Debug)]
pub struct Group {
    pub share: usize,
    /// Where a site's elements lie, from its first one: a window's rows and columns, or `[0]`.
    pub elements: Vec<u32>,
    /// How many values each cell is applied to.
    pub values: usize,
    /// From one value of a site to its next.
    pub value_stride: usize,
    /// The first value of each site in the input.
    pub inputs: Vec<u32>,
    /// The first answer of each site in the output.
    pub outputs: Vec<u32>,
    /// The unit of each site, counted among those of its share.
    pub units: Vec<u32>,
}

/// The groups of a placement. Places fit: a sample has at most 2^28 elements.
pub fn groups(placement: &Placement, input: &Shape, sites: &Shape) -> Vec<Group> {
    let grid = Grid::new(placement, input, sites);
    let ranks: Vec<Vec<u32>> = (0..placement.shares.len()).map(|share| ranks(placement, share, sites)).collect();
    let mut groups: BTreeMap<(usize, [usize; 2]), Group> = BTreeMap::new();
    let mut next = 0;
    for run in placement.runs(sites) {
        for site in next..next + run.len {
            let located = grid.locate(site);
            let group = groups.entry((run.share, located.size)).or_insert_with(|| grid.group(run.share, located.size));
            group.inputs.push(located.input as u32);
            group.outputs.push(located.output as u32);
            group.units.push(ranks[run.share][located.unit]);
        }
        next += run.len;
    }
    groups.into_values().collect()
}

/// For each unit its place among those of the share.
fn ranks(placement: &Placement, share: usize, sites: &Shape) -> Vec<u32> {
    let mut ranks = vec![0; sites.units()];
    for (rank, unit) in placement.units_of(share, sites).into_iter().enumerate() {
        ranks[unit] = rank as u32;
    }
    ranks
}

/// Sites as rows and columns of channels; a vector's are the columns of one row.
struct Grid {
    args: usize,
    /// Height and width of a window; one element without.
    window: [usize; 2],
    /// Of the input.
    height: usize,
    width: usize,
    /// Rows and columns of sites.
    rows: usize,
    columns: usize,
    is_vector: bool,
}

struct Located {
    input: usize,
    output: usize,
    unit: usize,
    /// Rows and columns that exist.
    size: [usize; 2],
}

impl Grid {
    fn new(placement: &Placement, input: &Shape, sites: &Shape) -> Self {
        let (height, width) = input.spatial().unwrap_or((1, input.units()));
        let (rows, columns) = sites.spatial().unwrap_or((1, sites.units()));
        let window = placement.window.unwrap_or([1, 1]);
        Self { args: usize::from(placement.args), window, height, width, rows, columns, is_vector: input.spatial().is_none() }
    }

    fn locate(&self, site: usize) -> Located {
        let (channel, position) = (site / (self.rows * self.columns), site % (self.rows * self.columns));
        let [row, column] = [position / self.columns * self.window[0], position % self.columns * self.window[1]];
        let size = [self.window[0].min(self.height - row), self.window[1].min(self.width - column)];
        let unit = if self.is_vector { position } else { channel };
        if self.args > 1 {
            let input = if self.is_vector { site * self.args } else { channel * self.args * self.rows * self.columns + position };
            return Located { input, output: site, unit, size: [1, 1] };
        }
        let place = channel * self.height * self.width + row * self.width + column;
        Located { input: place, output: place, unit, size }
    }

    fn group(&self, share: usize, [height, width]: [usize; 2]) -> Group {
        let elements = (0..height).flat_map(|row| (0..width).map(move |column| (row * self.width + column) as u32));
        Group {
            share,
            elements: elements.collect(),
            values: self.args,
            value_stride: if self.is_vector { 1 } else { self.rows * self.columns },
            inputs: Vec::new(),
            outputs: Vec::new(),
            units: Vec::new(),
        }
    }
}
