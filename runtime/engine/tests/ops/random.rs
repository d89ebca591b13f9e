use crate::case::{Batch, Case, DRAWS, LOOK, assert_batches_close, batch, layer};
use hetc_compiler::plan::{NoiseKind, Op};
use hetc_compiler::shape::Shape;
use hetc_engine::ops::dropout::Dropout;
use hetc_engine::ops::noise::Noise;
use hetc_engine::streams::Stream;

const LAYER: usize = 4;

fn times(x: &Batch, factors: &Batch) -> Batch {
    x.iter().zip(factors).map(|(x, factors)| x.iter().zip(factors).map(|(x, factor)| x * factor).collect()).collect()
}

#[test]
fn dropout_draws_a_stream_a_sample_in_the_plans_order() {
    for (shape, samples) in [(Shape::vector(100), 37), (Shape::map(5, 3, 7), 16), (Shape::map(1, 1, 1), 3)] {
        for p in [0.0, 0.3, 0.5, 1.0] {
            let layer = layer(Op::Dropout { p }, shape, shape);
            let dropout = Dropout::new(&layer, LAYER).unwrap();
            let mut stream = Stream::new(4, "dropouts", &[]);
            let (x, dy) = (batch(&mut stream, samples, &shape), batch(&mut stream, samples, &shape));
            let case = Case::new(&dropout, &layer);
            let trained = case.train(std::slice::from_ref(&x), &dy, &[true]);
            let mask = |sample: usize| -> Vec<f64> {
                let mut stream = Stream::new(DRAWS.seed, "dropout", &[DRAWS.epoch, DRAWS.step, LAYER as u64, sample as u64]);
                let mut draw = || f64::from(stream.bits()) < p * 4_294_967_296.0;
                (0..shape.elements()).map(|_| if draw() { 0.0 } else { 1.0 / (1.0 - p) }).collect()
            };
            let masks: Batch = (0..samples).map(mask).collect();
            assert_batches_close(&trained.y, &times(&x, &masks), 1e-6, "value");
            assert_batches_close(&trained.dx[0], &times(&dy, &masks), 1e-6, "gradient");
            assert_eq!(case.infer(std::slice::from_ref(&x)), x);
            case.train(std::slice::from_ref(&x), &dy, &[false]);
        }
    }
}

#[test]
fn what_is_dropped_is_multiplied_by_zero() {
    let layer = layer(Op::Dropout { p: 1.0 }, Shape::vector(3), Shape::vector(3));
    let dropout = Dropout::new(&layer, LAYER).unwrap();
    let x = vec![vec![f64::NAN, f64::INFINITY, -1.0]];
    let y = Case::new(&dropout, &layer).train(&[x], &vec![vec![1.0; 3]], &[true]).y;
    assert!(y[0][0].is_nan() && y[0][1].is_nan() && y[0][2] == 0.0);
}

#[test]
fn noise_is_one_draw_for_all_samples() {
    for (shape, samples) in [(Shape::vector(50), 37), (Shape::map(4, 3, 5), 16)] {
        for (kind, always) in [(NoiseKind::Uniform, true), (NoiseKind::Normal, false), (NoiseKind::Normal, true)] {
            let scale = 0.7;
            let layer = layer(Op::Noise { kind, scale, always }, shape, shape);
            let noise = Noise::new(&layer, LAYER).unwrap();
            let mut stream = Stream::new(4, "noises", &[]);
            let (x, dy) = (batch(&mut stream, samples, &shape), batch(&mut stream, samples, &shape));
            let case = Case::new(&noise, &layer);
            let with = |mut stream: Stream| -> Batch {
                let mut draw = || match kind {
                    NoiseKind::Uniform => f64::from(stream.between(-scale, scale)),
                    NoiseKind::Normal => scale * stream.normal(),
                };
                let numbers: Vec<f64> = (0..shape.elements()).map(|_| draw()).collect();
                x.iter().map(|x| x.iter().zip(&numbers).map(|(x, noise)| x + noise).collect()).collect()
            };
            let training = with(Stream::new(DRAWS.seed, "noise", &[DRAWS.epoch, DRAWS.step, LAYER as u64]));
            let looking = with(Stream::new(LOOK.seed, "noise in evaluation", &[LOOK.batch, LAYER as u64]));
            for _ in 0..2 {
                let trained = case.train(std::slice::from_ref(&x), &dy, &[true]);
                assert_batches_close(&trained.y, &training, 1e-6, "value");
                assert_eq!(trained.dx[0], dy);
                let infer = case.infer(std::slice::from_ref(&x));
                assert_batches_close(&infer, if always { &looking } else { &x }, 1e-6, "evaluation");
            }
        }
    }
}
