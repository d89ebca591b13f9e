//! Corruptions against the code that made CIFAR-10-C (tests/oracle/corruptions.py), on numbers that both sides can make.

use super::super::Kind;
use super::super::draws::Draws;
use super::super::grid::Grid;
use super::apply;
use serde_json::Value;

/// Fractions of multiples of the golden ratio in place of random numbers.
struct Even(u64);

impl Draws for Even {
    fn uniform(&mut self) -> f64 {
        self.0 += 1;
        self.0 as f64 * 0.6180339887498949 % 1.0
    }

    fn normal(&mut self) -> f64 {
        4.0 * self.uniform() - 2.0
    }

    fn below(&mut self, n: usize) -> usize {
        (self.uniform() * n as f64) as usize
    }

    fn poisson(&mut self, expected: f64) -> f64 {
        (expected + expected.sqrt() * (4.0 * self.uniform() - 2.0)).floor().max(0.0)
    }
}

fn bytes(hex: &Value) -> Vec<u8> {
    let hex = hex.as_str().unwrap();
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
}

/// How far bytes may be apart, and their mean distance: what the published code computes in 32 bits and cuts off may be one less or more,
/// and coders of JPEG files round differently.
fn tolerance(kind: Kind, severity: usize) -> (u8, f64) {
    match (kind, severity) {
        (Kind::JpegCompression, _) => (2, 0.7),
        // A flat image whose middle lies between two bytes: one or the other.
        (Kind::DefocusBlur, 3) => (1, 0.51),
        _ => (1, 0.05),
    }
}

#[test]
fn images_are_those_of_the_published_code() {
    let oracle: Value = serde_json::from_str(include_str!("../../../tests/oracle/corruptions.json")).unwrap();
    for case in oracle["cases"].as_array().unwrap() {
        let kind = Kind::named(case["kind"].as_str().unwrap()).unwrap();
        let number = |key: &str| case[key].as_u64().unwrap() as usize;
        let image = Grid::from_bytes(32, 32, 3, &bytes(&oracle["images"][number("image")]));
        let ours = apply(&image, kind, number("severity"), &mut Even(0)).unwrap();
        let ours = ours.into_iter().skip(number("channel")).step_by(3);
        let apart: Vec<u8> = ours.zip(bytes(&case["result"])).map(|(a, b)| a.abs_diff(b)).collect();
        let (most, mean) = (*apart.iter().max().unwrap(), apart.iter().map(|d| f64::from(*d)).sum::<f64>() / 1024.0);
        let (allowed, allowed_mean) = tolerance(kind, number("severity"));
        let near = apart.len() == 1024 && most <= allowed && mean <= allowed_mean;
        assert!(near, "{kind:?}, severity {}: {most}, {mean}", number("severity"));
    }
}
