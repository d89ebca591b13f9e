//! Cells: what definitions become, what is wrong with them, and what they answer.

mod common;

use hetc_compiler::cells::answer::{Called, Weights, answer, gradient, placement_answer, placement_gradient};
use hetc_compiler::cells::{Catalogue, Kind, Library};
use hetc_compiler::diag::{Diagnostic, Findings};
use hetc_compiler::layout::Layout;
use hetc_compiler::plan::{Cell, Layer, Op, PLAN_VERSION, Placement, Plan, Share, Step, WeightPart, Word};
use hetc_compiler::shape::Shape;
use hetc_grammar::span::SourceId;
use hetc_grammar::tree::{CellRef, ValueKind};
use std::fmt::Write;

const SOURCE: SourceId = SourceId(1);

/// The prelude, the items of `text`, and tables from `files`.
fn library(text: &str, files: &[(&str, &str)]) -> (Library, Vec<Diagnostic>) {
    let parsed = hetc_grammar::parse(SOURCE, text);
    assert!(parsed.errors.is_empty(), "{:#?}\n{text}", parsed.errors);
    let mut library = Library::prelude();
    let mut findings = Findings::default();
    let mut open = |path: &hetc_grammar::tree::Text| {
        let found = files.iter().find(|(name, _)| *name == path.node);
        found.map(|(_, text)| text.to_string()).ok_or("there is no such file".to_string())
    };
    library.add(&parsed.file.items, &mut open, &mut findings);
    (library, findings.into_sorted())
}

fn references(text: &str) -> Vec<CellRef> {
    let (value, errors) = hetc_grammar::parse_value(SOURCE, text);
    match value.map(|value| value.node) {
        Some(ValueKind::Cells(cells)) if errors.is_empty() => cells,
        _ => panic!("{text} is no cell"),
    }
}

/// The catalogue that `mix` makes, and the index of each of its cells.
fn instances(library: &Library, mix: &str) -> (Catalogue, Vec<usize>) {
    let (mut catalogue, mut findings) = (Catalogue::default(), Findings::default());
    let cells = references(mix).iter().map(|cell| library.instantiate(cell, &mut catalogue, &mut findings)).collect();
    let cells: Option<Vec<usize>> = cells;
    (catalogue, cells.unwrap_or_else(|| panic!("{:#?}", findings.into_sorted())))
}

fn sound(text: &str, files: &[(&str, &str)]) -> Library {
    let (library, found) = library(text, files);
    assert!(found.is_empty(), "{found:#?}\n{text}");
    library
}

/// A cell as text: a line a step, then the formula.
fn text_of(cell: &Cell, catalogue: &Catalogue) -> String {
    let mut out = String::new();
    for trained in &cell.trained {
        let _ = writeln!(out, "{} from {} per {:?}", trained.name, trained.start, trained.per);
    }
    for step in &cell.steps {
        let _ = match step {
            Step::Reduce { by, of } => writeln!(out, "{by:?} {of}"),
            Step::Call { function, of } => {
                let of: Vec<String> = of.iter().map(ToString::to_string).collect();
                writeln!(out, "{}({})", catalogue.functions[*function].name, of.join("; "))
            }
            Step::Lookup { table, of } => writeln!(out, "{}[{of}]", catalogue.tables[*table].name),
        };
    }
    out + &cell.formula.to_string()
}

// What definitions become ------------------------------------------------------------------------------------------------------------

#[test]
fn definitions_become_steps_and_formulas() {
    let cases = [
        ("cell f[u, v] = u * sigmoid(v)", "x1, x2 -> x1 * logistic(x2)"),
        ("cell f[u, v, w] = glu(w, u) + v", "x1, x2, x3 -> x3 * logistic(x1) + x2"),
        (
            "cell f(a = learn 0.25 per channel) = max(x, 0) + a * min(x, 0)",
            "a from 0.25 per Channel\nx1, x2 -> max(x1, 0) + x2 * min(x1, 0)",
        ),
        ("cell f(b = 3, a = learn 1) = a * x^b", "a from 1 per Layer\nx1, x2 -> x2 * (x1 * x1 * x1)"),
        (
            "cell f(a = learn 2 per net) = a * prelu(x) - prelu(-x)",
            "a from 2 per Net\nprelu.a from 0.25 per Channel\n\
          x1, x2, x3 -> x2 * (max(x1, 0) + x3 * min(x1, 0)) - (max(-x1, 0) + x3 * min(-x1, 0))",
        ),
        (
            "cell k = prelu(x) + 1\ncell f = k(x) * prelu(-x)",
            "prelu.a from 0.25 per Channel\n\
             x1, x2 -> (max(x1, 0) + x2 * min(x1, 0) + 1) * (max(-x1, 0) + x2 * min(-x1, 0))",
        ),
        ("cell f = sin(x) + 0.2 * g(x)", "g(x)\nx1, x2 -> sin(x1) + 0.2 * x2"),
        ("cell f = g(x) * g(x) + g(2 * x)", "g(x)\ng(x1, x2 -> 2 * x1)\nx1, x2, x3 -> x2 * x2 + x3"),
        ("cell f[u, v] = h(v, g(u))", "g(x1, x2 -> x1)\nh(x1, x2, x3 -> x2; x1, x2, x3 -> x3)\nx1, x2, x3, x4 -> x4"),
        ("cell f = g(x) * 0 + select(x > 0, tab(x), tab(x))", "g(x)\ntab[x1, x2 -> x1]\nx1, x2, x3 -> 0 * x2 + x3"),
        ("cell f = select(x > 0, g(x), g(x)) - g(0)", "g(x)\ng(x1, x2 -> 0)\nx1, x2, x3 -> x2 - x3"),
        ("cell k = g(x) + 1\ncell f = k(x) + k(x) + g(x)", "g(x)\nx1, x2 -> 2 * (x2 + 1) + x2"),
        ("cell f = select(1 > 0, x, g(x))", "x"),
        ("window f = x - mean(x)", "Sum x\nSum x1, x2 -> 1\nx1, x2, x3 -> x1 - x2 / x3"),
        ("window f = select(x == max(x…), relu(x), 0)", "Max x\nx1, x2 -> select(x1 == x2, max(x1, 0), 0)"),
        ("window f = select(x == max(x), relu(x), 0)", "Max x\nx1, x2 -> select(x1 == x2, max(x1, 0), 0)"),
        ("window f(a = 0.5) = max(x + a * sum(min(x…, 0)), 0)", "Sum min(x, 0)\nx1, x2 -> max(x1 + 0.5 * x2, 0)"),
        ("window f = sum(exp(x - max(x)))", "Max x\nSum x1, x2 -> exp(x1 - x2)\nx1, x2, x3 -> x3"),
        ("window f = softmax(x)", "Max x\nSum x1, x2 -> exp(x1 - x2)\nx1, x2, x3 -> exp(x1 - x2) / x3"),
        ("window f = count(x > 0) / count((x > 0)…)", "Sum select(x > 0, 1, 0)\nx1, x2 -> x2 / x2"),
        ("window f = sum(1) + count(1 > 0)", "Sum 1\nx1, x2 -> 2 * x2"),
        ("window f = max(x) + max(x, 0)", "Max x\nx1, x2 -> x2 + max(x1, 0)"),
        ("window f = relu(x - winmax(x))", "Max x\nx1, x2 -> max(x1 - select(x1 == x2, x1, 0), 0)"),
        ("window f = winmax(-x)", "Max -x\nx1, x2 -> select(-x1 == x2, -x1, 0)"),
        ("window f = sum(g(x)) * tab(x)", "g(x)\nSum x1, x2 -> x2\ntab[x1, x2, x3 -> x1]\nx1, x2, x3, x4 -> x3 * x4"),
        ("window f(a = learn 0.1) = x + a * min(x)", "a from 0.1 per Layer\nMin x1, x2 -> x1\nx1, x2, x3 -> x1 + x2 * x3"),
        ("window f = relu(x)", "max(x, 0)"),
    ];
    for (definition, expected) in cases {
        let text = format!("inner g = mlp[3]\ninner h = mlp[2] args=2 hidden=tanh\ncell tab = table \"t.csv\"\n{definition}\n");
        let library = sound(&text, &[("t.csv", "0,0\n1,2\n")]);
        let (catalogue, cells) = instances(&library, "f");
        let cell = &catalogue.cells[cells[0]];
        assert_eq!(text_of(cell, &catalogue), expected, "{definition}");
        whole(cell, &catalogue);
    }
}

/// As [`Plan::verify`] wants it.
fn whole(cell: &Cell, catalogue: &Catalogue) {
    let before = usize::from(cell.inputs) + cell.trained.len();
    for (step, inputs) in cell.steps.iter().zip(before..) {
        let of = match step {
            Step::Reduce { of, .. } | Step::Lookup { of, .. } => std::slice::from_ref(of),
            Step::Call { of, function } => {
                assert_eq!(of.len(), usize::from(catalogue.functions[*function].inputs));
                of.as_slice()
            }
        };
        assert!(of.iter().all(|of| usize::from(of.inputs()) == inputs), "{}", cell.name);
    }
    assert_eq!(usize::from(cell.formula.inputs()), before + cell.steps.len(), "{}", cell.name);
}

#[test]
fn every_cell_of_the_prelude_is_whole() {
    let library = Library::prelude();
    let mut texts = String::new();
    for name in library.names() {
        let definition = library.definition(&name).unwrap();
        let missing: Vec<&str> = definition.params.iter().filter(|param| param.default.is_none()).map(|_| "1").collect();
        let reference = if missing.is_empty() { name.clone() } else { format!("{name}({})", missing.join(", ")) };
        let (catalogue, cells) = instances(&library, &reference);
        let cell = &catalogue.cells[cells[0]];
        whole(cell, &catalogue);
        assert_eq!(library.kind(&name) == Some(Kind::Window), cell.is_windowed(), "{name}");
        let _ = writeln!(texts, "{}\n    {}", cell.name, text_of(cell, &catalogue).replace('\n', "\n    "));
    }
    insta::assert_snapshot!(texts);
}

#[test]
fn what_is_equal_is_listed_once() {
    let text = "inner g = mlp[3,2] hidden=tanh\ncell a = g(x)\ncell b(s = learn 1) = s * g(x) + t(x)\ncell t = table \"t\"\n";
    let library = sound(text, &[("t", "0,0\n1,2\n")]);
    let (catalogue, cells) = instances(&library, "a|b|b(1)|b(2)|g|t|a|g");
    assert_eq!(cells, [0, 1, 1, 2, 3, 4, 0, 3]);
    let names: Vec<&str> = catalogue.cells.iter().map(|cell| cell.name.as_str()).collect();
    assert_eq!(names, ["a", "b(1)", "b(2)", "g", "t"]);
    assert_eq!((catalogue.functions.len(), catalogue.tables.len()), (1, 1));
    let function = &catalogue.functions[0];
    assert_eq!(
        (function.name.as_str(), function.inputs, &function.hidden[..], function.params),
        ("g", 1, &[3, 2][..], 6 + 8 + 3)
    );
    assert_eq!(function.activation.to_string(), "tanh(x)");
    assert!(catalogue.cells[0].same_function(&catalogue.cells[3]));
    assert!(!catalogue.cells[1].same_function(&catalogue.cells[1]), "what is trained parts");
}

#[test]
fn functions_without_a_name_get_one() {
    let library = sound("cell half(s) = s * tanh(x)\n", &[]);
    let (mut catalogue, mut findings) = (Catalogue::default(), Findings::default());
    let mut network = |reference: &str, args, hidden: Option<&str>, name: &str| {
        let hidden = hidden.map(|hidden| references(hidden).remove(0));
        library.network(&references(reference)[0], args, hidden.as_ref(), name, &mut catalogue, &mut findings)
    };
    assert_eq!(network("mlp[64,64]", 2, None, "mlp[64,64]"), Some(0));
    assert_eq!(network("mlp[64,64]", 2, None, "mlp[64,64]"), Some(0));
    assert_eq!(network("mlp[64,64]", 2, None, "inner2"), Some(1));
    assert_eq!(network("mlp[64,64]", 2, Some("half(0.5)"), "mlp[64,64]"), Some(2));
    assert_eq!(network("mlp[64,64]", 2, Some("half(0.5)"), "mlp[64,64]"), Some(2));
    assert!(findings.is_empty());
    let names: Vec<&str> = catalogue.functions.iter().map(|function| function.name.as_str()).collect();
    assert_eq!(names, ["mlp[64,64]", "inner2", "mlp[64,64] #2"]);
    assert_eq!(catalogue.functions[0].activation.to_string(), "max(x, 0)");
    assert_eq!(catalogue.functions[2].activation.to_string(), "0.5 * tanh(x)");
    assert_eq!(catalogue.functions[0].params, 2 * 64 + 64 + 64 * 64 + 64 + 64 + 1);
    catalogue.cells.iter().for_each(|cell| whole(cell, &catalogue));
}

// What is wrong with them --------------------------------------------------------------------------------------------------------------

/// The codes that `text` gets, each with the words that it points at.
fn found(text: &str) -> Vec<(&'static str, String)> {
    let files = [("good.csv", "0,0\n1,1\n"), ("bad.csv", "0,0\n\n1,1,1\n"), ("short.csv", "0,0\n")];
    let (_, found) = library(text, &files);
    pointed(text, found)
}

fn pointed(text: &str, found: Vec<Diagnostic>) -> Vec<(&'static str, String)> {
    let words = |diagnostic: &Diagnostic| {
        let span = diagnostic.primary().unwrap();
        text[span.start as usize..span.end as usize].to_string()
    };
    found.iter().map(|diagnostic| (diagnostic.code.id, words(diagnostic))).collect()
}

#[test]
fn mistakes_are_found_where_they_are() {
    let too_many_trained: Vec<String> = (0..64).map(|i| format!("a{i} = learn 1")).collect();
    let too_many_trained = format!("cell f({}) = x", too_many_trained.join(", "));
    let too_many_calls: Vec<String> = (0..64).map(|i| format!("g({i})")).collect();
    let too_many_calls = format!("inner g = mlp[1]\ncell f = {}", too_many_calls.join(" + "));
    let cases: &[(&str, &[(&str, &str)])] = &[
        // windows
        ("cell f = x - mean(x)", &[("H0510", "mean")]),
        ("cell f = max(x) + sum(x + sin(x…))", &[("H0510", "max"), ("H0510", "sum")]),
        ("cell f = select(x… > 0, x, 0)", &[("H0510", "x…")]),
        ("cell f = 2 * nelu(x)", &[("H0510", "nelu")]),
        ("window f = x…", &[("H0510", "x…")]),
        ("window f = max(x…, 0)", &[("H0510", "x…")]),
        ("window f = sum(x) + sin(x…)", &[("H0510", "x…")]),
        ("window f = sum(x, 2) + max()", &[("H0504", "sum"), ("H0504", "max")]),
        ("window f = count(x)", &[("H0505", "x")]),
        ("window f = sum(x > 0)", &[("H0505", "x > 0")]),
        ("window f[u, v] = sum(u)", &[("H0201", "u")]),
        ("window f = table \"good.csv\"", &[("H0202", "\"good.csv\"")]),
        ("window f = 1 / sum(0) + 1 / (0 * 2)", &[("H0503", "(0 * 2)")]),
        // learned functions
        ("inner g = mlp[3]\ncell f = g(x, x)", &[("H0504", "g")]),
        ("inner g = mlp", &[("H0201", "mlp")]),
        ("inner g = mlp[0]", &[("H0205", "0")]),
        ("inner g = mlp[4,65537]", &[("H0205", "65537")]),
        ("inner g = mlp[4](2)", &[("H0201", "2")]),
        ("inner g = mpl[4]", &[("H0107", "mpl")]),
        ("inner g = mlp[4] args=4", &[("H0205", "4")]),
        ("inner g = mlp[4] args=1.5", &[("H0205", "1.5")]),
        ("inner g = mlp[4] args=tanh", &[("H0202", "tanh")]),
        ("inner g = mlp[4] hiden=tanh", &[("H0104", "hiden")]),
        ("inner g = mlp[4] args=1 args=2", &[("H0204", "2")]),
        ("inner g = mlp[4] hidden=tanh|relu", &[("H0202", "tanh|relu")]),
        ("inner g = mlp[4] hidden=3", &[("H0202", "3")]),
        ("inner g = mlp[4] hidden=tanhh", &[("H0102", "tanhh")]),
        ("inner g = mlp[4] hidden=glu", &[("H0202", "glu")]),
        ("inner g = mlp[4] hidden=nelu", &[("H0202", "nelu")]),
        ("inner g = mlp[4] hidden=prelu", &[("H0202", "prelu")]),
        ("inner g = mlp[4] hidden=f\ncell f = g(x)", &[("H0202", "f")]),
        ("inner g = mlp[4] hidden=g", &[("H0202", "g")]),
        ("inner g = mlp[4] hidden=swish", &[("H0201", "swish")]),
        ("inner g = mlp[4] args=9\ncell f = g(x)", &[("H0205", "9")]),
        // names
        ("inner g = mlp[4]\ncell g = x", &[("H0105", "g")]),
        ("inner relu = mlp[4]", &[("H0105", "relu")]),
        ("cell sum = x", &[("H0105", "sum")]),
        ("window softmax = x", &[("H0105", "softmax")]),
        // tables
        ("cell f = table \"bad.csv\"", &[("H0512", "\"bad.csv\"")]),
        ("cell f = table \"short.csv\"", &[("H0512", "\"short.csv\"")]),
        ("cell f = table \"none.csv\"\ncell k = f(x)", &[("H0512", "\"none.csv\"")]),
        ("cell f[u, v] = table \"good.csv\"", &[("H0201", "u")]),
        ("cell f(a = 1) = table \"good.csv\"", &[("H0201", "a = 1")]),
        // parameters
        ("cell f(a = learn 2) = x^a", &[("H0509", "a")]),
        ("cell f(a = learn -1 where > 0) = a * x", &[("H0203", "-1")]),
        ("cell f(a = learn 1e300) = a * x", &[("H0508", "1e300")]),
        ("cell f(a where > 5 and < 3) = a * x", &[("H0511", "< 3")]),
        ("cell f(a = 4 where < 3 and > 5) = a * x", &[("H0511", "> 5")]),
        ("cell f(a = 3 where >= 3 and < 3) = a * x", &[("H0511", "< 3")]),
        ("cell f(a = 3 where >= 3 and <= 3) = a * x", &[]),
        ("cell f(a = learn 0) = x / a", &[]),
        (&too_many_trained, &[("H0507", "x")]),
        (&too_many_calls, &[("H0507", "g")]),
    ];
    for (text, expected) in cases {
        let expected: Vec<(&str, String)> = expected.iter().map(|(code, words)| (*code, words.to_string())).collect();
        assert_eq!(found(text), expected, "{text}");
    }
}

#[test]
fn mistakes_in_references_are_found() {
    let text = "inner g = mlp[3]\n";
    let library = sound(text, &[]);
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("g(1)", &[("H0201", "1")]),
        ("g[2]", &[("H0202", "2")]),
        ("relu[2]", &[("H0202", "2")]),
        ("prelu(a=0.1)", &[]),
        ("prelu(b=0.1)", &[("H0103", "b")]),
        ("prelu(1e300)", &[("H0508", "1e300")]),
        ("gg", &[("H0102", "gg")]),
    ];
    for (reference, expected) in cases {
        let (mut catalogue, mut findings) = (Catalogue::default(), Findings::default());
        let index = library.instantiate(&references(reference)[0], &mut catalogue, &mut findings);
        assert_eq!(index.is_some(), expected.is_empty(), "{reference}");
        let expected: Vec<(&str, String)> = expected.iter().map(|(code, words)| (*code, words.to_string())).collect();
        assert_eq!(pointed(reference, findings.into_sorted()), expected, "{reference}");
    }
}

#[test]
fn two_files_with_one_name() {
    let (here, there) = (SourceId(1), SourceId(2));
    let [first, second] =
        [(here, "cell f = x\n"), (there, "inner f = mlp[3]\n")].map(|(id, text)| hetc_grammar::parse(id, text).file.items);
    let mut findings = Findings::default();
    Library::prelude().add(first.iter().chain(&second), &mut |_| unreachable!(), &mut findings);
    let found = findings.into_sorted();
    let sources: Vec<SourceId> = found[0].labels.iter().map(|label| label.span.source).collect();
    assert_eq!((found.len(), found[0].code.id, sources), (1, "H0105", vec![there, here]));
}

// What they answer -----------------------------------------------------------------------------------------------------------------------

fn near(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs()))
}

/// What the only cell of `reference` answers within a window of single values, its trained parameters where they start.
fn answers(library: &Library, reference: &str, window: &[f64]) -> Vec<f64> {
    let (catalogue, cells) = instances(library, reference);
    let cell = &catalogue.cells[cells[0]];
    let trained: Vec<f64> = cell.trained.iter().map(|trained| trained.start).collect();
    let called = Called { functions: &catalogue.functions, tables: &catalogue.tables };
    let window: Vec<Vec<f64>> = window.iter().map(|x| vec![*x]).collect();
    answer(cell, called, Weights { trained: &trained, functions: &[] }, &window)
}

/// Fig. 2 of Ball et al.: one patch and what each function makes of it, at a = 0.15. All drawn values but one are these.
const PATCH: [f64; 9] = [0.9, 0.2, -0.4, -0.7, 0.3, -0.8, -0.2, 0.1, 0.7];
/// In the code, entries that are cut anyway are scaled first; it comes to the same as `nelu`.
const INHIBITOR_OF_THE_CODE: &str = "window coded(a = 0.1) = relu(select(x > 0, relu(x + a * sum(min(x, 0))), (1 - a) * x))\n";

#[test]
fn the_patch_of_the_figure() {
    let library = sound(INHIBITOR_OF_THE_CODE, &[]);
    let cases = [
        ("nelu(0.15)", [0.585, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.385]),
        ("coded(0.15)", [0.585, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.385]),
        ("pnelu(0.15)", [0.585, -0.115, 0.0, 0.0, -0.015, 0.0, 0.0, -0.215, 0.385]),
        ("inhibitor(0.15)", [0.837, 0.137, 0.0, 0.0, 0.237, 0.0, 0.0, 0.037, 0.637]),
        ("excitator(0.15)", [0.765, 0.17, 0.0, 0.0, 0.255, 0.0, 0.13, 0.085, 0.595]),
        ("excitator_b(0.15)", [1.095, 0.5, 0.0, 0.0, 0.585, 0.0, 0.13, 0.415, 0.925]),
        ("excitator_c(0.15)", [0.765, 0.17, 0.0, 0.0, 0.255, 0.0, 0.0, 0.085, 0.595]),
        ("maxrelu", [0.9, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
        ("winmax", [0.9, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
        ("softmax_relu(0.15)", [0.9, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.7]),
        ("softmax_relu(0.07)", [0.9, 0.2, 0.0, 0.0, 0.3, 0.0, -0.2, 0.1, 0.7]),
    ];
    for (cell, expected) in cases {
        let found = answers(&library, cell, &PATCH);
        let same = found.iter().zip(expected).all(|(a, b)| near(*a, b, 1e-12));
        assert!(same, "{cell}: {found:?}, not {expected:?}");
    }
}

#[test]
fn the_inhibitor_of_the_code_is_nelu() {
    let library = sound(INHIBITOR_OF_THE_CODE, &[]);
    let mut numbers = Numbers::new(7);
    for _ in 0..200 {
        let window: Vec<f64> = (0..9).map(|_| numbers.next(2.0)).collect();
        assert_eq!(answers(&library, "coded(0.1)", &window), answers(&library, "nelu(0.1)", &window), "{window:?}");
    }
}

#[test]
fn cells_that_compute_the_same_are_known() {
    let text = format!(
        "{INHIBITOR_OF_THE_CODE}inner g = mlp[2]\ncell a = g(x)\ncell b = 1 * g(x)\ncell c = g(x) + 0 * x\n\
         cell ramp = select(x > 0, x, 0)\ncell late = select(x >= 0, 1, 0)\ncell back[u, v] = v * u\n\
         cell pre = prelu(x)\nwindow alone = relu(x)\n"
    );
    let library = sound(&text, &[]);
    let cases = [
        ("nelu(0.1)|coded(0.1)", true),
        ("nelu(0.1)|coded(0.2)", false),
        ("nelu|pnelu", false),
        ("nelu|inhibitor", false),
        ("maxrelu|winmax", false),
        ("excitator|excitator_c", false),
        ("relu|ramp", true),
        ("relu|alone", true),
        ("step|late", false),
        ("swish(2)|swish(2.001)", false),
        ("ptanh(1)|tanh", true),
        ("soft_xor|back", true),
        ("glu|soft_xor", false),
        ("a|b", true),
        ("a|g", true),
        ("a|c", false),
        ("pre|prelu", false),
        ("relu|soft_xor", false),
    ];
    for (mix, same) in cases {
        let (catalogue, cells) = instances(&library, mix);
        assert_eq!(catalogue.cells[cells[0]].same_function(&catalogue.cells[cells[1]]), same, "{mix}");
    }
}

#[test]
fn windows_may_be_incomplete_and_hold_ties() {
    let library = sound("window shift = x - mean(x)\nwindow range = max(x) - min(x)\nwindow whole = softmax(x)\n", &[]);
    assert_eq!(answers(&library, "shift", &[1.0, 2.0, 6.0]), [-2.0, -1.0, 3.0]);
    assert_eq!(answers(&library, "shift", &[4.0]), [0.0]);
    assert_eq!(answers(&library, "range", &[-1.0, 2.0]), [3.0, 3.0]);
    assert_eq!(answers(&library, "winmax", &[2.0, 2.0, 1.0]), [2.0, 2.0, 0.0]);
    assert!(answers(&library, "range", &[1.0, f64::NAN]).iter().all(|y| y.is_nan()));
    let parts = answers(&library, "whole", &[1000.0, 1000.0, 1000.0 + 2f64.ln()]);
    assert!(parts.iter().zip([0.25, 0.25, 0.5]).all(|(a, b)| near(*a, b, 1e-12)), "{parts:?}");
}

#[test]
fn functions_and_tables_by_hand() {
    let text = "inner g = mlp[2] args=2\ncell f[u, v] = u + 10 * g(v, u)\ncell t = table \"t\"\ncell d = t(2 * x)\n";
    let library = sound(text, &[("t", "0,1\n1,3\n3,2\n")]);
    let (catalogue, cells) = instances(&library, "f|d");
    let called = Called { functions: &catalogue.functions, tables: &catalogue.tables };
    // Rows [1, 2] and [-1, 1], biases 0.5 and 0; then [3, -2], bias 0.25.
    let functions = vec![vec![1.0, 2.0, -1.0, 1.0, 0.5, 0.0, 3.0, -2.0, 0.25]];
    let weights = Weights { trained: &[], functions: &functions };
    let window = [vec![1.0, 2.0]]; // g(2, 1) = 3 * relu(4.5) - 2 * relu(-1) + 0.25
    assert_eq!(answer(&catalogue.cells[cells[0]], called, weights, &window), [1.0 + 10.0 * 13.75]);
    let slopes = gradient(&catalogue.cells[cells[0]], called, weights, &window, &[2.0]);
    assert_eq!(slopes.values, [[2.0 * (1.0 + 10.0 * 6.0), 2.0 * 10.0 * 3.0]]);
    let expected: Vec<f64> = [6.0, 3.0, 0.0, 0.0, 3.0, 0.0, 4.5, 0.0, 1.0].iter().map(|slope| 20.0 * slope).collect();
    assert_eq!(slopes.functions, [expected]);
    // Outside the first and the last segment go on; at a point the slope is that of the segment behind it.
    for (x, y, slope) in
        [(-0.5, -1.0, 2.0), (0.25, 2.0, 2.0), (0.5, 3.0, -0.5), (1.0, 2.5, -0.5), (1.5, 2.0, -0.5), (2.5, 1.0, -0.5)]
    {
        let weights = Weights { trained: &[], functions: &functions };
        assert_eq!(answer(&catalogue.cells[cells[1]], called, weights, &[vec![x]]), [y], "{x}");
        let slopes = gradient(&catalogue.cells[cells[1]], called, weights, &[vec![x]], &[1.0]);
        assert_eq!(slopes.values, [[2.0 * slope]], "{x}");
    }
}

#[test]
fn ties_share_the_gradient_of_a_reduction() {
    let library = sound("window m = max(x)\nwindow n = min(x) + 0 * x\n", &[]);
    let (catalogue, cells) = instances(&library, "m|n");
    let called = Called { functions: &[], tables: &[] };
    let slopes = |cell: usize, window: &[f64]| {
        let window: Vec<Vec<f64>> = window.iter().map(|x| vec![*x]).collect();
        let upstream: Vec<f64> = (1..=window.len()).map(|i| i as f64).collect();
        let found = gradient(&catalogue.cells[cells[cell]], called, Weights { trained: &[], functions: &[] }, &window, &upstream);
        found.values.concat()
    };
    assert_eq!(slopes(0, &[1.0, 5.0, 5.0]), [0.0, 3.0, 3.0]);
    assert_eq!(slopes(1, &[1.0, 5.0, 1.0, 1.0]), [10.0 / 3.0, 0.0, 10.0 / 3.0, 10.0 / 3.0]);
}

/// SplitMix64, for numbers that are the same everywhere.
struct Numbers(u64);

impl Numbers {
    fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// From `-size` to `size`.
    fn next(&mut self, size: f64) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64 * 2.0 * size - size
    }
}

/// A plan of one layer in which the cells of `mix` share `input` in `ratio`.
fn layer_of(
    library: &Library,
    mix: &str,
    input: Shape,
    args: u8,
    window: Option<[usize; 2]>,
    ratio: &[u64],
    layout: Layout,
) -> Plan {
    let (catalogue, cells) = instances(library, mix);
    let word = if window.is_some() { Word::Window } else { Word::Act };
    let shares = cells.iter().zip(ratio).map(|(cell, ratio)| Share { cell: *cell, ratio: *ratio, units: 0 }).collect();
    let mut placement = Placement { word, args, window, shares, layout };
    let sites = placement.sites(&input).unwrap();
    let counts = layout.counts(ratio, &sites);
    placement.shares.iter_mut().zip(counts).for_each(|(share, units)| share.units = units);
    let output = placement.output(&input).unwrap();
    let op = Op::Cells(placement);
    let layer = Layer { name: "act1".to_string(), line: 1, from: Vec::new(), input, output, params: 0, macs: 0, op };
    let Catalogue { functions, tables, cells } = catalogue;
    let (net, taps) = ("n".to_string(), Vec::new());
    let mut plan = Plan {
        version: PLAN_VERSION,
        net,
        input,
        output,
        params: 0,
        macs: 0,
        functions,
        tables,
        cells,
        layers: vec![layer],
        taps,
    };
    plan.recount();
    plan.verify().unwrap();
    plan
}

const MIXED: &str = "inner g = mlp[5,4] hidden=tanh\ninner h = mlp[3] args=2 hidden=sigmoid\ncell t = table \"t\"\n\
    cell one(a = learn 0.3 per channel, b = learn 1 per layer) = tanh(a * x) + b * g(x + a)\n\
    cell two(c = learn -0.4 per net) = c * sin(x) + t(c * x) * g(2 * x)\n\
    cell three[u, v](a = learn 0.2 per channel) = glu(u, v) + a * h(v, u * a)\n\
    cell four[u, v](k = learn 0.7 per net) = quadratic(u, k * v)\n\
    window five(a = learn 0.5 per channel) = softmax(a * x) * x + g(x - mean(x))\n\
    window six(b = learn 0.1 per layer) = x + b * sum(min(x, 0)) - max(sin(x)) * t(x) + count(x > 0)\n";

#[test]
fn slopes_of_layers_match_finite_differences() {
    let library = sound(MIXED, &[("t", "-1.013,0.3\n0.017,1\n0.611,-0.2\n1.407,2\n")]);
    let map = Shape::map(4, 5, 3);
    let vector = Shape::vector(12);
    let random = Layout::Random { seed: 3 };
    type Case<'a> = (&'a str, Shape, u8, Option<[usize; 2]>, &'a [u64], Layout);
    let cases: &[Case] = &[
        ("one", map, 1, None, &[1], Layout::Interleave),
        ("one|two", map, 1, None, &[1, 1], Layout::Interleave),
        ("one|two|one", map, 1, None, &[2, 1, 1], Layout::Block),
        ("one|two", map, 1, None, &[1, 2], Layout::Checkerboard),
        ("two|one|g", vector, 1, None, &[1, 1, 1], random),
        ("three|four", map, 2, None, &[1, 1], Layout::Interleave),
        ("three|h|soft_xor", vector, 2, None, &[1, 1, 1], Layout::Block),
        ("five|six", map, 1, Some([2, 2]), &[1, 1], Layout::Interleave),
        ("five|six|excitator", map, 1, Some([3, 2]), &[1, 1, 1], Layout::Checkerboard),
        ("six|five", Shape::vector(13), 1, Some([1, 4]), &[1, 1], Layout::Block),
        ("nelu|inhibitor(0.2)|pnelu", map, 1, Some([5, 3]), &[1, 1, 1], Layout::Block),
    ];
    for (mix, input, args, window, ratio, layout) in cases {
        let plan = layer_of(&library, mix, *input, *args, *window, ratio, *layout);
        check_slopes(&plan);
    }
}

fn check_slopes(plan: &Plan) {
    let mut numbers = Numbers::new(11);
    let x: Vec<f64> = (0..plan.input.elements()).map(|_| numbers.next(2.0)).collect();
    let count: usize = plan.layer_weights(0).into_iter().map(|part| plan.weight_count(part)).sum();
    assert_eq!(count as u64, plan.params);
    let weights: Vec<f64> = (0..count).map(|_| numbers.next(0.9)).collect();
    let upstream: Vec<f64> = (0..plan.output.elements()).map(|_| numbers.next(1.0)).collect();
    let sum = |x: &[f64], weights: &[f64]| -> f64 {
        let y = placement_answer(plan, 0, x, weights);
        assert_eq!(y.len(), upstream.len());
        y.iter().zip(&upstream).map(|(y, slope)| y * slope).sum()
    };
    let found = placement_gradient(plan, 0, &x, &weights, &upstream);
    let step = 1e-6;
    let moved = |list: &[f64], i: usize, by: f64| -> Vec<f64> {
        let mut list = list.to_vec();
        list[i] += by;
        list
    };
    for i in 0..x.len() {
        let expected = (sum(&moved(&x, i, step), &weights) - sum(&moved(&x, i, -step), &weights)) / (2.0 * step);
        assert!(near(found.input[i], expected, 1e-6), "input {i}: {} is not {expected}", found.input[i]);
    }
    for i in 0..weights.len() {
        let expected = (sum(&x, &moved(&weights, i, step)) - sum(&x, &moved(&weights, i, -step))) / (2.0 * step);
        assert!(near(found.weights[i], expected, 1e-6), "weight {i}: {} is not {expected}", found.weights[i]);
    }
}

#[test]
fn a_layer_of_cells_by_hand() {
    let library = sound(
        "cell first[u, v] = u - 10 * v\ncell second[u, v](a = learn 3 per channel) = a * u * v\nwindow top = max(x)\n",
        &[],
    );
    let plan = layer_of(&library, "first|second", Shape::map(4, 1, 2), 2, None, &[1, 1], Layout::Interleave);
    // Channels [1 2] [3 4] are the values of the first cell, [5 6] [7 8] of the second.
    let y = placement_answer(&plan, 0, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], &[3.0]);
    assert_eq!(y, [-29.0, -38.0, 105.0, 144.0]);
    let plan = layer_of(&library, "top", Shape::map(1, 3, 3), 1, Some([2, 2]), &[1], Layout::Interleave);
    let y = placement_answer(&plan, 0, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0], &[]);
    assert_eq!(y, [5.0, 5.0, 6.0, 5.0, 5.0, 6.0, 8.0, 8.0, 9.0]);
    let plan = layer_of(&library, "top|winmax", Shape::vector(5), 1, Some([1, 2]), &[1, 1], Layout::Interleave);
    assert_eq!(placement_answer(&plan, 0, &[1.0, 2.0, 4.0, 3.0, 5.0], &[]), [2.0, 2.0, 4.0, 0.0, 5.0]);
}

#[test]
fn weights_of_a_layer_have_one_order() {
    let library = sound(MIXED, &[("t", "0,0\n1,1\n")]);
    let plan = layer_of(&library, "two|one|two|one", Shape::vector(8), 1, None, &[1, 1, 1, 1], Layout::Block);
    let expected = [
        WeightPart::LayerTrained { share: 1, trained: 0, count: 2 },
        WeightPart::LayerTrained { share: 1, trained: 1, count: 1 },
        WeightPart::LayerTrained { share: 3, trained: 0, count: 2 },
        WeightPart::Function(0),
        WeightPart::CellTrained { cell: 0, trained: 0 },
    ];
    assert_eq!(plan.layer_weights(0), expected);
    let counts: Vec<usize> = expected.into_iter().map(|part| plan.weight_count(part)).collect();
    assert_eq!(counts, [2, 1, 2, 10 + 24 + 5, 1]);
}

// Sizes -----------------------------------------------------------------------------------------------------------------------------------

/// Long ways from cell to cell take no time and no room.
#[test]
fn long_chains_of_calls() {
    let length = 3_000;
    let chain = |first: &str, next: &dyn Fn(usize) -> String| -> String {
        let rest = (1..length).map(|i| format!("{}\n", next(i)));
        std::iter::once(format!("{first}\n")).chain(rest).collect()
    };
    let last = format!("c{}", length - 1);
    let passed_on = chain("cell c0(a = learn 1) = a * x", &|i| format!("cell c{i} = c{}(x)", i - 1));
    let library_of_chain = sound(&passed_on, &[]);
    let (catalogue, cells) = instances(&library_of_chain, &last);
    assert_eq!(text_of(&catalogue.cells[cells[0]], &catalogue), "c0.a from 1 per Layer\nx1, x2 -> x2 * x1");

    let growing = chain("cell c0 = x", &|i| format!("cell c{i}(a = learn 1) = a * c{}(x)", i - 1));
    let codes: Vec<&str> = library(&growing, &[]).1.iter().map(|diagnostic| diagnostic.code.id).collect();
    assert_eq!(codes, ["H0507"], "one cause, one message");

    let windows = chain("window c0 = max(x)", &|i| format!("window c{i} = c{}(c{}(x)) + sum(x)", i - 1, i - 1));
    let codes: Vec<&str> = library(&windows, &[]).1.iter().map(|diagnostic| diagnostic.code.id).collect();
    assert_eq!(codes, ["H0507"], "one cause, one message");
}

/// Every element of an incomplete window counts, and none beyond the edge.
#[test]
fn calls_at_the_edge_are_counted_one_by_one() {
    let macs = |body: &str| {
        let cells = "inner f = mlp[4]\nwindow w1 = f(x) + sum(x)\nwindow w2 = f(x) - sum(x)\n";
        let compilation = common::compile(&format!("{cells}net n {{\n{body}\n}}\n"));
        let net = &compilation.nets[0];
        net.plan.as_ref().unwrap_or_else(|| panic!("{:?}", compilation.diagnostics)).macs
    };
    assert_eq!(macs("input 1x3x3\nwindow w1|w2 2x2 layout checkerboard"), 72);
    assert_eq!(macs("input 2x5x7\nwindow w1|w2 2x3 ratio 2:1 layout checkerboard"), 2 * 35 * 8);
    assert_eq!(macs("input 2x5x7\nwindow w1|w2 2x3"), 2 * 35 * 8);
    for layout in ["interleave", "block", "random seed=3"] {
        assert_eq!(macs(&format!("input 10\nwindow w1|w2 4 layout {layout}")), 80);
    }
    assert_eq!(macs("input 10\nwindow w1 4"), 80);
}
