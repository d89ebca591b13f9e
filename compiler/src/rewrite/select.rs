//! Which layers with cells are meant.

use crate::plan::{Op, Plan, Word};
use std::fmt;

/// Which layers with cells are meant: `all`, `conv first half`, `inner 2`, the name of a tap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// By what.
    pub which: Which,
    /// How many of them.
    pub part: Part,
}

/// What a selector goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// Every layer with cells.
    All,
    /// Those behind a convolution; norms, pools, dropout and noise may stand between.
    Conv,
    /// Those behind a dense layer, likewise.
    Dense,
    /// Those placed by this word.
    Word(Word),
    /// The one that gives the value with this name.
    Tap(String),
}

/// Which of those that are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All.
    Whole,
    /// The first half; the middle one of an odd number belongs to it.
    FirstHalf,
    /// The last half; the middle one of an odd number belongs to it as well.
    LastHalf,
    /// This one, from 1.
    Nth(usize),
}

/// Why a selector means nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoSites {
    /// No layer with cells is of this kind.
    None,
    /// There are only so many.
    Only(usize),
    /// No value has this name; these are the names.
    NoTap(Vec<String>),
    /// What the tap stands behind is no layer with cells, but this layer (or the input).
    NotBehind(Option<String>),
}

impl Selector {
    /// All of those.
    pub fn whole(which: Which) -> Self {
        Self { which, part: Part::Whole }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.which {
            Which::All => "all",
            Which::Conv => "conv",
            Which::Dense => "dense",
            Which::Word(Word::Act) => "act",
            Which::Word(Word::Window) => "window",
            Which::Word(Word::Inner) => "inner",
            Which::Tap(name) => name,
        })?;
        match self.part {
            Part::Whole => Ok(()),
            Part::FirstHalf => f.write_str(" first half"),
            Part::LastHalf => f.write_str(" last half"),
            Part::Nth(n) => write!(f, " {n}"),
        }
    }
}

/// The indices of the layers of `plan` that `selector` means, in order; at least one.
pub fn sites(plan: &Plan, selector: &Selector) -> Result<Vec<usize>, NoSites> {
    let found = match &selector.which {
        Which::Tap(name) => vec![tapped(plan, name)?],
        which => (0..plan.layers.len()).filter(|index| is_meant(plan, *index, which)).collect(),
    };
    let half = found.len().div_ceil(2);
    let part = match selector.part {
        Part::Whole => found,
        Part::FirstHalf => found[..half].to_vec(),
        Part::LastHalf => found[found.len() - half..].to_vec(),
        Part::Nth(n) => match n.checked_sub(1).and_then(|place| found.get(place)) {
            Some(index) => vec![*index],
            None if found.is_empty() => found,
            None => return Err(NoSites::Only(found.len())),
        },
    };
    if part.is_empty() { Err(NoSites::None) } else { Ok(part) }
}

fn is_meant(plan: &Plan, index: usize, which: &Which) -> bool {
    let Op::Cells(placement) = &plan.layers[index].op else { return false };
    let fed_by = || feeder(plan, index).map(|feeder| &plan.layers[feeder].op);
    match which {
        Which::All => true,
        Which::Word(word) => placement.word == *word,
        Which::Conv => matches!(fed_by(), Some(Op::Conv { .. })),
        Which::Dense => matches!(fed_by(), Some(Op::Dense { .. })),
        Which::Tap(_) => false,
    }
}

fn tapped(plan: &Plan, name: &str) -> Result<usize, NoSites> {
    let Some(tap) = plan.taps.iter().find(|tap| tap.name == name) else {
        return Err(NoSites::NoTap(plan.taps.iter().map(|tap| tap.name.clone()).collect()));
    };
    let layer = tap.value.checked_sub(1).map(|index| (index, &plan.layers[index])); // a plan's taps are values
    match layer {
        Some((index, layer)) if matches!(layer.op, Op::Cells(_)) => Ok(index),
        other => Err(NoSites::NotBehind(other.map(|(_, layer)| layer.name.clone()))),
    }
}

/// The convolution or dense layer that layer `index` stands behind: the nearest one, with nothing between but what leaves the
/// number of units as it is (norms, pools, dropout, noise). Its width is the number of units that `index` reads.
pub fn feeder(plan: &Plan, index: usize) -> Option<usize> {
    let mut value = *plan.sources(index).first()?;
    loop {
        let before = value.checked_sub(1)?;
        match plan.layers[before].op {
            Op::Conv { .. } | Op::Dense { .. } => return Some(before),
            Op::Norm { .. } | Op::Response { .. } | Op::Dropout { .. } | Op::Noise { .. } => {}
            Op::Pool { .. } | Op::AdaptivePool { .. } => {}
            Op::Flatten | Op::Join { .. } | Op::Cells(_) => return None,
        }
        value = *plan.sources(before).first()?;
    }
}
