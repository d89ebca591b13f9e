//! Formulas: derivatives against finite differences, texts against what they came from, values against PyTorch, and the conventions
//! at ties, zeros, infinities and NaN.

mod common;

use common::compile;
use hetc_compiler::cells::Library;
use hetc_compiler::formula::{Binary, Builder, Formula, Node, NodeId, Unary};
use hetc_grammar::tree::CmpOp;
use proptest::prelude::*;

/// The formula of `act CELL`, or of `body` as the cell of a file.
fn cell(reference: &str) -> Formula {
    instance("", reference)
}

fn of(body: &str) -> Formula {
    instance(&format!("cell probe = {body}\n"), "probe")
}

fn instance(definitions: &str, reference: &str) -> Formula {
    let text = format!("{definitions}net n {{\n input 2\n act {reference}\n}}\n");
    let compilation = compile(&text);
    assert!(compilation.diagnostics.is_empty(), "{:#?}", compilation.diagnostics);
    compilation.nets[0].plan.as_ref().unwrap().cells[0].formula.clone()
}

/// The prelude's cells that are a formula of one value and nothing else.
fn plain_cells(library: &Library) -> Vec<(String, Formula)> {
    let formulas = library.names().into_iter().filter_map(|name| library.formula(&name).map(|formula| (name, formula)));
    formulas.filter(|(_, formula)| formula.inputs() == 1).collect()
}

fn read_back(formula: &Formula) -> Formula {
    formula.to_string().parse().unwrap_or_else(|error| panic!("{error}: {formula}"))
}

fn same_bits(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

const EDGES: [f64; 12] = [0.0, -0.0, 1.0, -1.0, 1e-300, -1e-300, 1e4, -1e4, f64::MAX, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];

// Derivatives ----------------------------------------------------------------------------------------------------------------------

/// The slope at `x` by central differences; `None` near a kink, or where rounding drowns it: two step widths disagree.
fn slope(formula: &Formula, x: f64) -> Option<f64> {
    let central = |h: f64| (formula.at(x + h) - formula.at(x - h)) / (2.0 * h);
    let (wide, narrow) = (central(2e-5), central(1e-5));
    let one_sided = (formula.at(x + 1e-5) - formula.at(x)) / 1e-5;
    let agree = |a: f64, b: f64, tolerance: f64| (a - b).abs() <= tolerance * (1.0 + a.abs());
    let values = formula.eval_nodes(&[x]);
    let large = values.iter().any(|value| !value.is_finite() || value.abs() > 1e5);
    // The root of nothing rises vertically, even where that nothing is the same all around.
    let vertical = formula.nodes().iter().any(|node| matches!(node, Node::Unary(Unary::Sqrt, a) if values[a.index()] == 0.0));
    (!large && !vertical && agree(wide, narrow, 1e-6) && agree(narrow, one_sided, 1e-2)).then_some(narrow)
}

fn check_slope(formula: &Formula, x: f64) -> bool {
    let Some(expected) = slope(formula, x) else { return false };
    let found = formula.derivative(0).at(x);
    assert!((found - expected).abs() <= 1e-5 * (1.0 + expected.abs()), "{found} is not {expected} at {x}: {formula}");
    true
}

#[test]
fn derivatives_of_the_prelude_match_finite_differences() {
    let library = Library::prelude();
    for (name, formula) in plain_cells(&library) {
        let checked = (-400..400).filter(|i| check_slope(&formula, f64::from(*i) * 0.0251 + 0.0007)).count();
        let least = if name == "renlu" { 350 } else { 700 }; // below 0 its logarithm has no value to compare
        assert!(checked > least, "{name}: only {checked} points were smooth");
    }
}

#[test]
fn gradient_holds_every_partial_derivative() {
    let mut b = Builder::new();
    let (u, v) = (b.input(0), b.input(1));
    let sigmoid = b.unary(Unary::Sigmoid, v);
    let root = b.mul(u, sigmoid);
    let formula = b.finish(&[root], 2);
    let gradient = formula.gradient();
    assert_eq!(gradient.roots().len(), 2);
    let nodes = gradient.eval_nodes(&[0.7, -1.3]);
    for (i, root) in gradient.roots().iter().enumerate() {
        assert_eq!(nodes[root.index()], formula.derivative(i as u8).eval(&[0.7, -1.3]));
    }
}

// Random formulas ------------------------------------------------------------------------------------------------------------------

#[derive(Debug, Clone)]
struct Step {
    op: u8,
    operands: [prop::sample::Index; 4],
    number: f64,
}

fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let number = prop::sample::select(vec![0.0, -0.0, 1.0, -1.0, 0.5, -0.3, 2.0, 3.0, 0.1, 7.5, 1e-3]);
    let operands = prop::array::uniform4(any::<prop::sample::Index>());
    let step = (any::<u8>(), operands, number).prop_map(|(op, operands, number)| Step { op, operands, number });
    prop::collection::vec(step, 1..most)
}

/// Each step applies an operation to what the steps before it made.
fn assemble(steps: &[Step]) -> Formula {
    let mut b = Builder::new();
    let mut made = vec![b.input(0)];
    for Step { op, operands, number } in steps {
        let [p, q, r, s]: [NodeId; 4] = operands.map(|index| made[index.index(made.len())]);
        let comparisons = [CmpOp::Lt, CmpOp::Le, CmpOp::Gt, CmpOp::Ge, CmpOp::Eq, CmpOp::Ne];
        let id = match op % 24 {
            i @ 0..12 => b.unary(Unary::ALL[usize::from(i)], p),
            12 => b.binary(Binary::Add, p, q),
            13 => b.binary(Binary::Sub, p, q),
            14 => b.binary(Binary::Mul, p, q),
            15 => b.binary(Binary::Div, p, q),
            16 => b.binary(Binary::Min, p, q),
            17 => b.binary(Binary::Max, p, q),
            18 => b.select(comparisons[usize::from(op / 24) % 6], p, q, r, s),
            19 => b.power(p, *number),
            20 => b.scale(*number, p),
            _ => b.constant(*number),
        };
        made.push(id);
    }
    let last = made[made.len() - 1];
    b.finish(&[last], 1)
}

/// Whether the language could say it: every number finite, no division by the number zero.
fn can_be_written(formula: &Formula) -> bool {
    let is_zero = |id: NodeId| formula.nodes()[id.index()] == Node::Const(0.0);
    !formula.nodes().iter().any(|node| match *node {
        Node::Const(value) => !value.is_finite(),
        Node::Binary(Binary::Div, _, divisor) => is_zero(divisor),
        _ => false,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_derivatives_match_finite_differences(steps in steps(14), x in -3.0..3.0f64) {
        check_slope(&assemble(&steps), x);
    }

    #[test]
    fn random_formulas_read_back_as_they_were(steps in steps(60), x in -50.0..50.0f64) {
        let formula = assemble(&steps);
        prop_assume!(can_be_written(&formula));
        let again = read_back(&formula);
        prop_assert_eq!(&again, &formula, "{}", formula);
        for x in EDGES.into_iter().chain([x]) {
            prop_assert!(same_bits(again.at(x), formula.at(x)), "at {}: {}", x, formula);
        }
    }

    #[test]
    fn nodes_are_in_order_and_different(steps in steps(60)) {
        // Two kinds of NaN would print alike.
        for formula in [assemble(&steps), assemble(&steps).derivative(0)].into_iter().filter(can_be_written) {
            for (i, node) in formula.nodes().iter().enumerate() {
                let mut operands = hetc_compiler::formula::build::operands(*node);
                prop_assert!(operands.all(|operand| operand.index() < i));
            }
            let texts: std::collections::BTreeSet<String> = formula.nodes().iter().map(|node| format!("{node:?}")).collect();
            prop_assert_eq!(texts.len(), formula.nodes().len());
        }
    }
}

#[test]
fn deep_and_long_formulas_read_back() {
    let mut b = Builder::new();
    let mut deep = b.input(0);
    for _ in 0..300 {
        let half = b.scale(0.5, deep);
        deep = b.unary(Unary::Tanh, half);
    }
    let mut long = b.input(0);
    for i in 0..800 {
        let number = b.constant(f64::from(i) + 0.5);
        let shifted = b.add(deep, number);
        let term = b.unary(Unary::Sin, shifted);
        long = b.add(long, term);
    }
    let formula = b.finish(&[long], 1);
    assert_eq!(read_back(&formula), formula);
}

#[test]
fn prelude_reads_back_as_it_was() {
    let library = Library::prelude();
    for (name, formula) in plain_cells(&library) {
        assert_eq!(read_back(&formula), formula, "{name}");
        for x in EDGES {
            assert!(same_bits(read_back(&formula).at(x), formula.at(x)), "{name} at {x}");
        }
    }
}

#[test]
fn texts_that_are_no_formulas_are_refused() {
    for text in
        ["", "x +", "y", "t1 = x", "x; ", "1 / 0", "log(0)", "x > 0", "f(x)", "swish(x)", "((((", "t1 = x; t2", "x = 2; x"]
    {
        assert!(text.parse::<Formula>().is_err(), "{text}");
    }
}

#[test]
fn texts_of_more_inputs_read_back() {
    let texts = [
        "x1, x2 -> x1 * logistic(x2)",
        "x1, x2, x3 -> 2 * x3",
        "x1, x2 -> t1 = exp(x1); t1 / (t1 + x2)",
        "x1, x2 -> select(x1 > x2, x1, -x2)",
    ];
    for text in texts {
        let formula: Formula = text.parse().unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(read_back(&formula), formula, "{text}");
        let toml: std::collections::BTreeMap<String, Formula> = toml::from_str(&format!("f = \"{text}\"")).unwrap();
        assert_eq!(toml["f"], formula);
    }
    assert_eq!("x1, x2, x3 -> 2 * x3".parse::<Formula>().unwrap().to_string(), "x1, x2, x3 -> 2 * x3");
    let names: Vec<String> = (1..=64).map(|i| format!("x{i}")).collect();
    let widest: Formula = format!("{} -> x64 - x1", names.join(", ")).parse().unwrap();
    assert_eq!((widest.inputs(), read_back(&widest) == widest), (64, true));
    let long = widest.gradient();
    assert_eq!(long.roots().len(), 64);
}

#[test]
fn headers_that_are_none_are_refused() {
    let names: Vec<String> = (1..=65).map(|i| format!("x{i}")).collect();
    let too_many = format!("{} -> x1", names.join(", "));
    let texts = [
        too_many.as_str(),
        "x -> x",
        "x1 -> x1",
        "-> x",
        "x2, x1 -> x1",
        "x1, x3 -> x1",
        "u, v -> u",
        "x1, x2 x1",
        "x1, x2, -> x1",
        "x1, x2 -> x",
        "x1, x2 -> x3",
        "x1, x2 -> x1 = x2; x1",
        "x1, x2 -> x1, x2 -> x1",
        "x1 + x2",
    ];
    for text in texts {
        assert!(text.parse::<Formula>().is_err(), "{text}");
    }
}

// Values ---------------------------------------------------------------------------------------------------------------------------

#[test]
fn values_and_slopes_are_those_of_pytorch() {
    let oracle: serde_json::Value = serde_json::from_str(include_str!("oracle/counts.json")).unwrap();
    let numbers = |value: &serde_json::Value| value.as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect::<Vec<f64>>();
    let points = numbers(&oracle["points"]);
    for (name, expected) in oracle["functions"].as_object().unwrap() {
        let formula = cell(name);
        let readings = [(formula.clone(), numbers(&expected["value"])), (formula.derivative(0), numbers(&expected["slope"]))];
        for (formula, expected) in readings {
            for (x, y) in points.iter().zip(expected) {
                let found = formula.at(*x);
                let error = (found - y).abs();
                // PyTorch's softplus is the identity above 20.
                assert!(
                    error <= 1e-13 + 1e-12 * y.abs() || name == "softplus" && error < 1e-8,
                    "{name} at {x}: {found}, not {y}"
                );
            }
        }
    }
}

#[test]
fn conventions_at_ties() {
    assert_eq!(cell("relu").derivative(0).at(0.0), 0.0);
    assert_eq!(of("abs(x)").derivative(0).at(0.0), 0.0);
    assert_eq!(of("max(2 * x, 3 * x)").derivative(0).at(0.0), 3.0); // the second, unless the first is larger
    assert_eq!(of("min(2 * x, 3 * x)").derivative(0).at(0.0), 3.0);
    assert_eq!(of("select(x >= 0, 2 * x, 5)").derivative(0).at(0.0), 2.0);
    assert_eq!(cell("step").derivative(0).at(0.0), 0.0);
    assert_eq!(cell("elu").derivative(0).at(0.0), 1.0);
}

#[test]
fn not_a_number_stays_not_a_number() {
    for body in ["max(x, 0)", "min(x, 0)", "max(0, x)", "abs(x)", "tanh(x)", "x * 0", "logistic(x)"] {
        assert!(of(body).at(f64::NAN).is_nan(), "{body}");
    }
    assert_eq!(of("select(x > 0, 1, 2)").at(f64::NAN), 2.0);
    assert_eq!(of("select(x != 0, 1, 2)").at(f64::NAN), 1.0);
}

#[test]
fn infinities_and_zeros() {
    let (up, down) = (f64::INFINITY, f64::NEG_INFINITY);
    assert_eq!((cell("relu").at(up), cell("relu").at(down)), (up, 0.0));
    assert_eq!((cell("sigmoid").at(up), cell("sigmoid").at(down)), (1.0, 0.0));
    assert_eq!((cell("softplus").at(up), cell("softplus").at(down)), (up, 0.0));
    assert_eq!((cell("ptanh(2)").at(up), cell("ptanh(2)").at(down)), (1.0, -1.0));
    assert_eq!((cell("elu").at(up), cell("elu").at(down)), (up, -1.0));
    assert_eq!(cell("renlu(0.5)").at(0.0), 0.0);
    assert!(of("x").at(-0.0).is_sign_negative());
    assert!(of("-x").at(0.0).is_sign_negative());
    assert!(of("tanh(x)").at(-0.0).is_sign_negative());
}

/// What the compiler does to a formula on the way in shows in its text.
#[test]
fn rewriting() {
    assert_eq!(of("1 / (1 + exp(-x))").to_string(), "logistic(x)");
    assert_eq!(of("1 / (exp(-2 * x) + 1)").to_string(), "logistic(2 * x)");
    assert_eq!(of("x / (1 + exp(x))").to_string(), "x * logistic(-x)");
    assert_eq!(cell("swish(7.5)").to_string(), "x * logistic(7.5 * x)");
    assert_eq!(cell("ptanh(1)").to_string(), "tanh(x)");
}

#[test]
fn the_logistic_function_does_not_overflow() {
    for body in ["1 / (1 + exp(-x))", "x / (1 + exp(-7.5 * x))", "x * sigmoid(x)"] {
        let formula = of(body);
        let slope = formula.derivative(0);
        for x in [-1000.0, -750.0, -40.0, 0.0, 40.0, 750.0, 1000.0] {
            assert!(formula.at(x).is_finite() && slope.at(x).is_finite(), "{body} at {x}");
        }
    }
    assert_eq!(of("1 / (1 + exp(-x))").at(1000.0), 1.0);
    assert_eq!(of("1 / (1 + exp(-x))").at(-1000.0), 0.0);
}

#[test]
fn powers() {
    assert_eq!(of("x^3").at(-2.0), -8.0);
    assert_eq!(of("x^-2").at(4.0), 0.0625);
    assert_eq!(of("x^0.5").at(9.0), 3.0);
    assert_eq!(of("-x^2").at(3.0), -9.0);
    assert_eq!(of("2^3^2 * x").at(1.0), 512.0);
    assert!((of("x^1.5").at(4.0) - 8.0).abs() < 1e-12);
}

// Powers and single precision ------------------------------------------------------------------------------------------------------

#[test]
fn powers_have_a_slope_where_their_base_is_zero() {
    for (body, slopes) in [
        ("max(x, 0)^1.5", [0.0, 0.0, 0.0, 1.5]),
        ("max(x, 0)^2.2", [0.0, 0.0, 0.0, 2.2]),
        ("abs(x)^1.5", [-1.5, -1.5 * 0.5f64.sqrt(), 0.0, 1.5]),
        ("exp(1.5 * log(max(x, 0)))", [0.0, 0.0, 0.0, 1.5]),
        ("exp(log(max(x, 0)))", [0.0, 0.0, 0.0, 1.0]),
    ] {
        let slope = of(body).derivative(0);
        for (x, expected) in [-1.0, -0.5, 0.0, 1.0].into_iter().zip(slopes) {
            assert!((slope.at(x) - expected).abs() < 1e-12, "{body} at {x}: {} is not {expected}: {slope}", slope.at(x));
        }
    }
}

#[test]
fn factors_are_folded_only_where_single_precision_holds_them() {
    assert_eq!(of("1e30 * (1e30 * x)").to_string(), "1e30 * (1e30 * x)");
    assert_eq!(of("1e-30 * (1e-30 * x)").to_string(), "1e-30 * (1e-30 * x)");
    assert_eq!(of("2 * (3 * x)").to_string(), "6 * x");
    assert_eq!(of("x / 1e38").to_string(), "x / 1e38");
    assert_eq!(of("x / 4").to_string(), "0.25 * x");
}
