//! The networks in `specs/` against PyTorch's figures, layer by layer. `oracle/counts.py` writes the figures.

mod common;

use common::{plans_of, spec_files};
use hetc_compiler::plan::{Op, Plan};
use serde_json::Value;

fn oracle() -> Value {
    serde_json::from_str(include_str!("oracle/counts.json")).unwrap()
}

#[test]
fn every_spec_compiles_without_a_word() {
    for path in spec_files() {
        let compilation = common::compile_file(&path);
        let said: Vec<&str> = compilation.diagnostics.iter().map(|diagnostic| diagnostic.headline.as_str()).collect();
        let is_prelude = path.ends_with("prelude.net");
        assert!(said.is_empty() || is_prelude, "{}: {said:?}", path.display());
        assert!(is_prelude || compilation.nets.iter().all(|net| net.plan.is_some()));
    }
}

#[test]
fn plans_agree_with_pytorch_layer_by_layer() {
    let nets = oracle()["nets"].clone();
    let plans = plans_of(&spec_files());
    for (name, expected) in nets.as_object().unwrap() {
        let plan = plans.iter().find(|plan| plan.net == *name);
        let plan = plan.unwrap_or_else(|| panic!("no spec defines the net `{name}`"));
        assert_eq!(plan.params, expected["params"], "{name}: parameters");
        assert_eq!(plan.macs, expected["macs"], "{name}: multiply-adds");
        let rows = expected["layers"].as_array().unwrap();
        let layers = comparable(plan, expected["input"].as_array().unwrap().len());
        assert_eq!(layers.len(), rows.len(), "{name}: number of layers");
        for (layer, row) in layers.iter().zip(rows) {
            let shape: Vec<usize> = row["shape"].as_array().unwrap().iter().map(|axis| axis.as_u64().unwrap() as usize).collect();
            let found = (layer.output.axes(), layer.params, layer.macs);
            let wanted = (shape, row["params"].as_u64().unwrap(), row["macs"].as_u64().unwrap());
            assert_eq!(found, wanted, "{name}: {}", layer.name);
        }
    }
}

/// The layers that PyTorch's side has too: it is given a flat input where ours flattens one first.
fn comparable(plan: &Plan, input_axes: usize) -> Vec<&hetc_compiler::plan::Layer> {
    let ours_alone = usize::from(plan.input.axes().len() > input_axes && plan.layers[0].op == Op::Flatten);
    plan.layers.iter().skip(ours_alone).collect()
}
