//! Every width but the last, by one factor.

use super::super::rebuild::is_depthwise;
use super::super::{Changes, Rewritten, feeder};
use super::{MatchError, Matched, Solved, args_of};
use crate::plan::{Join, Op, Plan};
use std::collections::BTreeMap;

/// Halvings of the interval in which the factor lies; far below what moves any width.
const HALVINGS: usize = 60;
/// No width grows more.
const LARGEST: f64 = 1e6;
/// Rounds in which single widths may move by one.
const ROUNDS: usize = 4;

/// Layers whose outputs meet in sums and products, and so stay equally wide.
struct Class {
    width: usize,
    /// Their width is a multiple of it: groups and cells of several values divide it.
    granule: usize,
    layers: Vec<usize>,
}

pub fn all(rewritten: &Rewritten, target: u64) -> Result<Matched, MatchError> {
    let plan = &rewritten.plan;
    let classes = classes(plan);
    if classes.is_empty() {
        return Err(MatchError::NothingToSolve);
    }
    let built = |parts: &[usize]| plan.rebuild(&Changes { widths: widths(&classes, parts), ..Changes::default() });
    let count = |parts: &[usize]| built(parts).map(|plan| plan.params);
    let scaled = |factor: f64| -> Vec<usize> { classes.iter().map(|class| class.scaled(factor)).collect() };
    count(&scaled(1.0)).map_err(MatchError::DoesNotFit)?;

    let too_few = |factor: f64| count(&scaled(factor)).is_ok_and(|count| count < target);
    let (mut below, mut above) = (0.0, 1.0);
    while too_few(above) && above < LARGEST {
        (below, above) = (above, 2.0 * above);
    }
    for _ in 0..HALVINGS {
        let middle = (below + above) / 2.0;
        if too_few(middle) { below = middle } else { above = middle }
    }
    let distance = |parts: &[usize]| count(parts).map_or((u64::MAX, u64::MAX), |count| (count.abs_diff(target), count));
    let (factor, start) = [below, above]
        .map(|factor| (factor, scaled(factor)))
        .into_iter()
        .min_by_key(|(_, parts)| distance(parts))
        .unwrap_or((1.0, scaled(1.0)));
    let parts = improve(&start, distance);
    let plan = built(&parts).map_err(MatchError::DoesNotFit)?;
    let widths: Vec<(usize, usize)> = widths(&classes, &parts).into_iter().collect();
    Ok(Matched::new(rewritten, plan, &widths, target, Solved::Scale(factor)))
}

impl Class {
    /// How many granules wide it is at a factor.
    fn scaled(&self, factor: f64) -> usize {
        ((factor * self.width as f64 / self.granule as f64).round() as usize).max(1)
    }
}

fn widths(classes: &[Class], parts: &[usize]) -> BTreeMap<usize, usize> {
    let of_class = |(class, part): (&Class, &usize)| {
        let width = part.saturating_mul(class.granule);
        class.layers.iter().map(move |layer| (*layer, width)).collect::<Vec<_>>()
    };
    classes.iter().zip(parts).flat_map(of_class).collect()
}

/// Moves single classes by one from where they started, as long as that comes nearer.
fn improve(start: &[usize], distance: impl Fn(&[usize]) -> (u64, u64)) -> Vec<usize> {
    let mut best = (distance(start), start.to_vec());
    for _ in 0..ROUNDS {
        let before = best.0;
        for class in 0..start.len() {
            for part in [start[class] - 1, start[class], start[class] + 1] {
                let mut parts = best.1.clone();
                parts[class] = part.max(1);
                let found = distance(&parts);
                if found < best.0 {
                    best = (found, parts);
                }
            }
        }
        if best.0 == before {
            break;
        }
    }
    best.1
}

/// The layers with weights but the last one, those that stay equally wide together. Depthwise convolutions are none of them: they follow.
fn classes(plan: &Plan) -> Vec<Class> {
    let weighted = |index: &usize| matches!(plan.layers[*index].op, Op::Conv { .. } | Op::Dense { .. });
    let Some(last) = (0..plan.layers.len()).rev().find(weighted) else { return Vec::new() };
    let tied = tied(plan);
    let mut classes: BTreeMap<usize, Class> = BTreeMap::new();
    for index in (0..last).filter(weighted).filter(|index| !is_depthwise(&plan.layers[*index])) {
        let class = Class { width: plan.layers[index].output.units(), granule: 1, layers: Vec::new() };
        let class = classes.entry(tied[index]).or_insert(class);
        class.granule = common(class.granule, granule(plan, index));
        class.layers.push(index);
    }
    classes.into_values().collect()
}

/// For each layer the same number as for those that it has to be as wide as.
fn tied(plan: &Plan) -> Vec<usize> {
    let mut tied: Vec<usize> = (0..plan.layers.len()).collect();
    for (index, layer) in plan.layers.iter().enumerate() {
        let read: Vec<usize> = plan.sources(index).into_iter().filter_map(|value| value.checked_sub(1)).collect();
        let same = match &layer.op {
            Op::Conv { .. } => is_depthwise(layer) && layer.input.units() == layer.output.units(),
            Op::Dense { .. } | Op::Flatten | Op::Join { how: Join::Concat } => false,
            Op::Cells(placement) => placement.args == 1,
            _ => true,
        };
        for before in read.into_iter().filter(|_| same) {
            let (old, new) = (tied[before].max(tied[index]), tied[before].min(tied[index]));
            tied.iter_mut().filter(|class| **class == old).for_each(|class| *class = new);
        }
    }
    tied
}

/// What has to divide the width of layer `index`: its own groups, and those and the cells of the layers that it feeds.
fn granule(plan: &Plan, index: usize) -> usize {
    let divisor = |other: usize| {
        let layer = &plan.layers[other];
        match &layer.op {
            Op::Conv { groups, .. } if other == index => *groups,
            _ if feeder(plan, other) != Some(index) || is_depthwise(layer) => 1,
            Op::Conv { groups, .. } => *groups,
            Op::Cells(_) => args_of(plan, other),
            _ => 1,
        }
    };
    (index..plan.layers.len()).map(divisor).fold(1, common)
}

/// The smallest number that both divide.
fn common(a: usize, b: usize) -> usize {
    let (mut x, mut y) = (a, b);
    while y > 0 {
        (x, y) = (y, x % y);
    }
    (a / x.max(1)).saturating_mul(b).max(1)
}
