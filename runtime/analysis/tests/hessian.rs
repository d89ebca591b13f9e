//! Curvature against PyTorch, numpy and PyHessian; tests/oracle/hessian.py wrote oracle/hessian.json.
#![allow(missing_docs)]

mod perceptron;

use hetc_analysis::hessian::{
    Differences, Failure, Gradient, Hessian, Rule, Spectrum, Threshold, density, exact, lanczos, near_zero, thresholds, trace,
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

fn with_hessian<T>(single: bool, ask: impl FnOnce(&mut dyn Hessian, &Value) -> T) -> T {
    let oracle = oracle();
    let mut net = Perceptron::new(&oracle, single);
    let at: Vec<f32> = numbers(&oracle["parameters"]).iter().map(|x| *x as f32).collect();
    ask(&mut Differences::new(&mut net, &at).unwrap(), &oracle)
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
    // Of gradients in f64, and of gradients whose every operation is rounded to f32.
    for (single, most) in [(false, 2e-5), (true, 5e-5)] {
        with_hessian(single, |hessian, oracle| {
            for (v, theirs) in oracle["vectors"].as_array().unwrap().iter().zip(oracle["products"].as_array().unwrap()) {
                let (ours, theirs) = (hessian.times(&numbers(v)).unwrap(), numbers(theirs));
                let length = theirs.iter().map(|x| x * x).sum::<f64>().sqrt();
                assert!(furthest(&ours, &theirs) < most * length, "{} of {length}", furthest(&ours, &theirs));
            }
            assert!(hessian.times(&[0.0; 184]).unwrap().iter().all(|x| *x == 0.0));
        });
    }
}

#[test]
fn the_trace_with_pyhessians_probes() {
    for single in [false, true] {
        with_hessian(single, |hessian, oracle| {
            let theirs = numbers(&oracle["probes"]);
            let ours = trace(hessian, &mut coins(&oracle["probe_signs"]), Rule::default(), &mut on).unwrap();
            assert!(furthest(&ours.probes, &theirs) < 4e-4, "{}", furthest(&ours.probes, &theirs));
            let exact = oracle["trace"].as_f64().unwrap();
            assert!((ours.mean() - exact).abs() < 3.0 * ours.standard_error().unwrap());
        });
    }
}

#[test]
fn the_stopping_rule() {
    with_hessian(false, |hessian, oracle| {
        let probes = |hessian: &mut dyn Hessian, rule| trace(hessian, &mut coins(&oracle["starts"]), rule, &mut on).unwrap();
        assert_eq!(probes(hessian, Rule { probes: 3, least: 1, change: 0.0 }).probes.len(), 3);
        assert_eq!(
            probes(hessian, Rule { probes: 3, least: 1, change: 10.0 }).probes.len(),
            2,
            "a first probe has nothing to be compared with"
        );
        assert_eq!(probes(hessian, Rule { probes: 1, least: 1, change: 0.0 }).standard_error(), None);
    });
}

fn three_runs(hessian: &mut dyn Hessian, oracle: &Value) -> Vec<Spectrum> {
    let mut coins = coins(&oracle["starts"]);
    (0..3).map(|_| lanczos(hessian, &mut coins, 60, &mut on).unwrap()).collect()
}

#[test]
fn quadrature_from_pyhessians_starts() {
    with_hessian(false, |hessian, oracle| {
        let largest = *numbers(&oracle["eigenvalues"]).last().unwrap();
        let (nodes, weights) = (oracle["nodes"].as_array().unwrap(), oracle["weights"].as_array().unwrap());
        for (i, run) in three_runs(hessian, oracle).iter().enumerate() {
            assert!(furthest(&run.nodes, &numbers(&nodes[i])) < 2e-5);
            assert!(furthest(&run.weights, &numbers(&weights[i])) < 1e-4);
            assert!((run.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let (node, error) = run.top(2)[0];
            assert!((node - largest).abs() < 2e-5 && error < 1e-6, "{node} +- {error} is not {largest}");
        }
    });
}

#[test]
fn pyhessians_curve() {
    with_hessian(false, |hessian, oracle| {
        let theirs = &oracle["density"];
        let (every, first, last) = (numbers(&theirs["every_50th"]), &theirs["first"], &theirs["last"]);
        let all = |key: &str| oracle[key].as_array().unwrap().iter().map(numbers).collect::<Vec<_>>();
        let same = |(nodes, weights): (Vec<f64>, Vec<f64>)| Spectrum { errors: vec![0.0; nodes.len()], nodes, weights };
        let their_runs: Vec<Spectrum> = all("nodes").into_iter().zip(all("weights")).map(same).collect();
        let highest = every.iter().copied().fold(0.0, f64::max);
        for (runs, within) in [(their_runs, 1e-9), (three_runs(hessian, oracle), 5e-4)] {
            let ours = density(&runs).unwrap();
            assert!((ours.at[0] - first.as_f64().unwrap()).abs() < within);
            assert!((ours.at[9999] - last.as_f64().unwrap()).abs() < within);
            let curve: Vec<f64> = ours.values.iter().copied().step_by(50).collect();
            assert!(furthest(&curve, &every) < within * highest, "{} of {highest}", furthest(&curve, &every));
        }
    });
    assert_eq!(density(&[]), None);
    assert_eq!(density(&[Spectrum::of(vec![])]), None);
    assert_eq!(density(&[Spectrum::of(vec![f64::NAN])]), None);
}

#[test]
fn all_eigenvalues() {
    for (single, most) in [(false, 2e-5), (true, 5e-5)] {
        with_hessian(single, |hessian, oracle| {
            let ours = exact(hessian, &mut on).unwrap();
            assert!(furthest(&ours.nodes, &numbers(&oracle["eigenvalues"])) < most);
            assert_eq!(ours.top(1)[0], (ours.nodes[183], 0.0));
        });
    }
}

#[test]
fn the_share_near_zero() {
    with_hessian(false, |hessian, oracle| {
        let eigenvalues = numbers(&oracle["eigenvalues"]);
        let spectrum = [exact(hessian, &mut on).unwrap()];
        let quadrature = three_runs(hessian, oracle);
        for threshold in thresholds(1e-2, 0.5, 6) {
            let below = |size: f64| eigenvalues.iter().filter(|x| x.abs() < size).count() as f64 / 184.0;
            let of = |runs: &[Spectrum], kind| near_zero(runs, kind).unwrap();
            assert!((of(&spectrum, Threshold::Absolute(threshold)) - below(threshold)).abs() < 1e-12);
            assert!((of(&spectrum, Threshold::Relative(threshold)) - below(threshold * eigenvalues[183])).abs() < 1e-12);
            let ours = of(&quadrature, Threshold::Absolute(threshold));
            assert!((ours - below(threshold)).abs() < 0.1, "{threshold}: {ours} is not {}", below(threshold));
        }
    });
    assert_eq!(near_zero(&[], Threshold::Absolute(1.0)), None);
    let ratios = thresholds(1e-6, 1.0, 4);
    assert!(furthest(&ratios, &[1e-6, 1e-4, 1e-2, 1.0]) < 1e-12);
    assert_eq!(thresholds(2.0, 3.0, 1), [2.0]);
}

/// `½ Σ a x²`, of which the Hessian has the eigenvalues a.
struct Bowl(Vec<f64>);

impl Gradient for Bowl {
    fn parameters(&self) -> usize {
        self.0.len()
    }

    fn at(&mut self, parameters: &[f32]) -> Vec<f64> {
        self.0.iter().zip(parameters).map(|(a, x)| a * f64::from(*x)).collect()
    }
}

#[test]
fn a_space_may_be_exhausted() {
    let mut bowl = Bowl([3.0, 3.0, 3.0, -1.0, -1.0, -1.0, -1.0, -1.0, 0.0].to_vec());
    let mut hessian = Differences::new(&mut bowl, &[0.0; 9]).unwrap();
    let run = lanczos(&mut hessian, &mut || true, 100, &mut on).unwrap();
    assert!(furthest(&run.nodes, &[-1.0, 0.0, 3.0]) < 1e-5 && furthest(&run.weights, &[5.0 / 9.0, 1.0 / 9.0, 3.0 / 9.0]) < 1e-5);
    let mut flat = Bowl(vec![0.0; 4]);
    let run = lanczos(&mut Differences::new(&mut flat, &[1.0; 4]).unwrap(), &mut || true, 100, &mut on).unwrap();
    assert_eq!((run.nodes, run.weights), (vec![0.0], vec![1.0]));
}

/// `½ x² + |x|` summed over the parameters.
struct Kinked(usize);

impl Gradient for Kinked {
    fn parameters(&self) -> usize {
        self.0
    }

    fn at(&mut self, parameters: &[f32]) -> Vec<f64> {
        parameters.iter().map(|x| f64::from(*x) + f64::from(x.signum())).collect()
    }
}

#[test]
fn kinks_between_the_points_count() {
    let product = |at: [f32; 2]| Differences::new(&mut Kinked(2), &at).unwrap().times(&[0.0, 1.0]).unwrap()[1];
    assert!((product([1.0, 0.1]) - 1.0).abs() < 1e-6);
    // Slopes from -1 to 1 over a step of 2 · 0.0015.
    assert!((product([1.0, 0.0]) - (1.0 + 1.0 / 1.5e-3)).abs() < 1e-3);
}

#[test]
fn what_takes_long_can_be_stopped() {
    with_hessian(false, |hessian, _| {
        for last in [1, 5] {
            let mut heard = Vec::new();
            let mut until = |done, most| {
                heard.push((done, most));
                if done == last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            assert_eq!(exact(hessian, &mut until), Err(Failure::Stopped));
            assert_eq!(lanczos(hessian, &mut || true, 60, &mut until), Err(Failure::Stopped));
            assert_eq!(
                trace(hessian, &mut || true, Rule { probes: 60, least: 1, change: 0.0 }, &mut until),
                Err(Failure::Stopped)
            );
            assert_eq!(heard.len(), 3 * last);
            assert_eq!((heard[0], heard[last]), ((1, 184), (1, 60)));
        }
    });
}

#[test]
fn what_is_no_point() {
    let mut bowl = Bowl(vec![1.0; 2]);
    assert!(Differences::new(&mut bowl, &[0.0; 3]).is_none());
    assert!(Differences::new(&mut bowl, &[0.0, f32::NAN]).is_none());
    assert!(Differences::new(&mut Bowl(vec![]), &[]).is_none());
    let mut broken = Bowl(vec![1.0, f64::NAN]);
    let mut hessian = Differences::new(&mut broken, &[1.0; 2]).unwrap();
    assert_eq!(exact(&mut hessian, &mut on), Err(Failure::NotFinite));
    assert_eq!(lanczos(&mut hessian, &mut || true, 2, &mut on), Err(Failure::NotFinite));
    assert_eq!(trace(&mut hessian, &mut || true, Rule::default(), &mut on), Err(Failure::NotFinite));
}
