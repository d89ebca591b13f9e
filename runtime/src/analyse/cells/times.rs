//! The time that layers take, and would take with other cells.

use super::Time;
use crate::analyse::Opened;
use crate::params::Weights;
use crate::streams::Stream;
use hetc_compiler::plan::{Layer, Op, Plan};
use hetc_engine::Probe;
use std::collections::BTreeMap;
use std::ops::Range;

/// Samples that types are timed on.
const TIMED: usize = 64;
/// What their trained numbers are then.
const ANY: f32 = 0.1;

/// Each layer's name and time, for samples that went through the network `passes` times since times were taken last.
pub fn of_layers(network: &mut Opened, passes: usize) -> Vec<(String, Time)> {
    let names = network.plan.layers.iter().map(|layer| layer.name.clone());
    names.zip(taken(&mut network.probe, network.sample.len() * passes)).collect()
}

/// For each layer and each type of a mixed network: what the layer by itself takes, on normal numbers, with this type at all places where it
/// can stand.
pub fn of_types(network: &Opened) -> BTreeMap<(usize, String), Time> {
    let mut all = BTreeMap::new();
    for plan in network.plan.controls() {
        for (index, layer) in plan.layers.iter().enumerate() {
            let Op::Cells(placement) = &layer.op else { continue };
            if let [share] = &placement.shares[..] {
                all.insert((index, plan.cells[share.cell].name.clone()), alone(&plan, layer, network));
            }
        }
    }
    all
}

fn alone(plan: &Plan, layer: &Layer, network: &Opened) -> Time {
    let layers = vec![Layer { from: Vec::new(), ..layer.clone() }];
    let mut plan = Plan { input: layer.input, output: layer.output, layers, taps: Vec::new(), ..plan.clone() };
    plan.drop_unused();
    let (mut probe, _) = Probe::new(&plan, network.threads);
    let mut stream = Stream::new(network.look.seed, "times of types", &[]);
    let inputs: Vec<f32> = (0..TIMED * layer.input.elements()).map(|_| stream.normal() as f32).collect();
    let weights = Weights { params: vec![ANY; probe.table().params_len()], state: Vec::new() };
    let slopes = |_: Range<usize>, _: &[f32], slopes: &mut [f32]| slopes.fill(ANY);
    // The first pass finds its memory.
    for _ in 0..2 {
        probe.seconds();
        probe.slopes(&weights, &inputs, network.look, slopes, &[], |_| ());
    }
    taken(&mut probe, TIMED).swap_remove(0) // the layer
}

fn taken(probe: &mut Probe, samples: usize) -> Vec<Time> {
    let thousandth = 1e6 / samples as f64;
    let time = |[forward, backward]: [f64; 2]| Time { forward: thousandth * forward, backward: thousandth * backward };
    probe.seconds().into_iter().map(time).collect()
}
