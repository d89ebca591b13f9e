//! Which unit of a layer gets which cell.
//!
//! A *unit* is what carries a cell type: a channel of a map, an element of a vector (Doty et al. 2021, Methods). A *ratio* says how the
//! units are shared out among the *shares* of a mix, and a *layout* where each share's units lie.

use crate::shape::Shape;
use serde::{Deserialize, Serialize};

/// Where the units of each share lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Unit `u` belongs to the share that `u mod sum(ratio)` falls in (Doty et al.).
    #[default]
    Interleave,
    /// The first share's units, then the second's, … (Choudhary et al., Yoon et al.).
    Block,
    /// By position, the same in every channel: `(column - row) mod sum(ratio)` (the code of Doty et al.).
    Checkerboard,
    /// Shares as exact as with `Block`, then shuffled by this seed.
    Random {
        /// Equal seeds give equal layouts for equal numbers of units.
        seed: u64,
    },
}

/// Consecutive elements of one sample, in memory order, that get the same cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Index of the share.
    pub share: usize,
    /// Number of elements.
    pub len: usize,
}

impl Layout {
    /// The share of every unit (or, for a checkerboard, of every position of a map), in order; each is an index into `ratio`.
    pub fn assign(self, ratio: &[u64], shape: &Shape) -> Vec<usize> {
        let units = shape.units();
        match self {
            Layout::Interleave => (0..units).map(|u| share_at(ratio, u as u64)).collect(),
            Layout::Block => blocks(ratio, units),
            Layout::Random { seed } => {
                let mut shares = blocks(ratio, units);
                shuffle(&mut shares, seed);
                shares
            }
            Layout::Checkerboard => {
                let (height, width) = shape.spatial().unwrap_or((1, units));
                let period = ratio.iter().sum::<u64>().max(1);
                let cell_at = |row: u64, column: u64| share_at(ratio, (column + period - row % period) % period);
                (0..height as u64).flat_map(|row| (0..width as u64).map(move |column| cell_at(row, column))).collect()
            }
        }
    }

    /// The same as [`Layout::assign`], spread over the elements of one sample: maximal runs of one share.
    pub fn runs(self, ratio: &[u64], shape: &Shape) -> Vec<Run> {
        if ratio.len() == 1 {
            return vec![Run { share: 0, len: shape.elements() }];
        }
        let shares = self.assign(ratio, shape);
        let (repeats, len) = match self {
            Layout::Checkerboard => (shape.units(), 1),
            _ => (1, shape.elements() / shape.units().max(1)),
        };
        let mut runs: Vec<Run> = Vec::new();
        for share in std::iter::repeat_n(&shares, repeats).flatten() {
            match runs.last_mut() {
                Some(last) if last.share == *share => last.len += len,
                _ => runs.push(Run { share: *share, len }),
            }
        }
        runs
    }

    /// How many units (positions, for a checkerboard) each share gets: as [`Layout::assign`], without going through all of them.
    pub fn counts(self, ratio: &[u64], shape: &Shape) -> Vec<u64> {
        let units = shape.units();
        match self {
            Layout::Interleave => counts_between(ratio, 0, units as u64),
            Layout::Block | Layout::Random { .. } => block_sizes(ratio, units).into_iter().map(|size| size as u64).collect(),
            Layout::Checkerboard => {
                let (height, width) = shape.spatial().unwrap_or((1, units));
                let (height, width, period) = (height as u64, width as u64, ratio.iter().sum::<u64>().max(1));
                let mut counts = vec![0; ratio.len()];
                for row in 0..height.min(period) {
                    let equal_rows = (height - row).div_ceil(period);
                    let start = (period - row) % period;
                    for (count, in_row) in counts.iter_mut().zip(counts_between(ratio, start, start + width)) {
                        *count += equal_rows * in_row;
                    }
                }
                counts
            }
        }
    }
}

impl Layout {
    /// The share of the last of `units` units; nothing for a checkerboard, which goes by position.
    pub(crate) fn last(self, ratio: &[u64], units: usize) -> Option<usize> {
        let last = units.checked_sub(1)?;
        match self {
            Layout::Interleave => Some(share_at(ratio, last as u64)),
            Layout::Block => block_sizes(ratio, units).iter().rposition(|size| *size > 0),
            Layout::Random { .. } => self.assign(ratio, &Shape::vector(units)).last().copied(),
            Layout::Checkerboard => None,
        }
    }

    /// Of row `row` of a checkerboard of so many columns: how many places each share has, and the share of the last one.
    pub(crate) fn checkerboard_row(ratio: &[u64], row: usize, columns: usize) -> (Vec<u64>, usize) {
        let period = ratio.iter().sum::<u64>().max(1);
        let start = (period - row as u64 % period) % period;
        let counts = counts_between(ratio, start, start + columns as u64);
        (counts, share_at(ratio, start + (columns as u64).saturating_sub(1)))
    }
}

/// How many of the places `from..to` of the repeating pattern each share has.
fn counts_between(ratio: &[u64], from: u64, to: u64) -> Vec<u64> {
    let period = ratio.iter().sum::<u64>().max(1);
    let mut start = 0;
    let count = |part: &u64| {
        let below = |place: u64| place / period * part + (place % period).saturating_sub(start).min(*part);
        let count = below(to) - below(from);
        start += part;
        count
    };
    ratio.iter().map(count).collect()
}

/// The share that place `u` of the repeating pattern falls in.
fn share_at(ratio: &[u64], u: u64) -> usize {
    let mut place = u % ratio.iter().sum::<u64>().max(1);
    for (share, part) in ratio.iter().enumerate() {
        if place < *part {
            return share;
        }
        place -= part;
    }
    0 // a ratio of zeros; the compiler refuses it
}

/// Contiguous shares.
fn blocks(ratio: &[u64], units: usize) -> Vec<usize> {
    let sizes = block_sizes(ratio, units);
    sizes.into_iter().enumerate().flat_map(|(share, size)| std::iter::repeat_n(share, size)).collect()
}

/// Shares by largest remainder; ties go to the earlier share.
fn block_sizes(ratio: &[u64], units: usize) -> Vec<usize> {
    let total = u128::from(ratio.iter().sum::<u64>().max(1));
    let exact = |part: u64| units as u128 * u128::from(part);
    let mut sizes: Vec<usize> = ratio.iter().map(|part| (exact(*part) / total) as usize).collect();
    let mut by_remainder: Vec<usize> = (0..ratio.len()).collect();
    by_remainder.sort_by_key(|share| std::cmp::Reverse(exact(ratio[*share]) % total));
    let missing = units.saturating_sub(sizes.iter().sum());
    for share in by_remainder.into_iter().cycle().take(missing) {
        sizes[share] += 1;
    }
    sizes
}

/// Fisher–Yates with SplitMix64 (Steele et al. 2014), so that a layout is the same on every machine and in every version.
fn shuffle(items: &mut [usize], seed: u64) {
    let mut state = seed;
    for i in (1..items.len()).rev() {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        items.swap(i, ((u128::from(z) * (i as u128 + 1)) >> 64) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(n: usize) -> Shape {
        Shape::vector(n)
    }

    #[test]
    fn interleave_follows_the_ratio() {
        assert_eq!(Layout::Interleave.assign(&[1, 1], &units(4)), [0, 1, 0, 1]);
        assert_eq!(Layout::Interleave.counts(&[9, 1], &units(20)), [18, 2]);
        assert_eq!(Layout::Interleave.assign(&[2, 1], &units(7)), [0, 0, 1, 0, 0, 1, 0]);
    }

    #[test]
    fn blocks_share_out_by_largest_remainder() {
        assert_eq!(Layout::Block.assign(&[1, 1], &units(5)), [0, 0, 0, 1, 1]);
        assert_eq!(Layout::Block.counts(&[1, 1, 1], &units(11)), [4, 4, 3]);
        assert_eq!(Layout::Block.counts(&[1, 9], &units(4)), [0, 4]);
    }

    #[test]
    fn checkerboard_is_the_same_in_every_channel() {
        let shape = Shape::map(2, 2, 3);
        assert_eq!(Layout::Checkerboard.assign(&[1, 1], &shape), [0, 1, 0, 1, 0, 1]);
        let total: usize = Layout::Checkerboard.runs(&[1, 1], &shape).iter().map(|run| run.len).sum();
        assert_eq!(total, 12);
    }

    /// The four layouts by their definitions, written out place by place.
    #[test]
    fn every_layout_follows_its_definition() {
        let ratios: [&[u64]; 6] = [&[1], &[1, 1], &[2, 1], &[9, 1], &[1, 2, 3], &[5, 1, 1, 7]];
        let shapes = [Shape::vector(1), Shape::vector(13), Shape::vector(64), Shape::map(6, 5, 7), Shape::map(3, 9, 2)];
        for (ratio, shape) in ratios.into_iter().flat_map(|ratio| shapes.map(|shape| (ratio, shape))) {
            let period = ratio.iter().sum::<u64>() as i64;
            let in_period: Vec<usize> =
                ratio.iter().enumerate().flat_map(|(share, part)| std::iter::repeat_n(share, *part as usize)).collect();
            let interleaved: Vec<usize> = (0..shape.units()).map(|unit| in_period[unit % in_period.len()]).collect();
            assert_eq!(Layout::Interleave.assign(ratio, &shape), interleaved);

            let (height, width) = shape.spatial().unwrap_or((1, shape.units()));
            let positions = (0..height as i64).flat_map(|row| (0..width as i64).map(move |column| (row, column)));
            let board: Vec<usize> =
                positions.map(|(row, column)| in_period[(column - row).rem_euclid(period) as usize]).collect();
            assert_eq!(Layout::Checkerboard.assign(ratio, &shape), board);

            let blocks = Layout::Block.assign(ratio, &shape);
            assert!(blocks.is_sorted());
            for layout in [Layout::Interleave, Layout::Block, Layout::Checkerboard, Layout::Random { seed: 3 }] {
                let assigned = layout.assign(ratio, &shape);
                let counted: Vec<u64> =
                    (0..ratio.len()).map(|share| assigned.iter().filter(|s| **s == share).count() as u64).collect();
                assert_eq!(layout.counts(ratio, &shape), counted, "{layout:?} {ratio:?} {shape}");
            }
        }
    }

    /// Two types alternate along the first row, and the next row starts with the other one.
    #[test]
    fn checkerboard_of_two_is_a_checkerboard() {
        let shape = Shape::map(1, 3, 4);
        assert_eq!(Layout::Checkerboard.assign(&[1, 1], &shape), [0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 1]);
        assert_eq!(Layout::Checkerboard.assign(&[1, 1, 1], &shape), [0, 1, 2, 0, 2, 0, 1, 2, 1, 2, 0, 1]);
    }

    #[test]
    fn random_keeps_the_counts_and_depends_on_the_seed() {
        let layout = |seed| Layout::Random { seed }.assign(&[1, 3], &units(64));
        assert_eq!(layout(7), layout(7));
        assert_ne!(layout(7), layout(8));
        assert_eq!(Layout::Random { seed: 7 }.counts(&[1, 3], &units(64)), [16, 48]);
    }

    #[test]
    fn runs_cover_a_sample() {
        let shape = Shape::map(4, 3, 3);
        let runs = Layout::Block.runs(&[1, 1], &shape);
        assert_eq!(runs, [Run { share: 0, len: 18 }, Run { share: 1, len: 18 }]);
    }
}
