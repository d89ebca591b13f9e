//! Whole formulas, forward and backward, against the f64 evaluator with its error bound.
#![allow(clippy::unwrap_used)]

mod common;

use common::{compile, formula, prelude_cells, typical_cells};
use hetc_compiler::formula::{Binary, Builder, Formula, NodeId, Unary};
use hetc_grammar::tree::CmpOp;
use hetc_kernels::{Array, Lanes, Options, SiteCompiler, SiteProgram, backward, oracle};
use proptest::prelude::*;

/// Room for the second order, which the bound leaves out.
const FACTOR: f64 = 1.1;

/// A grid with every size of number, and the neighbourhood of 0 and of usual kinks.
fn grid() -> Vec<f32> {
    let linear = (-3000..=3000).map(|i| i as f32 * 0.01);
    let sizes = (-1490..=1270).flat_map(|i| [1.0, -1.0].map(|sign| sign * 2f64.powf(f64::from(i) / 10.0) as f32));
    let special = [0.0, -0.0, 1.0, -1.0, 3.0, -3.0, f32::MIN_POSITIVE, -f32::MIN_POSITIVE, f32::from_bits(1)];
    linear.chain(sizes).chain(special).collect()
}

/// Checks both passes at `xs`; returns how many of the results the oracle could judge.
fn check(name: &str, cell: &Formula, options: &Options, xs: &[f32]) -> usize {
    let kernels = compile(cell, options);
    let slope = cell.derivative(0);
    let mut judged = 0;
    let dy: Vec<f32> = (0..xs.len()).map(|i| [1.0, -0.375, 3.1][i % 3]).collect();
    let (y, dx) = (kernels.forward(xs), kernels.backward(xs, &dy));
    for (i, x) in xs.iter().enumerate() {
        if let Some(bounded) = oracle::evaluate(cell, *x) {
            assert!(bounded.admits(y[i], FACTOR), "{name} at {x:e}: {:e}, not {bounded:?}\n{cell}", y[i]);
            judged += 1;
        }
        if let Some(bounded) = oracle::evaluate(&slope, *x).and_then(|slope| slope.times(dy[i])) {
            assert!(bounded.admits(dx[i], FACTOR), "{name}' at {x:e}: {:e}, not {bounded:?}\n{slope}", dx[i]);
            judged += 1;
        }
    }
    judged
}

#[test]
fn typical_cells_keep_their_bounds() {
    let xs = grid();
    for (name, cell) in typical_cells() {
        for fused in [true, false] {
            let judged = check(name, &cell, &Options { fused, ..Options::default() }, &xs);
            assert!(judged > xs.len(), "{name}: only {judged} of {} results were judged", 2 * xs.len());
        }
    }
}

#[test]
fn every_prelude_cell_keeps_its_bounds() {
    let xs = grid();
    let cells = prelude_cells();
    assert!(cells.len() > 20);
    for (name, cell) in cells {
        let judged = check(&name, &cell, &Options::default(), &xs);
        assert!(judged > xs.len(), "{name}: only {judged} of {} results were judged", 2 * xs.len());
    }
}

/// Where the oracle says nothing: values and slopes at the ends of the numbers are those of the f64 evaluator.
#[test]
fn every_prelude_cell_at_the_ends_of_the_numbers() {
    let xs = [0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN];
    for (name, cell) in prelude_cells() {
        let kernels = compile(&cell, &Options::default());
        let (y, dx) = (kernels.forward(&xs), kernels.backward(&xs, &[1.0; 5]));
        for (i, x) in xs.iter().enumerate() {
            for (what, found, formula) in [("", y[i], &cell), ("'", dx[i], &cell.derivative(0))] {
                let exact = formula.at(f64::from(*x)) as f32;
                let same = (found.is_nan() && exact.is_nan()) || (found - exact).abs() <= 1e-6 * exact.abs() || found == exact;
                assert!(same, "{name}{what}({x}) = {found}, not {exact}");
            }
        }
    }
}

#[test]
fn slopes_are_those_of_the_formula() {
    const H: f64 = 1e-6;
    let xs: Vec<f32> = (-400..400).map(|i| (i as f32 + 0.37) * 0.021).collect();
    for (name, cell) in typical_cells() {
        let dx = compile(&cell, &Options::default()).backward(&xs, &vec![1.0; xs.len()]);
        for (x, dx) in xs.iter().zip(dx) {
            let x = f64::from(*x);
            let difference = (cell.at(x + H) - cell.at(x - H)) / (2.0 * H);
            assert!(
                (f64::from(dx) - difference).abs() < 2e-6 * (1.0 + difference.abs()),
                "{name}' at {x}: {dx}, not {difference}"
            );
        }
    }
}

#[test]
fn infinities_and_nan_go_through() {
    let xs = [f32::INFINITY, f32::NEG_INFINITY, f32::NAN, -f32::NAN];
    for (name, cell) in typical_cells() {
        let y = compile(&cell, &Options::default()).forward(&xs);
        for (x, y) in xs.iter().zip(y) {
            let exact = cell.at(f64::from(*x)) as f32;
            assert!(y == exact || (y.is_nan() && exact.is_nan()), "{name}({x}) = {y}, not {exact}");
        }
    }
}

#[test]
fn extremes_give_nan_if_either_side_is() {
    // One side is NaN below 0, the other above.
    for op in [Binary::Min, Binary::Max] {
        let cell = formula(|b, x| {
            let minus = b.neg(x);
            let (p, q) = (b.unary(Unary::Sqrt, x), b.unary(Unary::Sqrt, minus));
            b.binary(op, p, q)
        });
        let xs = [-2.0, -1.0, 0.0, 1.0, 2.0, f32::NAN];
        let y = compile(&cell, &Options::default()).forward(&xs);
        assert!(y.iter().map(|y| y.is_nan()).eq([true, true, false, true, true, true]), "{y:?}");
    }
}

#[test]
fn gradients_multiply_as_numbers_do() {
    let relu = &typical_cells()[4].1;
    let dy = [f32::INFINITY, f32::NAN, 2.0, f32::INFINITY];
    let dx = compile(relu, &Options::default()).backward(&[-1.0, -1.0, -1.0, 1.0], &dy);
    assert!(dx[0].is_nan() && dx[1].is_nan());
    assert_eq!(dx[2..], [0.0, f32::INFINITY]);
}

#[test]
fn both_logistic_functions_of_an_argument_are_complements() {
    let pairs = [
        formula(|b, x| {
            let (u, v) = (b.scale(2.5, x), b.scale(-2.5, x));
            let (p, q) = (b.unary(Unary::Sigmoid, u), b.unary(Unary::Sigmoid, v));
            b.sub(p, q)
        }),
        formula(|b, x| {
            let square = b.mul(x, x);
            let (u, v) = (b.sub(x, square), b.sub(square, x));
            let (p, q) = (b.unary(Unary::Sigmoid, v), b.unary(Unary::Sigmoid, u));
            b.sub(p, q)
        }),
    ];
    for (i, cell) in pairs.iter().enumerate() {
        check(["scaled", "difference"][i], cell, &Options::default(), &grid());
    }
}

/// One step in building a random formula: an operation on earlier nodes.
#[derive(Debug, Clone)]
enum Step {
    Constant(f64),
    Unary(Unary, usize),
    Binary(Binary, usize, usize),
    Select(CmpOp, usize, usize, usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let node = || any::<u16>().prop_map(usize::from);
    let binary = prop::sample::select(vec![Binary::Add, Binary::Sub, Binary::Mul, Binary::Div, Binary::Min, Binary::Max]);
    let compare = prop::sample::select(vec![CmpOp::Lt, CmpOp::Le, CmpOp::Gt, CmpOp::Ge, CmpOp::Eq, CmpOp::Ne]);
    prop_oneof![
        2 => (-8.0..8.0f64).prop_map(Step::Constant),
        5 => (prop::sample::select(Unary::ALL.to_vec()), node()).prop_map(|(op, a)| Step::Unary(op, a)),
        5 => (binary, node(), node()).prop_map(|(op, a, b)| Step::Binary(op, a, b)),
        1 => (compare, node(), node(), node(), node()).prop_map(|(op, a, b, t, o)| Step::Select(op, a, b, t, o)),
    ]
}

/// Of `inputs` inputs; the results are the last nodes.
fn build(steps: &[Step], inputs: u8, roots: usize) -> Formula {
    let mut b = Builder::new();
    let mut nodes: Vec<NodeId> = (0..inputs).map(|i| b.input(i)).collect();
    for step in steps {
        // Later nodes more often, so that formulas grow deep.
        let at = |k: usize| nodes[nodes.len() - 1 - k % nodes.len().min(4)];
        let id = match *step {
            Step::Constant(c) => b.constant(c),
            Step::Unary(op, a) => b.unary(op, at(a)),
            Step::Binary(op, p, q) => b.binary(op, at(p), at(q)),
            Step::Select(op, p, q, t, o) => b.select(op, at(p), at(q), at(t), at(o)),
        };
        nodes.push(id);
    }
    nodes.reverse();
    let roots: Vec<NodeId> = nodes.iter().copied().cycle().take(roots).collect();
    b.finish(&roots, inputs)
}

/// Checks every root of a formula of several inputs, all at the places of element `i` of each input.
fn check_program(formula: &Formula, options: &Options, inputs: &[Vec<f32>]) {
    let mut compiler = SiteCompiler::new(options).unwrap();
    compiler.add(&SiteProgram::plain(formula.clone())).unwrap();
    let kernel = compiler.finish().unwrap().remove(0);
    let given: Vec<Vec<Lanes>> = inputs.iter().map(|numbers| common::vectors(numbers)).collect();
    let mut results = vec![vec![Lanes::all(f32::NAN); given[0].len()]; formula.roots().len()];
    let read = given.iter().map(|vectors| Array::Read(vectors));
    let mut arrays: Vec<Array> = read.chain(results.iter_mut().map(|vectors| Array::Write(vectors))).collect();
    kernel.run_range(&mut arrays, 0..given[0].len());
    for i in 0..inputs[0].len() {
        let at: Vec<f32> = inputs.iter().map(|numbers| numbers[i]).collect();
        for (root, bounded) in oracle::evaluate_all(formula, &at).into_iter().enumerate() {
            let found = hetc_kernels::lanes::floats(&results[root])[i];
            assert!(
                bounded.is_none_or(|bounded| bounded.admits(found, FACTOR)),
                "root {root} at {at:?}: {found:e}, not {bounded:?}\n{formula}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_formulas_keep_their_bounds(
        steps in prop::collection::vec(step(), 1..14),
        xs in prop::collection::vec(prop_oneof![-4.0..4.0f32, -100.0..100.0f32, any::<f32>()], 40),
        fused in any::<bool>(),
    ) {
        check("random", &build(&steps, 1, 1), &Options { fused, ..Options::default() }, &xs);
    }

    #[test]
    fn random_formulas_of_several_inputs_keep_their_bounds(
        steps in prop::collection::vec(step(), 1..14),
        inputs in prop::collection::vec(prop::collection::vec(-4.0..4.0f32, 20), 1..5),
        roots in 1..4usize,
        fused in any::<bool>(),
    ) {
        let options = Options { fused, ..Options::default() };
        let formula = build(&steps, inputs.len() as u8, roots);
        check_program(&formula, &options, &inputs);
        let dy = vec![-0.375; 20];
        check_program(&backward(&build(&steps, inputs.len() as u8, 1)), &options, &[&inputs[..], &[dy]].concat());
    }
}
