use crate::case::{Batch, Case, assert_batches_close, batch, dot, layer, slopes};
use hetc_compiler::plan::{self, Op};
use hetc_compiler::shape::Shape;
use hetc_engine::ops::join::Join;
use hetc_engine::streams::Stream;

/// One sample of each value, in the plan's order.
fn joined(how: plan::Join, inputs: &[Vec<f64>]) -> Vec<f64> {
    let whole = inputs[0].len();
    match how {
        plan::Join::Concat => inputs.concat(), // channels outermost
        plan::Join::Add => (0..whole).map(|index| inputs.iter().map(|x| x[index]).sum()).collect(),
        // One number a channel stands for the channel.
        plan::Join::Multiply => (0..whole).map(|index| inputs.iter().map(|x| x[index * x.len() / whole]).product()).collect(),
    }
}

fn check(how: plan::Join, inputs: &[Shape], output: Shape, samples: usize, wanted: &[bool]) {
    let layer = layer(Op::Join { how }, inputs[0], output);
    let join = Join::new(&layer, inputs).unwrap();
    let mut case = Case::new(&join, &layer);
    case.inputs = inputs.to_vec();
    let mut stream = Stream::new(2, "joins", &[samples as u64]);
    let x: Vec<Batch> = inputs.iter().map(|shape| batch(&mut stream, samples, shape)).collect();
    let dy = batch(&mut stream, samples, &output);
    let trained = case.train(&x, &dy, wanted);
    let sample = |index: usize| -> Vec<Vec<f64>> { x.iter().map(|x| x[index].clone()).collect() };
    let values: Batch = (0..samples).map(|index| joined(how, &sample(index))).collect();
    assert_batches_close(&trained.y, &values, 1e-6, "value");
    assert_batches_close(&case.infer(&x), &values, 1e-6, "evaluation");
    for (input, _) in wanted.iter().enumerate().filter(|(_, wanted)| **wanted) {
        let slope = |index: usize| {
            let of = |x: &[f64]| {
                let mut values = sample(index);
                values[input] = x.to_vec();
                dot(&dy[index], &joined(how, &values))
            };
            slopes(&x[input][index], of)
        };
        let gradients: Batch = (0..samples).map(slope).collect();
        assert_batches_close(&trained.dx[input], &gradients, 2e-6, &format!("gradient {input} of {how:?}"));
    }
}

#[test]
fn sums_and_products_of_equal_shapes() {
    for how in [plan::Join::Add, plan::Join::Multiply] {
        check(how, &[Shape::vector(5); 2], Shape::vector(5), 19, &[true, true]);
        check(how, &[Shape::map(3, 2, 4); 3], Shape::map(3, 2, 4), 16, &[true, false, true]);
        check(how, &[Shape::map(3, 1, 1); 4], Shape::map(3, 1, 1), 2, &[false, true, true, true]);
    }
}

#[test]
fn one_number_a_channel_times_a_map() {
    let (map, channels) = (Shape::map(4, 3, 2), Shape::map(4, 1, 1));
    check(plan::Join::Multiply, &[map, channels], map, 18, &[true, true]);
    check(plan::Join::Multiply, &[map, channels, map, channels], map, 7, &[true, true, true, true]);
    check(plan::Join::Multiply, &[map, map, channels], map, 1, &[false, false, true]);
}

#[test]
fn one_after_the_other() {
    check(plan::Join::Concat, &[Shape::vector(3), Shape::vector(4), Shape::vector(1)], Shape::vector(8), 17, &[true, true, true]);
    let maps = [Shape::map(2, 3, 4), Shape::map(5, 3, 4), Shape::map(2, 3, 4)];
    check(plan::Join::Concat, &maps, Shape::map(9, 3, 4), 16, &[true, false, true]);
}
