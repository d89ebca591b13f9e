//! A network of a paper at its full size and batch, where every operation runs on all threads.

#[path = "common/steps.rs"]
mod steps;

use steps::{plan, trainee};

fn weights_after_three_steps(kernels: bool) -> Vec<f32> {
    let plan = plan(include_str!("../../specs/sticknet8.net"), "swish(7.5)|ptanh(1)");
    let mut trainee = trainee(&plan, 128, kernels, 1);
    (0..3).for_each(|_| _ = trainee.step());
    trainee.weights().params.clone()
}

#[test]
fn equal_runs_give_equal_bits() {
    for kernels in [true, false] {
        assert_eq!(weights_after_three_steps(kernels), weights_after_three_steps(kernels));
    }
}
