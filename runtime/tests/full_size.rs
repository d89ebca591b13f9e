//! A network of a paper at its full size and batch, where every operation runs on all threads.

#[path = "common/steps.rs"]
mod steps;

use hetc_runtime::nets::Device;
use steps::{Trainee, plan};

fn weights_after_three_steps() -> Vec<f32> {
    let plan = plan(include_str!("../../specs/sticknet8.net"), "swish(7.5)|ptanh(1)");
    let mut trainee = Trainee::new(&plan, 128, Device::Cpu);
    (0..3).for_each(|_| trainee.step());
    trainee.weights.params
}

#[test]
fn equal_runs_give_equal_bits() {
    assert_eq!(weights_after_three_steps(), weights_after_three_steps());
}
