//! Cells by kernels and by tensor operations against the formula's own evaluation in f64.

mod common;
#[path = "../kernels/tests/common/mod.rs"]
mod prelude;

use common::{Stack, formula};
use hetc_compiler::formula::{Binary, Builder, Formula, Unary};
use hetc_compiler::layout::Layout;
use hetc_compiler::shape::Shape;
use hetc_grammar::tree::CmpOp;
use hetc_kernels::oracle;
use hetc_runtime::Warning;
use hetc_engine::op::Look;
use hetc_runtime::network::{Hardware, Network};
use hetc_runtime::params::Weights;

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

/// Largest error of f32 tensor operations and kernels, in parts of the value.
const TOLERANCE: f64 = 2e-6;

/// How much further than the kernels' own bound the tensor operations may be off.
const ROOM: f64 = 4.0;

fn answers(formula: &Formula, kernels: bool) -> (Vec<f32>, Vec<Warning>) {
    answers_at(formula, &POINTS, kernels)
}

fn answers_at(formula: &Formula, points: &[f32], kernels: bool) -> (Vec<f32>, Vec<Warning>) {
    let plan = Stack::new(Shape::vector(points.len())).act(Layout::default(), &[("cell", formula.clone())]).plan("Cell");
    let (mut net, warnings) = Network::new(&plan, kernels, Hardware::cpu());
    let nothing = Weights { params: Vec::new(), state: Vec::new() };
    (net.infer(&nothing, points, Look { seed: 0, batch: 0 }), warnings)
}

fn assert_agrees(what: &str, formula: &Formula) {
    for kernels in [false, true] {
        let (answers, warnings) = answers(formula, kernels);
        assert_eq!(warnings, [], "{what}");
        for (x, found) in POINTS.iter().zip(answers) {
            let expected = formula.at(f64::from(*x)) as f32;
            let close = f64::from((found - expected).abs()) <= TOLERANCE * f64::from(expected.abs()) + 1e-37;
            let same = found == expected || (found.is_nan() && expected.is_nan());
            assert!(same || close, "{what} at {x}, kernels {kernels}: {found} instead of {expected}");
        }
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

/// Every cell of the prelude, both readings, within what f32 arithmetic may make of its formula.
#[test]
fn every_prelude_cell_agrees_with_its_formula() {
    let grid: Vec<f32> = (-600..=600).map(|i| i as f32 * 0.02).chain(POINTS).collect();
    for (name, cell) in prelude::prelude_cells() {
        for formula in [cell.clone(), cell.derivative(0)] {
            for kernels in [false, true] {
                let (found, warnings) = answers_at(&formula, &grid, kernels);
                assert_eq!(warnings, [], "{name}");
                for (x, found) in grid.iter().zip(found) {
                    let exact = formula.at(f64::from(*x)) as f32;
                    let admitted = oracle::evaluate(&formula, *x).is_some_and(|bounded| bounded.admits(found, ROOM));
                    let same = found == exact || (found.is_nan() && exact.is_nan());
                    assert!(same || admitted, "{name} at {x}, kernels {kernels}: {found} instead of {exact}\n{formula}");
                }
            }
        }
    }
}

#[test]
fn cells_too_large_to_compile_fall_back_and_say_so() {
    let tower = formula(|b, x| (0..1900).fold(x, |y, _| b.unary(Unary::Sin, y)));
    let (by_tensors, warnings) = answers(&tower, true);
    assert!(matches!(&warnings[..], [Warning::KernelsUnavailable { layer, .. }] if layer == "act1"), "{warnings:?}");
    assert_eq!(by_tensors[..18], answers(&tower, false).0[..18]);
}
