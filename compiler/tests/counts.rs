//! The networks in `specs/` against PyTorch's figures, layer by layer. `oracle/counts.py` writes the figures.

mod common;

use common::{plans_of, spec_files};
use hetc_compiler::cells::answer::{placement_answer, placement_gradient};
use hetc_compiler::plan::{Layer, Op, Plan};
use serde_json::Value;

fn oracle() -> Value {
    serde_json::from_str(include_str!("oracle/counts.json")).unwrap()
}

#[test]
fn every_spec_compiles_without_a_word() {
    for path in spec_files() {
        let compilation = common::compile_file(&path);
        let said: Vec<&str> = compilation.diagnostics.iter().map(|diagnostic| diagnostic.headline.as_str()).collect();
        let is_prelude = path.ends_with("prelude.net");
        assert!(said.is_empty() || is_prelude, "{}: {said:?}", path.display());
        assert!(is_prelude || compilation.nets.iter().all(|net| net.plan.is_some()));
    }
}

/// A number for every layer: shape, parameters, multiply-adds.
type Row = (Vec<usize>, u64, u64);

fn wanted(row: &Value) -> Row {
    let shape = row["shape"].as_array().unwrap().iter().map(|axis| axis.as_u64().unwrap() as usize).collect();
    (shape, row["params"].as_u64().unwrap(), row["macs"].as_u64().unwrap())
}

#[test]
fn plans_agree_with_pytorch_layer_by_layer() {
    let oracle = oracle();
    let plans = plans_of(&spec_files());
    let plan_of =
        |name: &String| plans.iter().find(|plan| plan.net == *name).unwrap_or_else(|| panic!("no spec defines the net `{name}`"));
    for (kind, name, expected) in ["nets", "graphs"]
        .into_iter()
        .flat_map(|kind| oracle[kind].as_object().unwrap().iter().map(move |(name, expected)| (kind, name, expected)))
    {
        let plan = plan_of(name);
        assert_eq!(plan.params, expected["params"], "{name}: parameters");
        assert_eq!(plan.macs, expected["macs"], "{name}: multiply-adds");
        // Of a graph, PyTorch's side knows the layers with weights, in order of execution.
        let layers = comparable(plan, expected["input"].as_array().unwrap().len());
        let layers: Vec<&Layer> = layers.into_iter().filter(|layer| kind == "nets" || layer.params > 0).collect();
        let rows = expected["layers"].as_array().unwrap();
        assert_eq!(layers.len(), rows.len(), "{name}: number of layers");
        for (layer, row) in layers.iter().zip(rows) {
            assert_eq!((layer.output.axes(), layer.params, layer.macs), wanted(row), "{name}: {}", layer.name);
        }
    }
    for (name, params) in oracle["totals"].as_object().unwrap() {
        assert_eq!(plan_of(name).params, *params, "{name}: parameters");
    }
}

/// What the specs do not say again and again: the networks of the papers, one by one, are all counted.
#[test]
fn every_net_of_a_spec_has_a_count_from_pytorch() {
    let oracle = oracle();
    let known = |name: &str| ["nets", "graphs", "totals"].iter().any(|kind| oracle[kind].get(name).is_some());
    let own = ["own_cells"]; // shows how cells are written; equal to no network elsewhere
    let missing: Vec<String> = plans_of(&spec_files())
        .into_iter()
        .map(|plan| plan.net)
        .filter(|name| !known(name) && !own.contains(&name.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn assert_close(found: &[f64], wanted: &[f64], what: &str) {
    assert_eq!(found.len(), wanted.len(), "{what}");
    for (place, (found, wanted)) in found.iter().zip(wanted).enumerate() {
        assert!((found - wanted).abs() <= 1e-13, "{what}, place {place}: {found} is not {wanted}");
    }
}

/// The window functions of Ball et al. and the two-argument cells: values and slopes against PyTorch's, in f64.
#[test]
fn cells_of_windows_and_pairs_agree_with_pytorch() {
    let oracle = oracle();
    for (name, cell) in oracle["windows"].as_object().unwrap() {
        let arguments: Vec<String> = numbers(&cell["arguments"]).iter().map(f64::to_string).collect();
        let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(",")) };
        for case in cell["cases"].as_array().unwrap() {
            let (size, window) = (numbers(&case["shape"]), numbers(&case["window"]));
            let (shape, window) = (format!("1x{}x{}", size[0], size[1]), format!("{}x{}", window[0], window[1]));
            let plan = one_layer(&format!("input {shape}\n window {name}{arguments} {window}"));
            let x = numbers(&case["x"]);
            let what = format!("{name} on {shape}");
            assert_close(&placement_answer(&plan, 0, &x, &[]), &numbers(&case["value"]), &what);
            let slopes = placement_gradient(&plan, 0, &x, &[], &numbers(&case["above"]));
            assert_close(&slopes.input, &numbers(&case["slope"]), &what);
        }
    }
    for (name, cell) in oracle["pairs"].as_object().unwrap() {
        let pairs =
            |u: &Value, v: &Value| -> Vec<f64> { numbers(u).into_iter().zip(numbers(v)).flat_map(|(u, v)| [u, v]).collect() };
        let x = pairs(&cell["u"], &cell["v"]);
        let plan = one_layer(&format!("input {}\n act {name}", x.len()));
        assert_close(&placement_answer(&plan, 0, &x, &[]), &numbers(&cell["value"]), name);
        let slopes = placement_gradient(&plan, 0, &x, &[], &vec![1.0; x.len() / 2]);
        assert_close(&slopes.input, &pairs(&cell["slopes"][0], &cell["slopes"][1]), name);
    }
}

fn one_layer(body: &str) -> Plan {
    let compilation = common::compile(&format!("net n {{\n {body}\n}}\n"));
    compilation.nets[0].plan.clone().unwrap_or_else(|| panic!("{body}: {:?}", compilation.diagnostics))
}

/// The layers that PyTorch's side has too: it is given a flat input where ours flattens one first.
fn comparable(plan: &Plan, input_axes: usize) -> Vec<&Layer> {
    let ours_alone = usize::from(plan.input.axes().len() > input_axes && plan.layers[0].op == Op::Flatten);
    plan.layers.iter().skip(ours_alone).collect()
}
