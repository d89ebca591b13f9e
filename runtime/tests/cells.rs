//! Cells as tensor operations against the f64 reading of their formulas and steps: answers, and slopes.

mod common;
#[path = "common/placements.rs"]
mod placements;
#[path = "../kernels/tests/common/mod.rs"]
mod prelude;

use common::{Stack, formula};
use hetc_compiler::cells::answer::{placement_answer, placement_gradient};
use hetc_compiler::formula::{Binary, Builder, Formula, Unary};
use hetc_compiler::layout::Layout;
use hetc_compiler::plan::{Cell, Per, Plan};
use hetc_compiler::shape::Shape;
use hetc_grammar::tree::CmpOp;
use hetc_kernels::oracle;
use hetc_runtime::nets::{self, Device, Draws, Net};
use hetc_runtime::params::{Table, Weights};
use hetc_runtime::streams::Stream;
use placements::TABLE;
use plans::Do::{Look, Max, Sum};
use plans::{Parts, cell};
use prelude::plans;

const POINTS: [f32; 23] = [
    0.0,
    -0.0,
    1e-30,
    -1e-30,
    1e-6,
    -1e-6,
    1e-3,
    -1e-3,
    0.1,
    -0.1,
    0.5,
    -0.5,
    1.0,
    -1.0,
    2.5,
    -2.5,
    10.0,
    -10.0,
    60.0,
    -60.0,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
];

/// Largest error of f32 tensor operations, in parts of the value.
const TOLERANCE: f64 = 2e-6;

/// How much further than the bound for exact f32 operations the tensor operations may be off.
const ROOM: f64 = 4.0;

fn answers(formula: &Formula) -> Vec<f32> {
    answers_at(formula, &POINTS)
}

fn answers_at(formula: &Formula, points: &[f32]) -> Vec<f32> {
    let plan = Stack::new(Shape::vector(points.len())).act(Layout::default(), &[("cell", formula.clone())]).plan("Cell");
    let (mut net, _) = Net::new(&plan, Device::Cpu);
    net.load(&[]);
    net.infer(&[], points.to_vec(), nets::Look { seed: 0, batch: 0 })
}

fn assert_agrees(what: &str, formula: &Formula) {
    for (x, found) in POINTS.iter().zip(answers(formula)) {
        let expected = formula.at(f64::from(*x)) as f32;
        let close = f64::from((found - expected).abs()) <= TOLERANCE * f64::from(expected.abs()) + 1e-37;
        let same = found == expected || (found.is_nan() && expected.is_nan());
        assert!(same || close, "{what} at {x}: {found} instead of {expected}");
    }
}

#[test]
fn every_function_and_its_slope_agree_with_the_formula() {
    for op in Unary::ALL {
        let cell = formula(|b, x| b.unary(op, x));
        assert_agrees(&format!("{op:?}"), &cell);
        assert_agrees(&format!("slope of {op:?}"), &cell.derivative(0));
    }
}

/// `max` and `min` with a number on either side, at a tie, and with themselves mirrored; every comparison.
#[test]
fn ties_and_nan_agree_with_the_formula() {
    for op in [Binary::Max, Binary::Min] {
        let mirrored = |b: &mut Builder, x| {
            let minus = b.neg(x);
            b.binary(op, x, minus)
        };
        let bounded = |b: &mut Builder, x| {
            let half = b.constant(0.5);
            b.binary(op, half, x)
        };
        for cell in [formula(mirrored), formula(bounded)] {
            assert_agrees(&format!("{op:?}"), &cell);
            assert_agrees(&format!("slope of {op:?}"), &cell.derivative(0));
        }
    }
    for op in [CmpOp::Lt, CmpOp::Le, CmpOp::Gt, CmpOp::Ge, CmpOp::Eq, CmpOp::Ne] {
        let cell = formula(|b, x| {
            let (half, square) = (b.constant(0.5), b.mul(x, x));
            b.select(op, x, half, square, x)
        });
        assert_agrees(&format!("{op:?}"), &cell);
        assert_agrees(&format!("slope of {op:?}"), &cell.derivative(0));
    }
}

/// The side of a `select` that is not chosen has no say, also where its slope is infinite.
#[test]
fn an_unchosen_side_does_not_poison_the_slope() {
    let cell = formula(|b, x| {
        let (zero, root) = (b.constant(0.0), b.unary(Unary::Sqrt, x));
        b.select(CmpOp::Gt, x, zero, root, x)
    });
    assert_eq!(cell.derivative(0).at(0.0), 1.0);
    assert_agrees("slope", &cell.derivative(0));
}

/// Every cell of the prelude, and its slope, within what f32 arithmetic may make of its formula.
#[test]
fn every_prelude_cell_agrees_with_its_formula() {
    let grid: Vec<f32> = (-600..=600).map(|i| i as f32 * 0.02).chain(POINTS).collect();
    for (name, cell) in prelude::prelude_cells() {
        for formula in [cell.clone(), cell.derivative(0)] {
            for (x, found) in grid.iter().zip(answers_at(&formula, &grid)) {
                let exact = formula.at(f64::from(*x)) as f32;
                let admitted = oracle::evaluate(&formula, *x).is_some_and(|bounded| bounded.admits(found, ROOM));
                let same = found == exact || (found.is_nan() && exact.is_nan());
                assert!(same || admitted, "{name} at {x}: {found} instead of {exact}\n{formula}");
            }
        }
    }
}

/// In a step, slopes are the formula's derivative; one that is not finite counts as 0, and so does every slope where `x` is not.
#[test]
fn slopes_in_a_step_are_those_of_the_formula() {
    for (name, cell) in prelude::prelude_cells() {
        let plan = Parts::new(Shape::vector(POINTS.len()), vec![Cell::plain("", cell.clone())]).plan();
        let (answers, slopes) = trained(&plan, &POINTS, &[], &[1.0; POINTS.len()]);
        let slope = cell.derivative(0);
        let expected = answers_at(&cell, &POINTS).into_iter().zip(answers_at(&slope, &POINTS));
        for ((x, found), (answer, slope)) in POINTS.iter().zip(answers.into_iter().zip(slopes)).zip(expected) {
            let slope = if slope.is_finite() && x.is_finite() { slope } else { 0.0 };
            let same = |a: f32, b: f32| a == b || (a.is_nan() && b.is_nan());
            assert!(same(found.0, answer) && same(found.1, slope), "{name} at {x}: {found:?} instead of {:?}", (answer, slope));
        }
    }
}

/// What the only layer of `plan` gives for one sample `x` in a step, and the slopes of its sum with weights `upstream` with respect to `x`
/// and `weights`.
fn trained(plan: &Plan, x: &[f32], weights: &[f32], upstream: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let plan = placements::behind_numbers(plan);
    let (mut net, _) = Net::new(&plan, Device::Cpu);
    // The norm's scale, which has no say as its input is 0; its shift; what the cells train.
    let params = [vec![1.0; x.len()], x.to_vec(), weights.to_vec()].concat();
    let (mut weights, mut answers, mut slopes) = (Weights { params, state: Vec::new() }, Vec::new(), Vec::new());
    let seen = |found: &[f32]| {
        answers = found.to_vec();
        Some(upstream.to_vec())
    };
    let draws = Draws { seed: 1, epoch: 0, step: 0 };
    net.step(&mut weights, vec![0.0; x.len()], draws, seen, |_, _, gradient| slopes.extend_from_slice(gradient));
    (answers, slopes.split_off(x.len()))
}

/// Placements of every kind over shapes of every kind: answers and slopes are those of the f64 reading.
#[test]
fn placements_agree_with_their_reading_in_f64() {
    let mut stream = Stream::new(1, "placements", &[]);
    for case in 0..150 {
        let plan = placements::random(&mut stream, case);
        assert_reads(&format!("case {case}, {:?}", plan.layers[0]), &mut stream, &plan);
    }
}

fn assert_reads(what: &str, stream: &mut Stream, plan: &Plan) {
    let mut draw = |count: usize| -> Vec<f32> { (0..count).map(|_| stream.normal() as f32).collect() };
    let (x, upstream) = (draw(plan.input.elements()), draw(plan.output.elements()));
    let weights = draw(Table::of(plan).params_len());
    let (answers, slopes) = trained(plan, &x, &weights, &upstream);
    let wide = |numbers: &[f32]| -> Vec<f64> { numbers.iter().map(|number| f64::from(*number)).collect() };
    let expected = placement_answer(plan, 0, &wide(&x), &wide(&weights));
    assert_close(&format!("answers of {what}"), &answers, &expected, 1e-5);
    let expected = placement_gradient(plan, 0, &wide(&x), &wide(&weights), &wide(&upstream));
    assert_close(&format!("slopes of {what}"), &slopes, &[expected.input, expected.weights].concat(), 3e-5);
}

/// Equal to within `tolerance` of the largest number.
fn assert_close(what: &str, found: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1e-3f64, |scale, x| scale.max(x.abs()));
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(*found) - expected).abs() / scale;
        assert!(error <= tolerance, "number {i} is {found} instead of {expected}: {what}");
    }
}

/// Steps on the unchosen side of a `select` add nothing, be they infinite or NaN.
#[test]
fn steps_that_an_answer_does_not_depend_on_add_nothing() {
    let steps = [Sum("log(x)"), Max("log(x)"), Look("log(x)")];
    let unchosen = cell(1, &[("a", Per::Layer)], &steps, "select(x > 4, a * s1 + s2 + s3, x)");
    let plan = Parts::new(Shape::map(1, 2, 2), vec![unchosen]).points(&TABLE).window(2, 2).plan();
    let (x, upstream) = ([-1.0, 0.0, 2.0, -3.0], [1.0, 2.0, 3.0, 4.0]);
    let (answers, slopes) = trained(&plan, &x, &[0.5], &upstream);
    assert_eq!((&answers[..], &slopes[..]), (&x[..], &[1.0, 2.0, 3.0, 4.0, 0.0][..]));
}

/// The largest elements of a window get its gradient in equal parts; NaN shows in the answer.
#[test]
fn extremes_share_out_their_gradient_and_show_nan() {
    let plan = Parts::new(Shape::vector(6), vec![cell(1, &[], &[Max("x")], "s1")]).window(1, 3).plan();
    let (answers, slopes) = trained(&plan, &[2.0, 2.0, 1.0, f32::NAN, 1.0, 0.0], &[], &[1.0; 6]);
    assert_eq!((&answers[..3], &slopes[..3]), (&[2.0; 3][..], &[1.5, 1.5, 0.0][..]));
    assert!(answers[3..].iter().all(|answer| answer.is_nan()), "{answers:?}");
}

#[test]
fn tables_go_on_outside_and_take_the_right_slope_at_breakpoints() {
    let plan = Parts::new(Shape::vector(7), vec![cell(1, &[], &[Look("x")], "s1")]).points(&TABLE).plan();
    let (answers, slopes) = trained(&plan, &[-2.5, -1.5, 0.0, 0.375, 2.0, 4.5, f32::NAN], &[], &[1.0; 7]);
    assert_eq!(answers[..6], [1.5, 0.25, 0.0, 1.0, 1.5, -1.0]);
    assert_eq!(slopes[..6], [-1.25, -1.25, 8.0 / 3.0, 8.0 / 3.0, -1.0, -1.0]);
    assert!(answers[6].is_nan());
    let line = Parts::new(Shape::vector(3), vec![cell(1, &[], &[Look("x")], "s1")]).points(&[[0.0, 1.0], [2.0, 2.0]]).plan();
    assert_eq!(trained(&line, &[-2.0, 1.0, 4.0], &[], &[1.0; 3]), (vec![0.0, 1.5, 3.0], vec![0.5; 3]));
}
