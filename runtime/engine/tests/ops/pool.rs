use crate::case::{Case, check_each, layer};
use hetc_compiler::plan::{Layer, Op, PoolKind};
use hetc_compiler::shape::Shape;
use hetc_engine::ops::adaptive_pool::AdaptivePool;
use hetc_engine::ops::pool::Pool;
use hetc_engine::streams::Stream;
use std::ops::Range;

/// Rows and columns of a window, without padding, and what a mean divides by.
type Window = (Range<usize>, Range<usize>, usize);

/// Channel by channel, the windows in order.
fn pooled(x: &[f64], [channels, height, width]: [usize; 3], kind: PoolKind, windows: &[Window]) -> Vec<f64> {
    let of = |channel: usize, (rows, columns, size): &Window| {
        let at = |y: usize, x: usize| (channel * height + y) * width + x;
        let values = rows.clone().flat_map(|y| columns.clone().map(move |x| at(y, x))).map(|index| x[index]);
        match kind {
            PoolKind::Max => values.reduce(|a, b| if b > a || b.is_nan() { b } else { a }).unwrap(),
            PoolKind::Avg => values.sum::<f64>() / *size as f64,
        }
    };
    (0..channels).flat_map(|channel| windows.iter().map(move |window| of(channel, window))).collect()
}

fn check(layer: &Layer, pool: &Pool, kind: PoolKind, windows: &[Window], samples: usize) {
    let Shape::Map(channels, height, width) = layer.input else { panic!("a pool of a vector") };
    check_each(pool, layer, samples, 2e-6, |x| pooled(x, [channels, height, width], kind, windows));
}

fn pool_layer(
    kind: PoolKind,
    shape: [usize; 3],
    window: [usize; 2],
    stride: [usize; 2],
    pad: [usize; 2],
) -> (Layer, Vec<Window>) {
    let [channels, height, width] = shape;
    let spans = |axis: usize| {
        let size = [height, width][axis];
        let count = (size + 2 * pad[axis] - window[axis]) / stride[axis] + 1;
        let span = move |index: usize| {
            let (start, end) = (index * stride[axis], index * stride[axis] + window[axis]);
            start.saturating_sub(pad[axis])..(end - pad[axis]).min(size)
        };
        (0..count).map(span).collect::<Vec<_>>()
    };
    let (rows, columns) = (spans(0), spans(1));
    let output = Shape::map(channels, rows.len(), columns.len());
    let windows = rows.iter().flat_map(|row| columns.iter().map(|column| (row.clone(), column.clone(), window[0] * window[1])));
    (layer(Op::Pool { kind, window, stride, pad }, Shape::map(channels, height, width), output), windows.collect())
}

#[test]
fn windows_touch_overlap_leave_gaps_and_reach_over_the_edge() {
    let cases = [
        ([3, 6, 4], [2, 2], [2, 2], [0, 0], 19),
        ([2, 7, 7], [3, 3], [2, 2], [1, 1], 16),
        ([5, 5, 4], [3, 2], [1, 1], [1, 1], 3),
        ([1, 8, 9], [2, 3], [3, 4], [0, 1], 20),
        ([4, 3, 3], [3, 3], [1, 1], [0, 0], 1),
        ([2, 20, 20], [18, 18], [1, 2], [9, 0], 2), // more than 256 places a window
    ];
    for (shape, window, stride, pad, samples) in cases {
        for kind in [PoolKind::Max, PoolKind::Avg] {
            let (layer, windows) = pool_layer(kind, shape, window, stride, pad);
            check(&layer, &Pool::new(&layer).unwrap(), kind, &windows, samples);
        }
    }
}

#[test]
fn random_windows() {
    let mut stream = Stream::new(3, "pools", &[]);
    for _ in 0..60 {
        let mut to = |n: u32| 1 + stream.below(n) as usize;
        let shape = [to(5), to(7), to(7)];
        let window = [to(4).min(shape[1]), to(4).min(shape[2])];
        let (stride, pad) = ([to(3), to(3)], [to(window[0] as u32 / 2 + 1) - 1, to(window[1] as u32 / 2 + 1) - 1]);
        let samples = to(18);
        for kind in [PoolKind::Max, PoolKind::Avg] {
            let (layer, windows) = pool_layer(kind, shape, window, stride, pad);
            check(&layer, &Pool::new(&layer).unwrap(), kind, &windows, samples);
        }
    }
}

#[test]
fn bins() {
    for ([channels, height, width], [down, across], samples) in [
        ([3, 8, 6], [1, 1], 19),
        ([2, 7, 5], [3, 2], 16),
        ([1, 6, 6], [6, 6], 5),
        ([4, 2, 3], [5, 4], 2), // more bins than positions
        ([2, 6, 8], [3, 4], 17),
    ] {
        for kind in [PoolKind::Max, PoolKind::Avg] {
            let (input, output) = (Shape::map(channels, height, width), Shape::map(channels, down, across));
            let layer = layer(Op::AdaptivePool { kind }, input, output);
            let bin = |index: usize, count: usize, size: usize| index * size / count..((index + 1) * size).div_ceil(count);
            let window = |row: usize, column: usize| {
                let (rows, columns) = (bin(row, down, height), bin(column, across, width));
                let size = rows.len() * columns.len();
                (rows, columns, size)
            };
            let windows: Vec<Window> = (0..down).flat_map(|row| (0..across).map(move |column| window(row, column))).collect();
            check(&layer, &AdaptivePool::new(&layer).unwrap(), kind, &windows, samples);
        }
    }
}

#[test]
fn the_first_of_equals_and_the_last_nan_get_the_gradient() {
    let nan = f64::NAN;
    let (layer, _) = pool_layer(PoolKind::Max, [1, 2, 2], [2, 2], [2, 2], [0, 0]);
    let pool = Pool::new(&layer).unwrap();
    let samples = [
        ([1.0, 2.0, 2.0, 2.0], 2.0, 1),
        ([0.0, -0.0, 0.0, -1.0], 0.0, 0),
        ([3.0, nan, 4.0, 5.0], nan, 1),
        ([nan, 9.0, nan, 1.0], nan, 2),
        ([f64::NEG_INFINITY; 4], f64::NEG_INFINITY, 0),
        ([f64::INFINITY, 1.0, f64::INFINITY, 2.0], f64::INFINITY, 0),
    ];
    let x = samples.iter().map(|(x, ..)| x.to_vec()).collect();
    let dy = samples.iter().map(|_| vec![1.5]).collect();
    let trained = Case::new(&pool, &layer).train(&[x], &dy, &[true]);
    for (index, (x, y, at)) in samples.iter().enumerate() {
        assert!(trained.y[index][0] == *y || y.is_nan() && trained.y[index][0].is_nan(), "{x:?}");
        let mut wanted = vec![0.0; 4];
        wanted[*at] = 1.5;
        assert_eq!(trained.dx[0][index], wanted, "{x:?}");
    }
}
