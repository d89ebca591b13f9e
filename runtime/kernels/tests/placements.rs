//! Layers of all kinds of cells against PyTorch's numbers (`oracle/placements.py` wrote them).
#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
mod common {
    pub mod expression;
    pub mod layers;
    pub mod plans;
}

use common::layers::{readings, scattered};
use common::plans::Do::{Call, Look, Max, Min, Sum};
use common::plans::{Parts, cell, function, plain};
use hetc_compiler::layout::Layout;
use hetc_compiler::plan::{Cell, Per, Plan};
use hetc_compiler::shape::Shape;
use hetc_kernels::KernelError;
use safetensors::SafeTensors;

const POINTS: [[f64; 2]; 5] = [[-1.5, 0.25], [-0.5, -1.0], [0.0, 0.0], [0.75, 2.0], [2.0, 1.5]];

fn prelu(per: Per) -> Cell {
    cell(1, &[("a", per)], &[], "max(x, 0) + a * min(x, 0)")
}

fn inner(args: u8) -> Cell {
    let names = &["u", "v", "w"][..usize::from(args)];
    cell(args, &[], &[Call(0, if args == 1 { &["x"] } else { names })], "s1")
}

fn nelu() -> Cell {
    cell(1, &[], &[Sum("min(x, 0)")], "relu(x + 0.1 * s1)")
}

fn trained_nelu() -> Cell {
    cell(1, &[("a", Per::Channel)], &[Sum("min(x, 0)")], "relu(x + a * s1)")
}

fn inhibitor() -> Cell {
    let steps = [Sum("min(x, 0)"), Sum("select(x >= 0, 1, 0)")];
    cell(1, &[], &steps, "select(x >= 0, relu(x + 0.1 * s1 / s2), 0)")
}

fn excitator_a() -> Cell {
    cell(1, &[], &[Sum("relu(x)")], "select(x > 0, 0.9 * x, relu(x + 0.1 * s1))")
}

fn excitator_b() -> Cell {
    cell(1, &[], &[Sum("relu(x)")], "select(x > 0, 0.9 * x + 0.1 * s1, relu(x + 0.1 * s1))")
}

fn maximum() -> Cell {
    cell(1, &[], &[Max("x")], "select(x == s1, x, 0)")
}

fn softmax(answer: &str) -> Cell {
    cell(1, &[], &[Max("x"), Sum("exp(x - s1)")], answer)
}

fn soft() -> Cell {
    softmax("x * (exp(x - s1) / s2)")
}

fn spread() -> Cell {
    cell(1, &[], &[Max("x"), Min("abs(x)"), Sum("x"), Sum("1")], "s1 - x * s2 + s3 / s4")
}

/// The cases of the oracle, by name.
fn cases() -> Vec<(&'static str, Plan)> {
    let relu_tanh = || vec![plain(1, "relu(x)"), plain(1, "tanh(x)")];
    let (vector, map) = (Shape::vector, Shape::map);
    let one = |input: Shape, cell: Cell| Parts::new(input, vec![cell]);
    let window = |cell: Cell, height: usize, width: usize| one(map(4, 5, 7), cell).window(height, width).plan();
    let mlp = |input: Shape, args: u8, hidden: &[usize], activation: &str| {
        one(input, inner(args)).functions(vec![function(args, hidden, activation)]).plan()
    };
    let glu = "u * logistic(v)";
    let xor = "logistic(u) + logistic(v) - 2 * logistic(u) * logistic(v)";
    let names = ["a", "b", "c", "d", "e", "f"].map(|name| (name, Per::Layer));
    let quadratic = cell(2, &names, &[], "a * u * u + b * v * v + c * u * v + d * u + e * v + f");
    let everything = {
        let second = [Call(1, &["tanh(x)"]), Look("x")];
        let second = cell(1, &[("c", Per::Channel), ("d", Per::Net)], &second, "c * s1 + d * s2");
        let first = [Call(1, &["x"]), Call(0, &["b * x"])];
        let first = cell(1, &[("a", Per::Layer), ("b", Per::Net)], &first, "a * s1 + b * s2");
        let functions = vec![function(1, &[3], "tanh(x)"), function(1, &[6, 2], "relu(x)")];
        Parts::new(map(7, 2, 2), vec![second, first]).functions(functions).points(&POINTS).shares(&[(1, 1), (0, 2)]).plan()
    };
    let two = {
        let cells = vec![inner(2), cell(2, &[], &[Call(1, &["u", "v"])], "s1")];
        let functions = vec![function(2, &[8], "relu(x)"), function(2, &[5, 4], "tanh(x)")];
        Parts::new(map(6, 5, 7), cells).functions(functions).layout(Layout::Block).plan()
    };
    let type1 = cell(1, &[], &[Call(0, &["x"])], "sin(x) + 0.2 * s1");
    let window_inner = {
        let steps = [Sum("relu(x - a)"), Call(0, &["s1", "x"])];
        one(map(4, 5, 7), cell(1, &[("a", Per::Layer)], &steps, "s2 + x")).functions(vec![function(2, &[7], "tanh(x)")])
    };
    let nested = {
        let steps = [Sum("x"), Sum("1"), Max("(x - s1 / s2) * (x - s1 / s2)"), Call(0, &["x"]), Sum("s4")];
        one(map(2, 5, 7), cell(1, &[], &steps, "x * s3 + s5")).functions(vec![function(1, &[4], "tanh(x)")])
    };
    vec![
        ("relu_tanh_vector", Parts::new(vector(13), relu_tanh()).shares(&[(0, 2), (1, 1)]).plan()),
        ("relu_tanh_map", Parts::new(map(5, 3, 4), relu_tanh()).shares(&[(0, 2), (1, 1)]).plan()),
        ("relu_tanh_board", Parts::new(map(3, 4, 5), relu_tanh()).shares(&[(0, 2), (1, 1)]).layout(Layout::Checkerboard).plan()),
        ("glu_map", one(map(6, 4, 5), plain(2, glu)).plan()),
        ("xor_glu_block", Parts::new(vector(18), vec![plain(2, xor), plain(2, glu)]).layout(Layout::Block).plan()),
        ("prelu_channel", one(map(4, 3, 3), prelu(Per::Channel)).plan()),
        ("prelu_layer", one(map(4, 3, 3), prelu(Per::Layer)).plan()),
        ("prelu_net", one(vector(9), prelu(Per::Net)).plan()),
        (
            "prelu_turns",
            Parts::new(map(7, 2, 3), vec![prelu(Per::Channel), plain(1, "relu(x)")]).shares(&[(0, 1), (1, 1), (0, 1)]).plan(),
        ),
        (
            "prelu_board",
            Parts::new(map(3, 4, 4), vec![prelu(Per::Channel), prelu(Per::Layer)])
                .shares(&[(0, 1), (1, 1), (1, 1)])
                .layout(Layout::Checkerboard)
                .plan(),
        ),
        ("quadratic", one(vector(10), quadratic).plan()),
        ("inner_1_dense", mlp(vector(20), 1, &[16, 8], "relu(x)")),
        ("inner_2_dense", mlp(vector(24), 2, &[64, 64], "relu(x)")),
        ("inner_3_dense", mlp(vector(24), 3, &[16, 8], "relu(x)")),
        ("inner_1_conv", mlp(map(3, 5, 4), 1, &[16, 8], "relu(x)")),
        ("inner_2_conv", mlp(map(6, 5, 4), 2, &[64, 64], "relu(x)")),
        ("inner_3_conv", mlp(map(6, 5, 4), 3, &[13, 9], "tanh(x)")),
        ("two_inners", two),
        ("type1", one(vector(11), type1).functions(vec![function(1, &[50], "tanh(x)")]).plan()),
        (
            "table_sigmoid",
            Parts::new(vector(18), vec![cell(1, &[], &[Look("x")], "s1"), plain(1, "logistic(x)")])
                .points(&POINTS)
                .shares(&[(0, 3), (1, 1)])
                .plan(),
        ),
        ("everything", everything),
        ("nelu", window(nelu(), 2, 2)),
        ("pnelu", window(cell(1, &[], &[Sum("min(x, 0)")], "select(x > 0, x + 0.1 * s1, 0)"), 3, 3)),
        ("inhibitor", window(inhibitor(), 2, 2)),
        ("excitator_a", window(excitator_a(), 2, 2)),
        ("excitator_b", window(excitator_b(), 3, 3)),
        (
            "excitator_c",
            window(
                cell(1, &[], &[Sum("relu(x)"), Sum("select(x <= 0, 1, 0)")], "select(x > 0, 0.9 * x, relu(x + 0.1 * s1 / s2))"),
                2,
                2,
            ),
        ),
        ("softmax_threshold", window(softmax("select(exp(x - s1) / s2 >= 0.25, x, 0)"), 2, 2)),
        ("maxrelu", window(cell(1, &[], &[Max("x")], "select(x == s1, relu(x), 0)"), 3, 3)),
        ("max", window(maximum(), 2, 2)),
        ("soft", window(soft(), 3, 3)),
        ("spread_ties", window(spread(), 2, 3)),
        ("spread_large", one(map(2, 18, 17), spread()).window(18, 17).plan()),
        ("excitator_line", one(vector(10), excitator_a()).window(1, 4).plan()),
        ("soft_line", one(vector(10), soft()).window(1, 4).plan()),
        ("line_turns", Parts::new(vector(10), vec![trained_nelu(), excitator_b()]).window(1, 4).plan()),
        ("window_turns", Parts::new(map(4, 5, 7), vec![excitator_a(), maximum(), plain(1, "relu(x)")]).window(3, 2).plan()),
        (
            "window_board",
            Parts::new(map(4, 5, 7), vec![trained_nelu(), inhibitor()]).window(2, 2).layout(Layout::Checkerboard).plan(),
        ),
        ("window_inner", window_inner.window(2, 3).plan()),
        ("nested", nested.window(3, 3).plan()),
    ]
}

/// The oracle's list of numbers called `case.part`.
fn numbers(file: &SafeTensors, case: &str, part: &str) -> Vec<f32> {
    let tensor = file.tensor(&format!("{case}.{part}")).unwrap();
    tensor.data().chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
}

/// Largest difference, as a part of the largest number wanted; infinite if one is NaN.
fn distance(got: &[f32], want: &[f32]) -> f32 {
    assert_eq!(got.len(), want.len());
    let scale = want.iter().fold(1e-3f32, |scale, value| scale.max(value.abs()));
    let distances = got.iter().zip(want).map(|(got, want)| (got - want).abs() / scale);
    distances.fold(0.0, |largest, distance| if distance.is_nan() { f32::INFINITY } else { largest.max(distance) })
}

#[test]
fn every_case_is_as_in_pytorch() {
    let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/placements.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let cases = cases();
    assert_eq!(6 * cases.len(), file.len(), "the cases are those of the oracle");
    let mut wrong = Vec::new();
    for (name, plan) in cases {
        let [x, weights, dy, y, dx, dweights] =
            ["x", "weights", "dy", "y", "dx", "dweights"].map(|part| numbers(&file, name, part));
        for (reading, layer) in readings(&plan) {
            assert_eq!((layer.cells.weights_len(), plan.params as usize), (weights.len(), weights.len()), "{name}");
            let too_large = matches!(layer.cells.warning(), Some(KernelError::TooManyInputs { .. }));
            assert_eq!(too_large, name == "spread_large" && reading != "interpreted", "{name} {reading}");
            let [got_y, got_dx, got_dweights] = layer.run(&x, &weights, &dy);
            let distances = [distance(&got_y, &y), distance(&got_dx, &dx), distance(&got_dweights, &dweights)];
            // Gradients of weights are sums in which much cancels.
            if distances.iter().zip([4e-6, 4e-6, 2e-5]).any(|(distance, limit)| *distance > limit) {
                wrong.push((name, reading, distances));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What a sample is answered depends neither on the other samples of its group nor on its lane, and every group is added to the gradients
/// of the weights.
#[test]
fn samples_are_answered_one_by_one() {
    for (name, plan) in cases() {
        for (reading, layer) in readings(&plan) {
            let (xs, ys) = (layer.cells.input_len(), layer.cells.output_len());
            let weights = scattered(layer.cells.weights_len(), 3);
            let (x, dy) = (scattered(19 * xs, 1), scattered(19 * ys, 2));
            let [y, dx, dweights] = layer.run(&x, &weights, &dy);
            let mut sums = vec![0.0; weights.len()];
            for sample in 0..19 {
                let (xs, ys) = (sample * xs..(sample + 1) * xs, sample * ys..(sample + 1) * ys);
                let [alone_y, alone_dx, part] = layer.run(&x[xs.clone()], &weights, &dy[ys.clone()]);
                assert_eq!((&alone_y[..], &alone_dx[..]), (&y[ys], &dx[xs]), "{name} {reading}");
                sums.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
            }
            assert!(distance(&dweights, &sums) < 2e-5, "{name} {reading}");
        }
    }
}

/// What the unchosen side of a `select` does, be it NaN, is no part of the answer.
#[test]
fn steps_that_an_answer_does_not_depend_on_add_nothing() {
    let steps = [Call(0, &["log(x)"]), Sum("log(x)"), Max("log(x)"), Look("log(x)")];
    let unchosen = cell(1, &[("a", Per::Layer)], &steps, "select(x > 4, a * s1 + s2 + s3 + s4, x)");
    let plan = Parts::new(Shape::map(1, 2, 2), vec![unchosen]).functions(vec![function(1, &[3], "tanh(x)")]);
    let plan = plan.points(&POINTS).window(2, 2).plan();
    for (reading, layer) in readings(&plan) {
        let (x, weights, dy) = ([-1.0, 0.0, 2.0, -3.0], scattered(layer.cells.weights_len(), 3), [1.0, 2.0, 3.0, 4.0]);
        let [y, dx, dweights] = layer.run(&x, &weights, &dy);
        assert_eq!((&y[..], &dx[..]), (&x[..], &dy[..]), "{reading}");
        assert!(dweights[1..].iter().all(|slope| *slope == 0.0), "{reading} {dweights:?}");
    }
}

/// An extreme over NaN is NaN, and so are the gradients that it hands on.
#[test]
fn nan_in_a_window_shows() {
    let plan = Parts::new(Shape::vector(4), vec![cell(1, &[], &[Max("x")], "s1")]).window(1, 2).plan();
    for (reading, layer) in readings(&plan) {
        let [y, dx, _] = layer.run(&[f32::NAN, 1.0, 2.0, 2.0], &[], &[1.0; 4]);
        assert!(y[..2].iter().chain(&dx[..2]).all(|value| value.is_nan()), "{reading} {y:?} {dx:?}");
        assert_eq!((&y[2..], &dx[2..]), (&[2.0f32, 2.0][..], &[1.0f32, 1.0][..]), "{reading}");
        let [_, dx, _] = layer.run(&[f32::NAN, 1.0, 2.0, 2.0], &[], &[0.0; 4]);
        assert_eq!(dx, [0.0; 4], "{reading}");
    }
}

#[test]
fn tables_go_on_outside_and_take_the_right_slope_at_breakpoints() {
    let fall = |step: i32| [1.0 + f64::from(step) / 128.0, 1.875 - f64::from(step) / 256.0];
    let many: Vec<[f64; 2]> = POINTS[..4].iter().copied().chain((0..=128).map(fall)).collect();
    // One that is written out, and one of too many points for that.
    for (points, [at_2, at_4, slope]) in [(&POINTS[..], [1.5, 0.5, -0.4]), (&many, [1.375, 0.125, -0.5])] {
        let plan = Parts::new(Shape::vector(7), vec![cell(1, &[], &[Look("x")], "s1")]).points(points).plan();
        for (reading, layer) in readings(&plan) {
            let [y, dx, _] = layer.run(&[-2.5, -1.5, 0.0, 0.375, 2.0, 4.5, f32::NAN], &[], &[1.0; 7]);
            assert!(distance(&y[..6], &[1.5, 0.25, 0.0, 1.0, at_2, at_4]) < 2e-7, "{reading} {y:?}");
            assert!(distance(&dx[..6], &[-1.25, -1.25, 8.0 / 3.0, 8.0 / 3.0, slope, slope]) < 2e-7, "{reading} {dx:?}");
            assert!(y[6].is_nan() && dx[6].is_nan(), "{reading}");
        }
    }
}
