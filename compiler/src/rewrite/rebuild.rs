//! A network with other widths, operations or another input: everything that follows is worked out again.

use super::{RewriteError, infer};
use crate::plan::{Layer, Op, Plan, Word};
use crate::shape::Shape;
use std::collections::BTreeMap;

/// What is to be different. Layers are given by their index in the plan that is changed.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Another input.
    pub input: Option<Shape>,
    /// Other operations.
    pub ops: BTreeMap<usize, Op>,
    /// Other widths of convolutions (channels) and dense layers (units).
    pub widths: BTreeMap<usize, usize>,
}

impl Plan {
    /// This network with `changes`. Shapes, shares, counts and names follow; a depthwise convolution stays one for any number of
    /// channels; a dense layer behind what has become a map gets its flatten layer, and one that has nothing to do goes.
    pub fn rebuild(&self, changes: &Changes) -> Result<Plan, RewriteError> {
        Ok(rebuilt(self, changes)?.0)
    }
}

/// The plan, and for each value of the old one what it has become.
pub(super) fn rebuilt(old: &Plan, changes: &Changes) -> Result<(Plan, Vec<usize>), RewriteError> {
    let mut plan = Plan { input: changes.input.unwrap_or(old.input), layers: Vec::new(), ..old.clone() };
    let mut values = vec![0];
    for index in 0..old.layers.len() {
        let value = next(old, index, changes, &mut plan, &values)?;
        values.push(value);
    }
    plan.output = plan.shape(plan.layers.len());
    for tap in &mut plan.taps {
        tap.value = values[tap.value]; // a plan's taps are values
    }
    renumber(&mut plan.layers);
    plan.recount();
    plan.verify().map_err(|error| RewriteError { layer: None, line: 0, reason: error.0 })?;
    Ok((plan, values))
}

/// Puts what layer `index` becomes behind `plan`; the value that it gives.
fn next(old: &Plan, index: usize, changes: &Changes, plan: &mut Plan, values: &[usize]) -> Result<usize, RewriteError> {
    let layer = &old.layers[index];
    let mut from: Vec<usize> = old.sources(index).iter().map(|value| values[*value]).collect(); // of earlier layers
    let mut inputs: Vec<Shape> = from.iter().map(|value| plan.shape(*value)).collect();
    let mut op = changes.ops.get(&index).unwrap_or(&layer.op).clone();
    match (&op, inputs.first()) {
        (Op::Flatten, Some(Shape::Vector(_))) => return Ok(from[0]),
        (Op::Dense { .. }, Some(Shape::Map(..))) => {
            from = vec![push(plan, layer, Op::Flatten, from, &inputs, &layer.input)?];
            inputs = vec![plan.shape(from[0])];
        }
        _ => {}
    }
    let width = changes.widths.get(&index).copied();
    let like = follow(&mut op, layer, &inputs, width);
    push(plan, layer, op, from, &inputs, &like)
}

/// Fits what an operation says about itself to what it reads now; what it leaves open: see [`infer()`].
fn follow(op: &mut Op, layer: &Layer, inputs: &[Shape], width: Option<usize>) -> Shape {
    let mut units = layer.output.units();
    match op {
        Op::Conv { groups, .. } if is_depthwise(layer) => {
            let each = units / (*groups).max(1);
            *groups = inputs.first().map_or(*groups, Shape::units);
            units = each.saturating_mul(*groups);
        }
        Op::Cells(placement) => {
            if let Some(sites) = inputs.first().and_then(|input| placement.sites(input)) {
                let counts = placement.layout.counts(&placement.ratio(), &sites);
                placement.shares.iter_mut().zip(counts).for_each(|(share, units)| share.units = units);
            }
        }
        _ => {}
    }
    let units = width.unwrap_or(units);
    match layer.output {
        Shape::Vector(_) => Shape::Vector(units),
        Shape::Map(_, h, w) => Shape::Map(units, h, w),
    }
}

fn push(plan: &mut Plan, layer: &Layer, op: Op, from: Vec<usize>, inputs: &[Shape], like: &Shape) -> Result<usize, RewriteError> {
    let fail = |reason| RewriteError { layer: Some(layer.name.clone()), line: layer.line, reason };
    let Some(output) = infer(&op, inputs, like) else { return Err(fail(why_not(&op, inputs, like))) };
    let before = plan.layers.len();
    // What reads the value before it says nothing, as the compiler writes it.
    let from = if from == [before] { Vec::new() } else { from };
    plan.layers.push(Layer {
        name: String::new(),
        line: layer.line,
        from,
        input: inputs[0], // what `infer` has found an output for
        output,
        params: 0,
        macs: 0,
        op,
    });
    Ok(before + 1)
}

/// Whether a layer is a convolution in which every channel is by itself.
pub(super) fn is_depthwise(layer: &Layer) -> bool {
    matches!(layer.op, Op::Conv { groups, .. } if groups > 1 && groups == layer.input.units())
}

fn why_not(op: &Op, inputs: &[Shape], like: &Shape) -> String {
    let read: Vec<String> = inputs.iter().map(Shape::to_string).collect();
    let read = read.join(" and ");
    match op {
        Op::Conv { groups, .. } if *groups > 1 && inputs.iter().all(|input| input.spatial().is_some()) => {
            format!("{groups} groups do not divide {read} and {} channels", like.units())
        }
        Op::Join { .. } => format!("{read} cannot be joined"),
        Op::Cells(placement) if placement.window.is_none() => {
            format!("its cells take {} units each, which does not divide those of {read}", placement.args)
        }
        _ => format!("it does not apply to {read}"),
    }
}

/// Names layers by their kind and a running number.
fn renumber(layers: &mut [Layer]) {
    let mut seen: BTreeMap<&'static str, usize> = BTreeMap::new();
    for layer in layers {
        let kind = kind(&layer.op);
        let number = seen.entry(kind).or_default();
        *number += 1;
        layer.name = format!("{kind}{number}");
    }
}

/// The word that layers of this kind are named after.
pub fn kind(op: &Op) -> &'static str {
    match op {
        Op::Conv { .. } => "conv",
        Op::Dense { .. } => "dense",
        Op::Flatten => "flatten",
        Op::Pool { .. } | Op::AdaptivePool { .. } => "pool",
        Op::Dropout { .. } => "dropout",
        Op::Norm { .. } | Op::Response { .. } => "norm",
        Op::Noise { .. } => "noise",
        Op::Join { .. } => "join",
        Op::Cells(placement) => match placement.word {
            Word::Act => "act",
            Word::Window => "window",
            Word::Inner => "inner",
        },
    }
}
