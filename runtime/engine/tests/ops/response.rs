use crate::case::{Case, check_each, layer};
use hetc_compiler::plan::Op;
use hetc_compiler::shape::Shape;
use hetc_engine::ops::response::Response;
use hetc_engine::streams::Stream;

#[derive(Clone, Copy)]
struct Numbers {
    size: usize,
    alpha: f64,
    beta: f64,
    k: f64,
}

fn reference(x: &[f64], shape: &Shape, Numbers { size, alpha, beta, k }: Numbers) -> Vec<f64> {
    let channels = shape.units();
    let positions = x.len() / channels;
    let of = |index: usize| {
        let (channel, position) = (index / positions, index % positions);
        let around = channel.saturating_sub(size / 2)..(channel + (size - 1) / 2 + 1).min(channels);
        let squares: f64 = around.map(|channel| x[channel * positions + position].powi(2)).sum();
        x[index] * (k + alpha / size as f64 * squares).powf(-beta)
    };
    (0..x.len()).map(of).collect()
}

fn check(shape: Shape, numbers: Numbers, samples: usize) {
    let Numbers { size, alpha, beta, k } = numbers;
    let layer = layer(Op::Response { size, alpha, beta, k }, shape, shape);
    check_each(&Response::new(&layer).unwrap(), &layer, samples, 3e-6, |x| reference(x, &shape, numbers));
}

#[test]
fn usual_windows() {
    check(Shape::map(16, 3, 2), Numbers { size: 5, alpha: 1e-4, beta: 0.75, k: 2.0 }, 17);
    check(Shape::map(8, 2, 2), Numbers { size: 4, alpha: 2.0, beta: 0.75, k: 1.0 }, 16);
    check(Shape::vector(11), Numbers { size: 1, alpha: 0.7, beta: 1.5, k: 0.5 }, 3);
    check(Shape::vector(5), Numbers { size: 100, alpha: 50.0, beta: 0.5, k: 1.0 }, 2);
    check(Shape::map(1, 2, 1), Numbers { size: 2, alpha: 1.0, beta: 0.0, k: 1.0 }, 2);
    check(Shape::vector(9), Numbers { size: 3, alpha: 0.0, beta: 0.75, k: 2.0 }, 2);
}

#[test]
fn random_windows() {
    let mut stream = Stream::new(8, "responses", &[]);
    for _ in 0..60 {
        let mut to = |n: u32| 1 + stream.below(n) as usize;
        let shape = Shape::map(to(12), to(3), to(3));
        let (size, samples) = (to(14), to(18));
        let mut between = |low, high| f64::from(stream.between(low, high));
        let numbers = Numbers { size, alpha: between(0.0, 3.0), beta: between(0.0, 2.0), k: between(0.5, 2.0) };
        check(shape, numbers, samples);
    }
}

#[test]
fn a_nan_stays_in_its_window_and_an_empty_base_has_no_power() {
    let shape = Shape::vector(10);
    let layer_of = |k| layer(Op::Response { size: 3, alpha: 1.0, beta: 0.75, k }, shape, shape);
    let mut x = vec![1.0; 10];
    x[4] = f64::NAN;
    let layer = layer_of(1.0);
    let response = Response::new(&layer).unwrap();
    let trained = Case::new(&response, &layer).train(&[vec![x]], &vec![vec![1.0; 10]], &[true]);
    for (index, (y, dx)) in trained.y[0].iter().zip(&trained.dx[0][0]).enumerate() {
        assert_eq!(y.is_nan(), (3..=5).contains(&index), "{index}");
        assert_eq!(dx.is_nan(), (2..=6).contains(&index), "{index}");
    }
    let layer = layer_of(0.0);
    let response = Response::new(&layer).unwrap();
    let y = Case::new(&response, &layer).infer(&[vec![vec![0.0; 10]]]);
    assert!(y[0].iter().all(|y| y.is_nan())); // 0 times infinity, as a tensor library has it
}
