//! Dense layers against loops over every product.

mod passes;

use hetc_compiler::plan;
use hetc_compiler::shape::Shape;
use hetc_engine::op::Place;
use hetc_engine::ops::dense::Dense;
use hetc_engine::product::Machine;
use hetc_kernels::LANES;
use hetc_kernels::lanes::floats;
use passes::{Numbers, Sum, assert_sums, layer, run};

fn check(inputs: usize, outputs: usize, bias: bool, numbers: &mut Numbers) {
    let layer = layer(Shape::Vector(inputs), Shape::Vector(outputs), plan::Op::Dense { bias });
    let before = 5;
    let weight: Place = before..before + inputs * outputs;
    let bias: Option<Place> = bias.then(|| weight.end..weight.end + outputs);
    let params = numbers.floats(weight.end + outputs + 2);
    let gradients = numbers.floats(params.len());
    let (x, dy) = (numbers.vectors(inputs), numbers.vectors(outputs));

    let mut y = vec![Sum::default(); outputs * LANES];
    let mut dx = vec![Sum::default(); inputs * LANES];
    let mut want: Vec<Sum> = gradients.iter().map(|start| Sum { value: f64::from(*start), size: start.abs().into() }).collect();
    for lane in 0..LANES {
        for out in 0..outputs {
            let dy = f64::from(dy[out].0[lane]);
            for input in 0..inputs {
                let at = weight.start + out * inputs + input;
                let (x, w) = (f64::from(x[input].0[lane]), f64::from(params[at]));
                y[out * LANES + lane].add(w * x);
                dx[input * LANES + lane].add(w * dy);
                want[at].add(dy * x);
            }
            if let Some(bias) = &bias {
                y[out * LANES + lane].add(params[bias.start + out].into());
                want[bias.start + out].add(dy);
            }
        }
    }

    for machine in Machine::all() {
        let what = |part: &str| format!("{part} of {inputs} to {outputs} on {machine:?}");
        let op = Dense::on(machine, &layer, weight.clone(), bias.clone());
        let got = run(&op, &params, &x, &dy, &gradients, true);
        assert_sums(&what("output"), floats(&got.y), &y);
        assert_sums(&what("input's gradient"), floats(&got.dx), &dx);
        assert_sums(&what("gradient"), &got.gradients, &want);
        let without = run(&op, &params, &x, &dy, &gradients, false);
        assert_eq!(without.gradients, got.gradients, "{}", what("gradient without the input's"));
    }
}

#[test]
fn random_sizes() {
    let mut numbers = Numbers(1);
    for _ in 0..60 {
        let (inputs, outputs) = (numbers.between(1, 70), numbers.between(1, 70));
        let bias = numbers.between(0, 1) == 1;
        check(inputs, outputs, bias, &mut numbers);
    }
}

#[test]
fn sizes_around_blocks() {
    let mut numbers = Numbers(2);
    for inputs in [1, 15, 16, 17, 48, 49, 64] {
        for outputs in [1, 8, 15, 16, 17, 32, 40] {
            let outputs = outputs * numbers.one_of(&[1, 2]);
            check(inputs, outputs, true, &mut numbers);
        }
    }
}

#[test]
fn usual_sizes() {
    let mut numbers = Numbers(3);
    check(784, 128, true, &mut numbers);
    check(512, 10, true, &mut numbers);
    check(2, 300, false, &mut numbers);
}
