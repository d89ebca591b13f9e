//! PyTorch's weights of torchvision's networks in the networks of `specs/`: equal logits.
//!
//! `oracle/torchvision_nets.py` wrote names, shapes and logits; the weights are a formula that both sides know.

mod common;

use common::{plans, plans_of, spec};
use hetc_compiler::plan::Plan;
use hetc_engine::Engine;
use hetc_engine::op::Look;
use hetc_exchange::import;
use hetc_exchange::names::NameMap;
use hetc_exchange::tensors::{Tensor, Tensors};
use serde_json::Value;

/// Numbers in -1..1 from a tensor's number and each place.
fn unit(tensor: u64, count: usize) -> impl Iterator<Item = f64> {
    (0..count as u64).map(move |place| {
        let mut h = (place + 1 + 1_000_003 * tensor).wrapping_mul(0x9E37_79B1) & 0xFFFF_FFFF;
        h ^= h >> 15;
        h = (h * 0x85EB_CA6B) & 0xFFFF_FFFF;
        h ^= h >> 13;
        h = (h * 0xC2B2_AE35) & 0xFFFF_FFFF;
        h ^= h >> 16;
        h as f64 / 2f64.powi(31) - 1.0
    })
}

fn numbers(tensor: u64, name: &str, shape: &[usize], gain: f64) -> Vec<f32> {
    let fan_in = shape[1..].iter().product::<usize>() as f64;
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let one = |u: f64| match name {
        _ if ends(&["running_var", ".var"]) => 1.0 + 0.3 * u,
        _ if ends(&["running_mean", "bias", ".mean", ".shift"]) => 0.1 * u,
        _ if shape.len() == 1 => 1.0 + 0.2 * u,
        _ => u * gain * (6.0 / fan_in).sqrt(),
    };
    unit(tensor, shape.iter().product()).map(|u| one(u) as f32).collect()
}

/// A state_dict of the fixture, and the logits of two samples.
fn fixture(name: &str) -> (Tensors, Vec<f32>) {
    let fixture: Value = serde_json::from_str(include_str!("oracle/torchvision.json")).expect("a fixture");
    let (net, mut tensors) = (&fixture[name], Tensors::new());
    let gain = net["gain"].as_f64().expect("a gain");
    for (index, entry) in net["tensors"].as_array().expect("tensors").iter().enumerate() {
        let name = entry[0].as_str().expect("a name").to_string();
        let shape: Vec<usize> = serde_json::from_value(entry[1].clone()).expect("a shape");
        let numbers = Some(numbers(index as u64, &name, &shape, gain));
        if let Some(module) = name.strip_suffix("running_mean") {
            let counted = Tensor { shape: Vec::new(), kind: "I64".to_string(), numbers: None };
            tensors.insert(format!("{module}num_batches_tracked"), counted);
        }
        tensors.insert(name, Tensor { shape, kind: "F32".to_string(), numbers });
    }
    (tensors, serde_json::from_value(net["logits"].clone()).expect("logits"))
}

fn check(name: &str, plan: &Plan) {
    let (tensors, expected) = fixture(name);
    let map = NameMap::guess(plan, &tensors);
    let weights = import::weights(plan, &tensors, &map).unwrap_or_else(|misfits| panic!("{misfits}"));
    let input: Vec<f32> = unit(999, 2 * plan.input.elements()).map(|u| u as f32).collect();
    let (mut engine, _) = Engine::new(plan, 1, true);
    let logits = engine.infer(&weights, &input, Look { seed: 0, batch: 0 });
    let largest = expected.iter().fold(0.0f32, |largest, logit| largest.max(logit.abs()));
    let samples_differ = (0..10).any(|class| (expected[class] - expected[10 + class]).abs() > 0.05 * largest);
    assert!(samples_differ, "logits that say nothing about the input");
    for (ours, theirs) in logits.iter().zip(&expected) {
        assert!((ours - theirs).abs() < 2e-5 * largest, "{name}: {ours} is not {theirs}");
    }
}

#[test]
fn vgg11() {
    check("vgg11", &plans(include_str!("specs/vgg11_small.net"))[0]);
}

#[test]
fn resnet18() {
    check("resnet18", plans_of("resnet18").iter().find(|plan| plan.net == "resnet18_cifar").expect("a net"));
}

#[test]
fn efficientnet_b0() {
    let text = spec("efficientnet_b0").replace("epsilon = 1e-3", "epsilon = 1e-5"); // as torchvision has it
    check("efficientnet_b0", plans(&text).iter().find(|plan| plan.net == "efficientnet_b0_cifar").expect("a net"));
}

/// Not torchvision's: it pads as TensorFlow does, and the fixture has it under hetc's names.
#[test]
fn efficientnet_lite0() {
    check(
        "efficientnet_lite0",
        plans_of("efficientnet_lite0").iter().find(|plan| plan.net == "efficientnet_lite0_cifar").expect("a net"),
    );
}

/// The map follows torchvision's order also where it is not the order of names.
#[test]
fn the_map_can_be_read() {
    let plan = &plans_of("resnet18")[1];
    let map = NameMap::guess(plan, &fixture("resnet18").0);
    assert_eq!(map.theirs("conv1.weight"), Some("conv1.weight"));
    assert_eq!(map.theirs("norm1.mean"), Some("bn1.running_mean"));
    assert_eq!(map.theirs("conv8.weight"), Some("layer2.0.downsample.0.weight"));
    assert_eq!(map.theirs("norm8.scale"), Some("layer2.0.downsample.1.weight"));
    assert_eq!(map.theirs("dense1.bias"), Some("fc.bias"));
    let mut again = NameMap::from_text(&map.to_text()).expect("a map");
    again.pairs.sort();
    let mut sorted = map.pairs;
    sorted.sort();
    assert_eq!(again.pairs, sorted);
}
