//! Products with the Hessian where slopes jump, against PyTorch; tests/oracle/kinks.py wrote oracle/kinks.json.
#![allow(clippy::unwrap_used)]

use hetc_compiler::plan::Plan;
use hetc_compiler::{Loaded, Loader, compile_with};
use hetc_engine::params::Weights;
use hetc_grammar::span::SourceId;
use hetc_tangent::{Dual, Network, Slopes, cross_entropy, squares};
use serde_json::Value;

const SAMPLES: usize = 5;
const CLASSES: usize = 3;

/// Of a sample's number and outputs.
type Loss<'a> = &'a (dyn Fn(usize, &[Dual]) -> Slopes + Sync);

struct Files;

impl Loader for Files {
    fn load(&mut self, _: SourceId, path: &str) -> Result<Loaded, String> {
        assert_eq!(path, "bent.csv");
        Ok(Loaded { source: SourceId(2), text: include_str!("bent.csv").to_string() })
    }
}

fn plan() -> Plan {
    let compiled = compile_with(SourceId(1), include_str!("kinked.net"), &[], &mut Files);
    compiled.nets[0].plan.clone().unwrap_or_else(|| panic!("{:?}", compiled.diagnostics))
}

fn numbers(count: usize, turn: f64, scale: f64) -> Vec<f32> {
    (0..count).map(|k| (scale * (turn * k as f64 + 0.3).sin()) as f32).collect()
}

fn assert_near(ours: impl Iterator<Item = f64>, theirs: &Value, what: &str) {
    let theirs: Vec<f64> = theirs.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect();
    let largest = theirs.iter().fold(0.0, |most: f64, number| most.max(number.abs()));
    let ours: Vec<f64> = ours.collect();
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (i, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        assert!((ours - theirs).abs() <= 1e-12 * largest, "{what} {i}: {ours} for {theirs}");
    }
}

#[test]
fn losses_gradients_and_products_are_pytorchs() {
    let plan = plan();
    let network = Network::new(&plan).unwrap();
    let oracle: Value = serde_json::from_str(include_str!("oracle/kinks.json")).unwrap();
    let weights = Weights { params: numbers(network.params(), 2.7, 0.6), state: Vec::new() };
    let direction: Vec<f64> = numbers(network.params(), 2.3, 1.0).into_iter().map(f64::from).collect();
    let input = numbers(SAMPLES * plan.input.elements(), 0.9, 1.5);
    let is = |sample: usize, class: usize| f64::from(u8::from(sample % CLASSES == class));
    let losses: [(&str, Loss); 2] = [
        ("cross_entropy", &|sample, logits| cross_entropy(logits, sample % CLASSES)),
        ("squares", &|sample, outputs| squares(outputs, (0..CLASSES).map(|class| is(sample, class)))),
    ];
    for (name, loss) in losses {
        for threads in [1, 3] {
            let sum = network.sum(&weights, &direction, &input, threads, loss);
            let (theirs, mean) = (&oracle[name], 1.0 / SAMPLES as f64);
            assert!((sum.loss.value * mean - theirs["loss"].as_f64().unwrap()).abs() < 1e-13);
            assert_near(sum.gradients.iter().map(|gradient| gradient.value * mean), &theirs["gradient"], name);
            assert_near(sum.gradients.iter().map(|gradient| gradient.slope * mean), &theirs["product"], name);
        }
    }
}
