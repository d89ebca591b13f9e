//! Curvature against PyTorch, numpy and PyHessian; tests/oracle/hessian.py wrote oracle/hessian.json.
#![allow(missing_docs)]

mod perceptron;

use hetc_analysis::hessian::{
    Gradient, Hessian, Progress, Rule, Spectrum, Stopped, Threshold, density, exact, lanczos, near_zero, thresholds, trace,
};
use perceptron::{Perceptron, numbers, oracle};
use serde_json::Value;
use std::ops::ControlFlow;

fn on(_: usize, _: usize) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// The signs that PyHessian drew.
fn coins(vectors: &Value) -> impl FnMut() -> bool {
    let all: String = vectors.as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect();
    let mut bits = all.into_bytes().into_iter();
    move || bits.next().unwrap() == b'1'
}

fn furthest(ours: &[f64], theirs: &[f64]) -> f64 {
    assert_eq!(ours.len(), theirs.len());
    ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

fn with_hessian<T>(single: bool, ask: impl FnOnce(&mut Hessian, &Value) -> T) -> T {
    let oracle = oracle();
    let mut net = Perceptron::new(&oracle, single);
    let at: Vec<f32> = numbers(&oracle["parameters"]).iter().map(|x| *x as f32).collect();
    ask(&mut Hessian::new(&mut net, &at).unwrap(), &oracle)
}

#[test]
fn the_gradient_is_pytorchs() {
    let oracle = oracle();
    let at: Vec<f32> = numbers(&oracle["parameters"]).iter().map(|x| *x as f32).collect();
    let theirs = numbers(&oracle["gradient"]);
    assert!(furthest(&Perceptron::new(&oracle, false).at(&at), &theirs) < 1e-14);
    let single = furthest(&Perceptron::new(&oracle, true).at(&at), &theirs);
    assert!(single > 1e-10 && single < 1e-7, "{single}");
}

#[test]
fn products() {
    for (single, most) in [(false, 1e-4), (true, 1e-3)] {
        with_hessian(single, |hessian, oracle| {
            for (v, theirs) in oracle["vectors"].as_array().unwrap().iter().zip(oracle["products"].as_array().unwrap()) {
                let (ours, theirs) = (hessian.times(&numbers(v)), numbers(theirs));
                let length = theirs.iter().map(|x| x * x).sum::<f64>().sqrt();
                eprintln!("single {single} {}", furthest(&ours, &theirs) / length);
                assert!(furthest(&ours, &theirs) < most * length, "{} of {length}", furthest(&ours, &theirs));
            }
        });
    }
}

#[test]
fn the_trace_with_pyhessians_probes() {
    for single in [false, true] {
        with_hessian(single, |hessian, oracle| {
            let theirs = numbers(&oracle["probes"]);
            let ours = trace(hessian, &mut coins(&oracle["probe_signs"]), Rule::default(), &mut on).unwrap();
            eprintln!("trace {single} {}", furthest(&ours.probes, &theirs));
            assert!(furthest(&ours.probes, &theirs) < 1e-3);
            let exact = oracle["trace"].as_f64().unwrap();
            assert!((ours.mean() - exact).abs() < 3.0 * ours.standard_error().unwrap());
        });
    }
}

#[test]
fn quadrature_from_pyhessians_starts() {
    with_hessian(false, |hessian, oracle| {
        let mut coins = coins(&oracle["starts"]);
        let runs: Vec<Spectrum> = (0..3).map(|_| lanczos(hessian, &mut coins, 60, &mut on).unwrap()).collect();
        for (run, nodes) in runs.iter().zip(oracle["nodes"].as_array().unwrap()) {
            let theirs = numbers(nodes);
            eprintln!("nodes all {} outer {}", furthest(&run.nodes, &theirs), (run.nodes[59] - theirs[59]).abs());
            assert!((run.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
        let ours = density(&runs).unwrap();
        let theirs = &oracle["density"];
        eprintln!("ends {} {}", ours.at[0] - theirs["first"].as_f64().unwrap(), ours.at[9999] - theirs["last"].as_f64().unwrap());
        let every: Vec<f64> = ours.values.iter().copied().step_by(50).collect();
        let curve = numbers(&theirs["every_50th"]);
        eprintln!("density {} of {}", furthest(&every, &curve), curve.iter().copied().fold(0.0, f64::max));
    });
}

#[test]
fn all_eigenvalues() {
    for single in [false, true] {
        with_hessian(single, |hessian, oracle| {
            let ours = exact(hessian, &mut on).unwrap();
            eprintln!("eigen {single} {}", furthest(&ours.nodes, &numbers(&oracle["eigenvalues"])));
        });
    }
}
