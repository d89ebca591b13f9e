//! Learned cells taken out of their networks: tables, polynomials, networks with a polynomial in the place of a function.

mod common;

use common::{plan, some_weights};
use hetc_engine::Engine;
use hetc_engine::op::Look;
use hetc_engine::params::{Table, Weights};
use hetc_exchange::cells::{Learned, NotAlone, fit, grid, replace};

const SPEC: &str = "
inner g = mlp[8] hidden=tanh
inner h = mlp[5] hidden=tanh args=2
cell bent = sin(x) + 0.2 * g(x)
cell pair[u, v] = u + h(v, u) * h(u, u) + g(v)
cell slope(a = learn 0.5 per net) = a * x
net n {; input 6; dense 12; act pair; dense 8; act bent|slope layout block; dense 4; }
";

/// By hand, from the tensors' numbers.
fn by_hand(weights: &Weights, table: &Table, name: &str, x: &[f32]) -> f64 {
    let of = |part: &str| {
        let entry = table.params.iter().find(|entry| entry.name == format!("{name}.{part}")).expect("a tensor");
        weights.params[entry.range.clone()].to_vec()
    };
    let (w1, b1, w2, b2) = (of("weight1"), of("bias1"), of("weight2"), of("bias2"));
    let hidden = |unit: usize| {
        let sum: f64 = x.iter().enumerate().map(|(input, x)| f64::from(w1[unit * x_len(&w1, &b1) + input]) * f64::from(*x)).sum();
        (sum + f64::from(b1[unit])).tanh()
    };
    (0..b1.len()).map(|unit| f64::from(w2[unit]) * hidden(unit)).sum::<f64>() + f64::from(b2[0])
}

fn x_len(weight: &[f32], bias: &[f32]) -> usize {
    weight.len() / bias.len()
}

#[test]
fn functions_and_cells_answer_by_themselves() {
    let plan = plan(SPEC);
    let (weights, table) = (some_weights(&plan), Table::of(&plan));
    let at = |name: &str, x: &[f64]| Learned::of(&plan, &weights, name).expect("a cell").at(x);
    for x in [-3.0f32, 0.0, 0.7] {
        let g = by_hand(&weights, &table, "g", &[x]);
        assert!((at("g", &[x.into()]) - g).abs() < 1e-12);
        assert!((at("bent", &[x.into()]) - (f64::from(x).sin() + 0.2 * g)).abs() < 1e-12);
        assert!((at("h", &[x.into(), 2.0]) - by_hand(&weights, &table, "h", &[x, 2.0])).abs() < 1e-12);
    }
    let slope = table.params.iter().find(|entry| entry.name == "slope(0.5).a").expect("a tensor");
    assert_eq!(at("slope", &[2.0]), 2.0 * f64::from(weights.params[slope.range.start]));
}

#[test]
fn what_is_no_function_is_refused() {
    let plan = plan("net n {; input 2x4x4; window nelu 2x2; conv 4 1x1; act prelu; dense 3; }");
    let refused = |name: &str| Learned::of(&plan, &some_weights(&plan), name).unwrap_err();
    assert_eq!(refused("nelu(0.1)"), NotAlone::Window { name: "nelu(0.1)".to_string() });
    assert!(matches!(refused("prelu(0.25)"), NotAlone::Many { .. }));
    assert_eq!(
        refused("f").to_string(),
        "the network has no cell and no learned function `f`; it has `nelu(0.1)`, `prelu(0.25)`"
    );
}

/// A table is read back by the language, and its network answers like the cell on the grid's points.
#[test]
fn a_table_is_a_cell_of_another_network() {
    let source = plan(SPEC);
    let weights = some_weights(&source);
    let learned = Learned::of(&source, &weights, "bent").expect("a cell");
    let text = learned.table(-5.0, 5.0, 101, "for a test");
    let points = hetc_compiler::cells::parse_table(&text).expect("a table");
    assert_eq!(points.len(), 101);
    assert_eq!((points[0][0], points[100][0]), (-5.0, 5.0));
    for [x, y] in points {
        assert!((learned.at(&[x]) - y).abs() < 1e-6);
    }
}

#[test]
fn polynomials_are_found_again() {
    let points: Vec<Vec<f64>> =
        grid(-5.0, 5.0, 21).flat_map(|x| grid(-4.0, 5.0, 19).map(move |y| vec![x.into(), y.into()])).collect();
    let quadratic = |p: &[f64]| 0.5 * p[0] * p[0] - 2.0 * p[0] * p[1] + 0.25 * p[1] * p[1] + 3.0 * p[0] - p[1] + 0.125;
    let found = fit(2, 2, &points, quadratic).expect("a fit");
    let coefficients: Vec<f64> = found.terms.iter().map(|(_, coefficient)| *coefficient).collect();
    for (found, expected) in coefficients.iter().zip([0.5, -2.0, 0.25, 3.0, -1.0, 0.125]) {
        assert!((found - expected).abs() < 1e-10, "{coefficients:?}");
    }
    assert!(found.mean_squared_error < 1e-20 && found.cosine_distance.expect("a distance").abs() < 1e-12);
    assert_eq!(found.terms[1].0, [1, 1]);
    assert!(fit(2, 2, &points[..5], quadratic).is_none(), "five points do not determine six numbers");
    let line: Vec<Vec<f64>> = grid(0.0, 1.0, 50).map(|x| vec![x.into(), x.into()]).collect();
    assert!(fit(2, 2, &line, quadratic).is_none(), "points of a line do not either");
}

/// numpy 2.4.6: `numpy.polyfit(x, numpy.sin(x), 3)` with `x = numpy.linspace(-2, 2, 41)`, and the mean squared residual.
#[test]
fn a_fit_is_numpys() {
    let points: Vec<Vec<f64>> = (0..41).map(|i| vec![-2.0 + 0.1 * f64::from(i)]).collect();
    let found = fit(1, 3, &points, |x| x[0].sin()).expect("a fit");
    let expected = [-0.13140882355893227, 2.216346521330576e-16, 0.9694188727031908, -7.56237541118856e-17];
    for ((_, found), expected) in found.terms.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }
    assert!((found.mean_squared_error - 9.344349570164682e-05).abs() < 1e-12);
}

/// What is written as a definition is the same function again.
#[test]
fn a_definition_is_read_back() {
    let points: Vec<Vec<f64>> = (0..40).map(|i| vec![f64::from(i % 7) - 3.0, f64::from(i % 5), f64::from(i % 3)]).collect();
    let found = fit(3, 2, &points, |p| p[0] * p[1] - 1e-7 * p[2] - 3e5).expect("a fit");
    let text = format!("{}net n {{; input 9; act f; dense 2; }}", found.definition("f"));
    let cell = &plan(&text).cells[0];
    for point in &points {
        let (a, b) = (cell.formula.eval(point), found.at(point));
        assert!((a - b).abs() <= 1e-6 * b.abs().max(1.0), "{text}: {a} is not {b}");
        assert!((found.formula().eval(point) - b).abs() <= 1e-9 * b.abs().max(1.0));
    }
}

/// A function in the place of which stands the function itself, as a formula, changes nothing; the other one stays.
#[test]
fn a_replaced_function_is_gone_and_nothing_else() {
    let spec = SPEC.replace("inner h = mlp[5] hidden=tanh args=2", "inner h = mlp[5] hidden=square args=2\ncell square = x * x");
    let plan = plan(&spec);
    let weights = some_weights(&plan);
    let learned = Learned::of(&plan, &weights, "h").expect("a function");
    let points: Vec<Vec<f64>> =
        grid(-3.0, 3.0, 9).flat_map(|x| grid(-3.0, 3.0, 9).map(move |y| vec![x.into(), y.into()])).collect();
    let polynomial = fit(2, 2, &points, |x| learned.at(x)).expect("a fit"); // squares of sums are quadratic
    assert!(polynomial.mean_squared_error < 1e-12);
    let after = replace(&plan, &weights, "h", &polynomial.formula()).expect("a function");
    after.plan.verify().expect("a plan");
    assert_eq!(after.plan.functions.len(), 1);
    assert_eq!(after.plan.params, plan.params - plan.functions.iter().find(|f| f.name == "h").expect("h").params);
    let input: Vec<f32> = common::noise("input", 5 * 6);
    let infer = |plan, weights| Engine::new(plan, 1, true).0.infer(weights, &input, Look { seed: 0, batch: 0 });
    for (before, after) in infer(&plan, &weights).iter().zip(infer(&after.plan, &after.weights)) {
        assert!((before - after).abs() < 1e-4 * before.abs().max(1.0), "{before} became {after}");
    }
    assert!(replace(&plan, &weights, "f", &polynomial.formula()).is_none());
}
