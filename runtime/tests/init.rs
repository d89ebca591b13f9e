//! Initial weights: their distributions, and their independence of each other.

mod common;

use common::{Stack, call, prelu, relu, tanh};
use hetc_compiler::layout::Layout;
use hetc_compiler::plan::{NormKind, Per, Plan};
use hetc_compiler::shape::Shape;
use hetc_runtime::Init;
use hetc_runtime::init::init;
use hetc_runtime::params::Table;

fn plan() -> Plan {
    let stack = Stack::new(Shape::map(16, 6, 6)).conv(64, [3, 3], [1, 1], [2, 2], 2).norm(NormKind::Batch, true).flatten();
    stack.dense(200).norm(NormKind::Layer, true).dense(50).plan("Init")
}

fn tensor(plan: &Plan, scheme: Init, seed: u64, name: &str) -> Vec<f32> {
    let table = Table::of(plan);
    let weights = init(plan, &table, scheme, seed);
    let found = table.tensors(&weights).find(|(entry, _)| entry.name == name).map(|(_, numbers)| numbers.to_vec());
    found.expect("the tensor exists")
}

fn deviation(values: &[f32]) -> f64 {
    (values.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
}

fn largest(values: &[f32]) -> f64 {
    values.iter().fold(0.0, |largest, x| largest.max(f64::from(x.abs())))
}

fn assert_normal(values: &[f32], expected: f64) {
    let found = deviation(values);
    assert!((found / expected - 1.0).abs() < 0.05, "standard deviation {found} instead of {expected}");
    assert!(largest(values) > 2.5 * expected, "tails are missing");
}

fn assert_uniform(values: &[f32], limit: f64) {
    assert!(largest(values) <= limit && largest(values) > 0.9 * limit, "{} in ±{limit}", largest(values));
    assert!((deviation(values) / (limit / 3f64.sqrt()) - 1.0).abs() < 0.2);
}

#[test]
fn schemes_have_their_distributions() {
    let plan = plan();
    let of = |scheme, name| tensor(&plan, scheme, 1, name);
    // The convolution has fan-in 8 · 9 and fan-out 64 · 9 as PyTorch counts them; the first dense layer 576 and 200.
    assert_uniform(&of(Init::Torch, "conv1.weight"), 1.0 / 72f64.sqrt());
    assert_uniform(&of(Init::Torch, "conv1.bias"), 1.0 / 72f64.sqrt());
    assert_uniform(&of(Init::Torch, "dense1.weight"), 1.0 / 576f64.sqrt());
    assert_uniform(&of(Init::Torch, "dense2.bias"), 1.0 / 200f64.sqrt());
    assert_normal(&of(Init::Doty, "conv1.weight"), (2.0 / 576f64).sqrt());
    assert_normal(&of(Init::Doty, "dense1.weight"), 0.01);
    assert_uniform(&of(Init::Doty, "dense2.weight"), 1.0 / 200f64.sqrt());
    assert_uniform(&of(Init::Doty, "dense2.bias"), 1.0 / 200f64.sqrt());
    assert_uniform(&of(Init::XavierUniform, "dense1.weight"), (6.0 / 776f64).sqrt());
    assert_uniform(&of(Init::XavierUniform, "conv1.weight"), (6.0 / 648f64).sqrt());
    assert_normal(&of(Init::KaimingNormal, "conv1.weight"), (2.0 / 72f64).sqrt());
    assert_normal(&of(Init::KaimingNormal, "dense1.weight"), (2.0 / 576f64).sqrt());
    for (scheme, name) in [(Init::Doty, "conv1.bias"), (Init::Doty, "dense1.bias"), (Init::XavierUniform, "dense2.bias")] {
        assert!(of(scheme, name).iter().all(|x| *x == 0.0), "{scheme:?} {name}");
    }
    for scheme in [Init::Torch, Init::Doty, Init::XavierUniform, Init::KaimingNormal] {
        for (name, value) in
            [("norm1.scale", 1.0), ("norm1.shift", 0.0), ("norm1.mean", 0.0), ("norm1.var", 1.0), ("norm2.scale", 1.0)]
        {
            assert!(of(scheme, name).iter().all(|x| *x == value), "{scheme:?} {name}");
        }
    }
}

/// With a learned function, and with a cell of every kind of trained parameter.
fn learned() -> Plan {
    let stack = Stack::new(Shape::map(4, 6, 6)).function("g", 2, &[300, 200], tanh().1);
    let inner = stack.conv3(4).cells(2, None, Layout::default(), &[call("g()", 0, 2)]);
    let cells = |per| [prelu(0.25, per), prelu(0.75, Per::Net), prelu(0.25, per)];
    let first = inner.cells(1, None, Layout::Interleave, &cells(Per::Channel));
    let second = first.conv3(7).cells(1, None, Layout::Checkerboard, &cells(Per::Channel)).cells(
        1,
        None,
        Layout::Block,
        &cells(Per::Layer),
    );
    second.flatten().dense_without_bias(3).act(Layout::default(), &[relu()]).plan("Learned")
}

#[test]
fn learned_functions_start_like_dense_layers_and_parameters_of_cells_as_told() {
    let plan = learned();
    let of = |scheme, name| tensor(&plan, scheme, 1, name);
    for scheme in [Init::Torch, Init::Doty] {
        assert_uniform(&of(scheme, "g.weight2"), 1.0 / 300f64.sqrt());
        assert_uniform(&of(scheme, "g.bias2"), 1.0 / 300f64.sqrt());
        assert_uniform(&of(scheme, "g.bias1"), 1.0 / 2f64.sqrt());
    }
    assert_uniform(&of(Init::XavierUniform, "g.weight2"), (6.0 / 500f64).sqrt());
    assert_normal(&of(Init::KaimingNormal, "g.weight2"), (2.0 / 300f64).sqrt());
    assert!(of(Init::XavierUniform, "g.bias1").iter().all(|x| *x == 0.0));
    for scheme in [Init::Torch, Init::Doty, Init::XavierUniform, Init::KaimingNormal] {
        assert_eq!(of(scheme, "prelu(0.75, Net).a"), [0.75]);
        assert_eq!(of(scheme, "act2.prelu(0.25, Channel).a"), [0.25]);
    }
}

#[test]
fn tensors_lie_in_the_order_of_layers_functions_and_cells() {
    let (plan, table) = (learned(), Table::of(&learned()));
    let names: Vec<(&str, &[usize])> = table.params.iter().map(|entry| (entry.name.as_str(), &entry.shape[..])).collect();
    let expected: [(&str, &[usize]); 16] = [
        ("conv1.weight", &[4, 4, 3, 3]),
        ("conv1.bias", &[4]),
        // Two channels, of which a mix in three parts gives one to the first cell and one to the second.
        ("act2.prelu(0.25, Channel).a", &[1]),
        ("conv2.weight", &[7, 2, 3, 3]),
        ("conv2.bias", &[7]),
        ("act3.prelu(0.25, Channel).a", &[7]),
        ("act3.prelu(0.25, Channel).a.2", &[7]),
        ("act4.prelu(0.25, Layer).a", &[1]),
        ("dense1.weight", &[3, 252]),
        ("g.weight1", &[300, 2]),
        ("g.bias1", &[300]),
        ("g.weight2", &[200, 300]),
        ("g.bias2", &[200]),
        ("g.weight3", &[1, 200]),
        ("g.bias3", &[1]),
        ("prelu(0.75, Net).a", &[1]),
    ];
    assert_eq!(names, expected);
    assert_eq!(table.params_len() as u64, plan.params);
}

#[test]
fn seeds_and_names_matter_and_other_layers_do_not() {
    let (plan, first) = (plan(), tensor(&plan(), Init::Torch, 1, "dense2.weight"));
    assert_eq!(first, tensor(&plan, Init::Torch, 1, "dense2.weight"));
    assert_ne!(first, tensor(&plan, Init::Torch, 2, "dense2.weight"));
    let shorter = Stack::new(Shape::vector(10)).dense(200).dense(50).plan("Shorter");
    assert_eq!(first, tensor(&shorter, Init::Torch, 1, "dense2.weight"));
}

#[test]
fn the_table_has_names_and_shapes_in_plan_order() {
    let table = Table::of(&plan());
    let names: Vec<String> = table.params.iter().map(|entry| format!("{} {:?}", entry.name, entry.shape)).collect();
    let expected = [
        "conv1.weight [64, 8, 3, 3]",
        "conv1.bias [64]",
        "norm1.scale [64]",
        "norm1.shift [64]",
        "dense1.weight [200, 576]",
        "dense1.bias [200]",
        "norm2.scale [200]",
        "norm2.shift [200]",
        "dense2.weight [50, 200]",
        "dense2.bias [50]",
    ];
    assert_eq!(names, expected);
    let state: Vec<&str> = table.state.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(state, ["norm1.mean", "norm1.var"]);
    assert_eq!(table.params.windows(2).filter(|pair| pair[0].range.end != pair[1].range.start).count(), 0);
}
