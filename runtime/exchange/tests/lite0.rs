//! EfficientNet-Lite0 at full size with its pretrained weights: PyTorch's logits.

mod common;

use common::plans_of;
use hetc_engine::Engine;
use hetc_engine::op::Look;
use hetc_exchange::names::NameMap;
use hetc_exchange::{import, tensors};

/// Twice a number in -1..1 for each place, as `unit` in `examples/ball/lite0/weights.py`.
fn images(count: u64) -> Vec<f32> {
    let one = |place: u64| {
        let mut h = (place + 1 + 1_000_003 * 999).wrapping_mul(0x9E37_79B1) & 0xFFFF_FFFF;
        h ^= h >> 15;
        h = (h * 0x85EB_CA6B) & 0xFFFF_FFFF;
        h ^= h >> 13;
        h = (h * 0xC2B2_AE35) & 0xFFFF_FFFF;
        h ^= h >> 16;
        2.0 * (h as f64 / 2f64.powi(31) - 1.0) as f32
    };
    (0..count).map(one).collect()
}

/// `examples/ball/lite0/weights.py` writes the weights and wrote `oracle/lite0.json`: every tenth logit of two images.
#[test]
#[ignore = "needs the weights: HETC_LITE0=lite0.safetensors cargo test --test lite0 -- --ignored"]
fn logits_are_those_of_pytorch() {
    let file = std::env::var("HETC_LITE0").expect("HETC_LITE0 names lite0.safetensors");
    let found = tensors::read(&std::fs::read(file).expect("a file")).expect("a safetensors file");
    let plan = plans_of("efficientnet_lite0").into_iter().find(|plan| plan.net == "efficientnet_lite0").expect("a net");
    let weights = import::weights(&plan, &found, &NameMap::guess(&plan, &found)).unwrap_or_else(|misfits| panic!("{misfits}"));
    let input = images(2 * plan.input.elements() as u64);
    let logits = Engine::new(&plan, 1, true).0.infer(&weights, &input, Look { seed: 0, batch: 0 });
    let expected: Vec<Vec<f32>> = serde_json::from_str(include_str!("oracle/lite0.json")).expect("logits");
    for (ours, theirs) in logits.chunks(1000).zip(&expected) {
        let largest = theirs.iter().fold(0.0f32, |largest, logit| largest.max(logit.abs()));
        for (ours, theirs) in ours.iter().step_by(10).zip(theirs) {
            assert!((ours - theirs).abs() < 1e-4 * theirs.abs() + 1e-5 * largest, "{ours} is not {theirs}");
        }
    }
}
