use crate::case::{Batch, Case, Trained, assert_batches_close, assert_close, batch, dot, layer, slopes};
use hetc_compiler::plan::{Layer, NormKind, Op};
use hetc_compiler::shape::Shape;
use hetc_engine::ops::batch_norm::BatchNorm;
use hetc_engine::ops::layer_norm::{Affine, LayerNorm};
use hetc_engine::streams::Stream;

const EPSILON: f64 = 1e-5;
/// Numbers of others that lie before an operation's own.
const BEFORE: usize = 3;

fn norm(kind: NormKind, shape: Shape, affine: bool) -> Layer {
    layer(Op::Norm { kind, affine, epsilon: EPSILON }, shape, shape)
}

/// Parameters with `count` scales and as many shifts among them.
fn trained(stream: &mut Stream, count: usize, affine: bool) -> (Vec<f32>, Option<Affine>) {
    let numbers = if affine { BEFORE + 2 * count } else { BEFORE };
    let params = (0..numbers).map(|_| 1.0 + 0.5 * stream.normal() as f32).collect();
    let middle = BEFORE + count;
    (params, affine.then_some(Affine { scale: BEFORE..middle, shift: middle..middle + count }))
}

/// Scale and shift of number `index` of `count`.
fn affine_at(params: &[f64], count: usize, index: usize) -> (f64, f64) {
    if params.len() == BEFORE { (1.0, 0.0) } else { (params[BEFORE + index], params[BEFORE + count + index]) }
}

fn moments(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (mean, values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / values.len() as f64)
}

fn layer_normed(x: &[f64], params: &[f64]) -> Vec<f64> {
    let (mean, variance) = moments(x);
    let of = |(index, x): (usize, &f64)| {
        let (scale, shift) = affine_at(params, (params.len() - BEFORE) / 2, index);
        (x - mean) / (variance + EPSILON).sqrt() * scale + shift
    };
    x.iter().enumerate().map(of).collect()
}

/// Unit by unit over the batch; `statistics` are means and variances to take, or those of the batch.
fn batch_normed(x: &Batch, units: usize, params: &[f64], statistics: Option<(&[f64], &[f64])>) -> Batch {
    let positions = x[0].len() / units;
    let mut y = x.clone();
    for unit in 0..units {
        let own = || unit * positions..(unit + 1) * positions;
        let values: Vec<f64> = x.iter().flat_map(|x| x[own()].to_vec()).collect();
        let (mean, variance) = statistics.map_or_else(|| moments(&values), |(means, variances)| (means[unit], variances[unit]));
        let (scale, shift) = affine_at(params, units, unit);
        for y in y.iter_mut().flat_map(|y| &mut y[own()]) {
            *y = (*y - mean) / (variance + EPSILON).sqrt() * scale + shift;
        }
    }
    y
}

fn in_double(params: &[f32]) -> Vec<f64> {
    params.iter().map(|number| f64::from(*number)).collect()
}

/// The gradients of parameters are those of `loss`.
fn check_gradients(trained: &Trained, params: &[f64], loss: impl Fn(&[f64]) -> f64) {
    let gradients: Vec<f64> = trained.gradients.iter().map(|gradient| f64::from(*gradient)).collect();
    assert_close(&gradients, &slopes(params, loss), 2e-5, "gradients of parameters");
}

#[test]
fn layer_norm() {
    let mut stream = Stream::new(6, "layer norms", &[]);
    for (shape, samples) in [
        (Shape::vector(40), 19),
        (Shape::map(3, 4, 5), 16),
        (Shape::map(7, 1, 1), 2),
        (Shape::vector(1), 3),
        (Shape::map(5, 6, 5), 7), // more than one run of sums
    ] {
        for affine in [false, true] {
            let layer = norm(NormKind::Layer, shape, affine);
            let (numbers, places) = trained(&mut stream, shape.elements(), affine);
            let op = LayerNorm::new(&layer, places).unwrap();
            let mut case = Case::new(&op, &layer);
            case.params = numbers;
            let params = in_double(&case.params);
            let x = [batch(&mut stream, samples, &shape)];
            let dy = batch(&mut stream, samples, &shape);
            let got = case.train(&x, &dy, &[true]);
            let values: Batch = x[0].iter().map(|x| layer_normed(x, &params)).collect();
            assert_batches_close(&got.y, &values, 2e-6, "value");
            assert_batches_close(&case.infer(&x), &values, 2e-6, "evaluation");
            let slope = |(x, dy): (&Vec<f64>, &Vec<f64>)| slopes(x, |x| dot(dy, &layer_normed(x, &params)));
            assert_batches_close(&got.dx[0], &x[0].iter().zip(&dy).map(slope).collect(), 2e-5, "gradient");
            let loss = |params: &[f64]| x[0].iter().zip(&dy).map(|(x, dy)| dot(dy, &layer_normed(x, params))).sum();
            check_gradients(&got, &params, loss);
            case.train(&x, &dy, &[false]);
        }
    }
}

#[test]
fn means_far_from_zero_cost_no_accuracy() {
    let mut stream = Stream::new(6, "far", &[]);
    let shape = Shape::map(4, 20, 20);
    let far = |x: &Vec<f64>| x.iter().map(|x| f64::from((1000.0 + x) as f32)).collect();
    let x: Batch = batch(&mut stream, 18, &shape).iter().map(far).collect();
    let layer = norm(NormKind::Layer, shape, false);
    let op = LayerNorm::new(&layer, None).unwrap();
    let values: Batch = x.iter().map(|x| layer_normed(x, &[0.0; BEFORE])).collect();
    assert_batches_close(&Case::new(&op, &layer).infer(std::slice::from_ref(&x)), &values, 2e-6, "layer norm");
    let layer = norm(NormKind::Batch, shape, false);
    let op = BatchNorm::new(&layer, None, 0..4, 4..8).unwrap();
    let mut case = Case::new(&op, &layer);
    case.state = vec![0.0; 8];
    let values = batch_normed(&x, 4, &[0.0; BEFORE], None);
    assert_batches_close(&case.train(std::slice::from_ref(&x), &x, &[true]).y, &values, 2e-6, "batch norm");
}

#[test]
fn batch_norm() {
    let mut stream = Stream::new(6, "batch norms", &[]);
    for (shape, samples) in [
        (Shape::vector(6), 19),
        (Shape::map(3, 2, 3), 16),
        (Shape::map(2, 3, 1), 35),
        (Shape::vector(3), 2),
        (Shape::map(2, 9, 9), 2), // more than one run of sums
    ] {
        for affine in [false, true] {
            let layer = norm(NormKind::Batch, shape, affine);
            let units = shape.units();
            let (numbers, places) = trained(&mut stream, units, affine);
            let op = BatchNorm::new(&layer, places, 2..2 + units, 2 + units..2 + 2 * units).unwrap();
            let mut case = Case::new(&op, &layer);
            case.params = numbers;
            case.state = (0..2 + 2 * units).map(|_| 0.2 + stream.uniform() as f32).collect();
            let params = in_double(&case.params);
            let x = [batch(&mut stream, samples, &shape)];
            let dy = batch(&mut stream, samples, &shape);
            let got = case.train(&x, &dy, &[true]);
            assert_batches_close(&got.y, &batch_normed(&x[0], units, &params, None), 2e-6, "value");
            let flat: Vec<f64> = x[0].concat();
            let loss = |x: &[f64], params: &[f64]| {
                let x: Batch = x.chunks(shape.elements()).map(<[f64]>::to_vec).collect();
                dot(&dy.concat(), &batch_normed(&x, units, params, None).concat())
            };
            assert_close(&got.dx[0].concat(), &slopes(&flat, |x| loss(x, &params)), 1e-5, "gradient");
            check_gradients(&got, &params, |params| loss(&flat, params));
            check_state(&got, &case.state, &x[0], units);
            let state = in_double(&case.state);
            let statistics = (&state[2..2 + units], &state[2 + units..]);
            assert_batches_close(&case.infer(&x), &batch_normed(&x[0], units, &params, Some(statistics)), 2e-6, "evaluation");
            case.train(&x, &dy, &[false]);
        }
    }
}

/// A tenth of the way to the batch's mean and unbiased variance; nothing else has moved.
fn check_state(got: &Trained, before: &[f32], x: &Batch, units: usize) {
    assert_eq!(got.state[..2], before[..2]);
    let positions = x[0].len() / units;
    for unit in 0..units {
        let values: Vec<f64> = x.iter().flat_map(|x| x[unit * positions..(unit + 1) * positions].to_vec()).collect();
        let (mean, variance) = moments(&values);
        let unbiased = variance * values.len() as f64 / (values.len() - 1) as f64;
        for (place, batch) in [(2 + unit, mean), (2 + units + unit, unbiased)] {
            let wanted = 0.9 * f64::from(before[place]) + 0.1 * batch;
            assert!((f64::from(got.state[place]) - wanted).abs() < 1e-6, "{wanted}");
        }
    }
}

#[test]
fn a_single_value_has_no_variance() {
    let shape = Shape::vector(3);
    let layer = norm(NormKind::Batch, shape, false);
    let op = BatchNorm::new(&layer, None, 0..3, 3..6).unwrap();
    let mut case = Case::new(&op, &layer);
    case.state = vec![0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
    let got = case.train(&[vec![vec![5.0, -1.0, 2.0]]], &vec![vec![1.0, 2.0, 3.0]], &[true]);
    assert_eq!((&got.state, &got.y[0], &got.dx[0][0]), (&case.state, &vec![0.0; 3], &vec![0.0; 3]));
}

#[test]
fn a_nan_stays_with_its_sample_or_its_unit() {
    let shape = Shape::vector(2);
    let x = [vec![vec![f64::NAN, 1.0], vec![2.0, 4.0], vec![0.0, 1.0]]];
    let dy = vec![vec![1.0, 2.0]; 3];
    let layer = norm(NormKind::Layer, shape, false);
    let op = LayerNorm::new(&layer, None).unwrap();
    let y = Case::new(&op, &layer).train(&x, &dy, &[true]).y;
    assert!(y[0].iter().all(|y| y.is_nan()) && y[1..].iter().flatten().all(|y| y.is_finite()));
    let layer = norm(NormKind::Batch, shape, false);
    let op = BatchNorm::new(&layer, None, 0..2, 2..4).unwrap();
    let mut case = Case::new(&op, &layer);
    case.state = vec![0.0; 4];
    let y = case.train(&x, &dy, &[true]).y;
    assert!(y.iter().all(|y| y[0].is_nan() && y[1].is_finite()));
}
