//! The time that layers take, and would take with other cells.

use super::Time;
use crate::analyse::Opened;
use crate::params::Weights;
use hetc_engine::Probe;
use std::collections::BTreeMap;

/// What cells are timed with where there are no weights: no number is subnormal, and none grows.
const ANY: f32 = 0.01;

/// Each layer's name and time, for samples that went through the network `passes` times since times were taken last.
pub fn of_layers(network: &mut Opened, passes: usize) -> Vec<(String, Time)> {
    let names = network.plan.layers.iter().map(|layer| layer.name.clone());
    names.zip(taken(&mut network.probe, network.sample.len() * passes)).collect()
}

/// For each layer and each type of a mixed network: what the layer takes with this type at all places where it can stand.
pub fn of_types(network: &mut Opened) -> BTreeMap<(usize, String), Time> {
    let mut all = BTreeMap::new();
    for plan in network.plan.controls() {
        let (mut probe, _) = Probe::new(&plan, network.threads);
        let table = probe.table();
        let own = &network.weights;
        let weights = match (table.params_len(), table.state_len()) == (own.params.len(), own.state.len()) {
            true => own.clone(),
            false => Weights { params: vec![ANY; table.params_len()], state: vec![1.0; table.state_len()] },
        };
        let slopes = |_: std::ops::Range<usize>, _: &[f32], slopes: &mut [f32]| slopes.fill(ANY);
        probe.slopes(&weights, &network.sample.inputs, network.look, slopes, &[], |_| ());
        for (layer, time) in taken(&mut probe, network.sample.len()).into_iter().enumerate() {
            let hetc_compiler::plan::Op::Cells(placement) = &plan.layers[layer].op else { continue };
            if let [share] = &placement.shares[..] {
                all.insert((layer, plan.cells[share.cell].name.clone()), time);
            }
        }
    }
    all
}

fn taken(probe: &mut Probe, samples: usize) -> Vec<Time> {
    let thousandth = 1e6 / samples as f64;
    let time = |[forward, backward]: [f64; 2]| Time { forward: thousandth * forward, backward: thousandth * backward };
    probe.seconds().into_iter().map(time).collect()
}
