//! Which vectors of a group of samples each cell reads and answers.

use hetc_compiler::plan::{Placement, Plan};
use hetc_compiler::shape::Shape;
use std::collections::BTreeMap;

/// Sites of one share that have the same number of elements, arranged alike.
///
/// Value `k` of element `e` of a site is the vector at `site.input + elements[e] + k` of the input, its answer that at
/// `site.output + elements[e]` of the output.
#[derive(Debug)]
pub struct Group {
    pub share: usize,
    /// Where a site's elements lie, from its first one: a window's rows and columns, or `[0]`.
    pub elements: Vec<u32>,
    /// How many values each cell is applied to.
    pub values: usize,
    /// In the order of memory.
    pub sites: Vec<Site>,
}

/// A place where a cell answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Site {
    /// The first value in the input.
    pub input: u32,
    /// The first answer in the output.
    pub output: u32,
    /// The unit, counted among those of its share.
    pub unit: u32,
}

/// The groups of a placement, share by share. Places fit: a sample has at most 2^28 elements.
pub fn groups(plan: &Plan, placement: &Placement, input: &Shape, sites: &Shape) -> Vec<Group> {
    let grid = Grid::new(placement, input, sites);
    let ranks: Vec<Vec<u32>> = (0..placement.shares.len()).map(|share| ranks(placement, share, sites)).collect();
    let together: Vec<bool> = placement.shares.iter().map(|share| plan.cells[share.cell].is_windowed()).collect();
    let mut groups: BTreeMap<(usize, [usize; 2]), Group> = BTreeMap::new();
    let mut next = 0;
    for run in placement.runs(sites) {
        for number in next..next + run.len {
            let window = grid.locate(number, &ranks[run.share]);
            // A cell that does not look at its window answers every element by itself.
            let size = if together[run.share] { window.size } else { [1, 1] };
            let group = groups.entry((run.share, size)).or_insert_with(|| grid.group(run.share, size));
            if together[run.share] {
                group.sites.push(window.site);
                continue;
            }
            for offset in grid.offsets(window.size) {
                let Site { input, output, unit } = window.site;
                group.sites.push(Site { input: input + offset, output: output + offset, unit });
            }
        }
        next += run.len;
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.iter_mut().for_each(|group| group.sites.sort_unstable_by_key(|site| site.output));
    groups
}

/// For each unit its place among those of the share.
fn ranks(placement: &Placement, share: usize, sites: &Shape) -> Vec<u32> {
    let mut ranks = vec![0; sites.units()];
    for (rank, unit) in placement.units_of(share, sites).into_iter().enumerate() {
        ranks[unit] = rank as u32;
    }
    ranks
}

/// Sites as rows and columns of channels; a vector's are the columns of one row of a single channel.
struct Grid {
    args: usize,
    /// Height and width of a window; one element without.
    window: [usize; 2],
    /// Of the input.
    channels: usize,
    height: usize,
    width: usize,
    /// Rows and columns of sites.
    rows: usize,
    columns: usize,
    is_vector: bool,
}

struct Window {
    site: Site,
    /// Rows and columns that exist.
    size: [usize; 2],
}

impl Grid {
    fn new(placement: &Placement, input: &Shape, sites: &Shape) -> Self {
        let is_vector = input.spatial().is_none();
        let (height, width) = input.spatial().unwrap_or((1, input.units()));
        let (rows, columns) = sites.spatial().unwrap_or((1, sites.units()));
        let (args, window) = (usize::from(placement.args), placement.window.unwrap_or([1, 1]));
        let channels = if is_vector { 1 } else { input.units() };
        Self { args, window, channels, height, width, rows, columns, is_vector }
    }

    /// Site number `site` in the plan's order: channel by channel, row by row.
    fn locate(&self, site: usize, ranks: &[u32]) -> Window {
        let (channel, position) = (site / (self.rows * self.columns), site % (self.rows * self.columns));
        let [row, column] = [position / self.columns * self.window[0], position % self.columns * self.window[1]];
        let unit = ranks[if self.is_vector { position } else { channel }];
        if self.args > 1 {
            let output = if self.is_vector { position } else { position * (self.channels / self.args) + channel };
            let site = Site { input: (output * self.args) as u32, output: output as u32, unit };
            return Window { site, size: [1, 1] };
        }
        let place = ((row * self.width + column) * self.channels + channel) as u32;
        let size = [self.window[0].min(self.height - row), self.window[1].min(self.width - column)];
        Window { site: Site { input: place, output: place, unit }, size }
    }

    /// From the first element of a window to each.
    fn offsets(&self, [height, width]: [usize; 2]) -> impl Iterator<Item = u32> {
        let (row_length, channels) = (self.width, self.channels);
        (0..height).flat_map(move |row| (0..width).map(move |column| ((row * row_length + column) * channels) as u32))
    }

    fn group(&self, share: usize, size: [usize; 2]) -> Group {
        Group { share, elements: self.offsets(size).collect(), values: self.args, sites: Vec::new() }
    }
}
