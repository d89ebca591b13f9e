//! Networks that are looked into: the same answers, slopes against differences, values and slopes in the middle.
#![allow(clippy::unwrap_used)]

mod nets;

use hetc_compiler::plan::Plan;
use hetc_engine::op::Look;
use hetc_engine::params::Weights;
use hetc_engine::{Engine, Held, Probe, Seen};
use nets::{MIXED, numbers, plan, smooth, start};
use std::sync::Mutex;

const LOOK: Look = Look { seed: 1, batch: 0 };
const INPUT: usize = 144;
const OUTPUTS: usize = 3;

fn probe(text: &str, threads: usize) -> (Plan, Probe, Weights) {
    let plan = plan(text);
    let (probe, uncompiled) = Probe::new(&plan, threads);
    assert!(uncompiled.is_empty(), "{uncompiled:?}");
    let mut weights = start(&plan, probe.table());
    // Running statistics that are not those of the start.
    for (index, number) in weights.state.iter_mut().enumerate() {
        *number += 0.1 * (index % 7) as f32;
    }
    (plan, probe, weights)
}

/// Σ logits · slopes, and the slopes at the watched values, sample by sample.
fn slopes(probe: &mut Probe, weights: &Weights, input: &[f32], slopes: &[f32], watched: &[usize]) -> (f64, Vec<Vec<f32>>) {
    let seen = Mutex::new(vec![Vec::new(); watched.len()]);
    let parts = probe.slopes(
        weights,
        input,
        LOOK,
        |samples, logits, out| {
            let slopes = &slopes[samples.start * OUTPUTS..samples.end * OUTPUTS];
            out.copy_from_slice(slopes);
            logits.iter().zip(slopes).map(|(logit, slope)| f64::from(*logit) * f64::from(*slope)).sum::<f64>()
        },
        watched,
        |Seen { value, samples, numbers }| {
            let place = watched.iter().position(|watched| *watched == value).unwrap();
            let (width, seen) = (numbers.len() / samples.len(), &mut seen.lock().unwrap()[place]);
            seen.resize(seen.len().max(samples.end * width), 0.0);
            seen[samples.start * width..samples.end * width].copy_from_slice(numbers);
        },
    );
    (parts.into_iter().sum(), seen.into_inner().unwrap())
}

fn along(gradient: &[f32], direction: &[f32]) -> f64 {
    gradient.iter().zip(direction).map(|(g, d)| f64::from(*g) * f64::from(*d)).sum()
}

fn near(difference: f64, slope: f64, what: &str) {
    assert!((difference - slope).abs() < 0.03 * slope.abs().max(1.0), "{what}: {slope} but {difference}");
}

const EPSILON: f32 = 1.0 / 1024.0;

#[test]
fn it_answers_as_the_network_does() {
    let (plan, mut probe, weights) = probe(MIXED, 2);
    let (mut engine, _) = Engine::new(&plan, 2, true);
    let input = numbers(37 * INPUT, "input");
    assert_eq!(probe.values(&weights, &input, LOOK, &[], &[], |_| ()), engine.infer(&weights, &input, LOOK));
}

#[test]
fn slopes_are_differences_of_what_is_evaluated() {
    let (_, mut probe, weights) = probe(&smooth(), 2);
    let (input, out) = (numbers(21 * INPUT, "input"), numbers(21 * OUTPUTS, "slopes"));
    let (_, seen) = slopes(&mut probe, &weights, &input, &out, &[0]);
    let gradients = probe.gradients();
    for entry in probe.table().params.clone() {
        let direction = numbers(entry.range.len(), &entry.name);
        let mut at = |shift: f32| {
            let mut weights = weights.clone();
            weights.params[entry.range.clone()].iter_mut().zip(&direction).for_each(|(param, d)| *param += shift * d);
            slopes(&mut probe, &weights, &input, &out, &[]).0
        };
        let difference = (at(EPSILON) - at(-EPSILON)) / f64::from(2.0 * EPSILON);
        near(difference, along(&gradients[entry.range.clone()], &direction), &entry.name);
    }
    let direction = numbers(input.len(), "direction");
    let mut at = |shift: f32| {
        let moved: Vec<f32> = input.iter().zip(&direction).map(|(x, d)| x + shift * d).collect();
        slopes(&mut probe, &weights, &moved, &out, &[]).0
    };
    let difference = (at(EPSILON) - at(-EPSILON)) / f64::from(2.0 * EPSILON);
    near(difference, along(&seen[0], &direction), "input");
}

#[test]
fn slopes_in_the_middle_are_differences_by_held_elements() {
    let (plan, mut probe, weights) = probe(&smooth(), 1);
    let (input, out) = (numbers(INPUT, "input"), numbers(OUTPUTS, "slopes"));
    let all: Vec<usize> = (1..=plan.layers.len()).collect();
    let values = Mutex::new(vec![Vec::new(); all.len() + 1]);
    probe.values(&weights, &input, LOOK, &[], &all, |seen| values.lock().unwrap()[seen.value] = seen.numbers.to_vec());
    let values = values.into_inner().unwrap();
    let (_, seen) = slopes(&mut probe, &weights, &input, &out, &all);
    for (value, slope_of) in all.into_iter().zip(seen) {
        let element = values[value].len() / 2;
        let mut at = |shift: f32| {
            let held = Held { value, elements: vec![(element, values[value][element] + shift)] };
            along(&probe.values(&weights, &input, LOOK, &[held], &[], |_| ()), &out)
        };
        let difference = (at(EPSILON) - at(-EPSILON)) / f64::from(2.0 * EPSILON);
        near(difference, f64::from(slope_of[element]), &plan.layers[value - 1].name);
    }
}

#[test]
fn threads_change_nothing() {
    let look = |threads: usize| {
        let (_, mut probe, weights) = probe(MIXED, threads);
        let (input, out) = (numbers(150 * INPUT, "input"), numbers(150 * OUTPUTS, "slopes"));
        (slopes(&mut probe, &weights, &input, &out, &[0, 4]), probe.gradients())
    };
    let alone = look(1);
    assert!(alone == look(2) && alone == look(5));
    assert!(alone.0.1[1].iter().any(|slope| *slope != 0.0));
}

#[test]
fn layers_take_time() {
    let (plan, mut probe, weights) = probe(MIXED, 2);
    probe.values(&weights, &numbers(37 * INPUT, "input"), LOOK, &[], &[], |_| ());
    let seconds = probe.seconds();
    assert_eq!(seconds.len(), plan.layers.len());
    assert!(seconds.iter().all(|[forward, backward]| *forward > 0.0 && *backward == 0.0));
    assert!(probe.seconds().iter().all(|seconds| *seconds == [0.0, 0.0]));
}
