//! Exported graphs, run by an interpreter that knows nothing of hetc, give what the engine gives.
//!
//! `oracle/onnx_check.py` does the same with onnxruntime for every network of `specs/`.

mod common;
mod interpreter;

use common::{noise, plan, plans_of, some_weights};
use hetc_compiler::plan::{Op, Plan};
use hetc_engine::Engine;
use hetc_engine::op::Look;
use hetc_exchange::onnx;
use interpreter::{Array, run};

/// Samples of a batch.
const BATCH: usize = 3;

/// The largest difference, relative to the largest output.
fn difference(plan: &Plan) -> f64 {
    let weights = some_weights(plan);
    let input = noise("input", BATCH * plan.input.elements());
    let model = onnx::model(plan, &weights).unwrap_or_else(|refusal| panic!("{refusal}"));
    let shape = std::iter::once(BATCH).chain(plan.input.axes()).collect();
    let array = Array { shape, data: input.iter().map(|number| f64::from(*number)).collect() };
    let output = run(&model.graph.expect("a graph"), array);
    let shape: Vec<usize> = std::iter::once(BATCH).chain(plan.output.axes()).collect();
    assert_eq!(output.shape, shape);
    let (mut engine, uncompiled) = Engine::new(plan, 1, true);
    assert!(uncompiled.is_empty());
    let logits = engine.infer(&weights, &input, Look { seed: 0, batch: 0 });
    let largest = logits.iter().fold(0.0f32, |largest, logit| largest.max(logit.abs()));
    assert!(largest > 1e-3 && largest.is_finite(), "{}: outputs that say nothing", plan.net);
    let far = |(a, b): (&f64, &f32)| (a - f64::from(*b)).abs() / f64::from(largest);
    output.data.iter().zip(&logits).map(far).fold(0.0, f64::max)
}

fn check(plan: &Plan) {
    let difference = difference(plan);
    assert!(difference < 2e-5, "{}: {difference}", plan.net);
}

#[test]
fn networks_of_the_specs_export() {
    for file in ["everything_once", "layers_and_norms", "own_cells", "mnist1d_mixed", "glu_mlp", "learned_diversity_found"] {
        plans_of(file).iter().for_each(check);
    }
    for net in ["yoon_mnist_1", "yoon_mnist_3"] {
        check(plans_of("yoon_mlp").iter().find(|plan| plan.net == net).expect("a net"));
    }
}

/// Padding that is not the same on both sides.
#[test]
fn padding_as_tensorflow_has_it() {
    check(&plan(
        "net n {; input 3x7x8; conv 4 3x3 pad=same stride=2; conv depthwise 5x5 pad=same stride=2; act relu; dense 3; }",
    ));
}

/// Every built-in cell, those of a window on maps that windows do not divide.
#[test]
fn every_cell_exports() {
    let library = hetc_compiler::cells::Library::prelude();
    for name in library.names() {
        let cell = library.staged(&name).expect("a cell");
        let called = match name.as_str() {
            "swish" | "ptanh" | "renlu" => format!("{name}(1.5)"),
            _ => name.clone(),
        };
        let windowed = cell.steps.iter().any(|step| matches!(step.kind, hetc_compiler::formula::staged::StepKind::Reduce(_)));
        check(&plan(&match windowed {
            true => format!("net n {{; input 2x5x7; window {called} 2x3; conv 4 1x1; dense 6; window {called} 4; dense 5; }}"),
            false => format!("net n {{; input 6; dense {}; act {called}; dense 5; }}", 6 * cell.inputs),
        }));
    }
}

/// Each layout on a map and on a vector, cells with trained numbers per channel, windows in a checkerboard.
#[test]
fn every_layout_exports() {
    for layout in ["interleave", "block", "checkerboard", "random seed=3"] {
        let on_vector = if layout == "checkerboard" { "block" } else { layout };
        check(&plan(&format!(
            "cell glu_or_three[u, v, w] = select(u != v, u * v + w, w)
             net n {{; input 3x6x5; conv 7 3x3 pad=1; act prelu|tanh|sin ratio 3:2:1 layout {layout}
             # allow H0305: they do not divide the map
             window nelu|maxrelu 4x2 layout {layout}; dense 12; act prelu|prelu layout {on_vector}
             # allow H0305: nor the vector
             window winmax|softmax_relu 5 layout {on_vector}; dense 9; act glu_or_three; dense 4; }}"
        )));
    }
}

/// Where bins are no windows: more than places, or not a divisor of them.
#[test]
fn adaptive_pools_export() {
    check(&plan("net n {; input 2x5x7; pool avg to 3x2; conv 4 1x1; pool max to 7x5; pool avg global; dense 4; }"));
}

#[test]
fn special_functions_hold_at_the_edges() {
    for (text, points) in [
        ("expm1(x)", [-1e-6, -30.0, 1e-3, 5.0]),
        ("log1p(abs(x))", [1e-9, 3e-4, 2e8, 1.5]),
        ("select(x <= 0, 1, 2) / 3", [0.0, -1.0, 1.0, 2.0]),
    ] {
        let plan = plan(&format!("cell f = {text}; net n {{; input 4; act f; }}"));
        let model = onnx::model(&plan, &some_weights(&plan)).expect("a graph");
        let input = points.map(|x: f64| f64::from(x as f32));
        let output = run(&model.graph.expect("a graph"), Array { shape: vec![1, 4], data: input.to_vec() });
        for (x, y) in input.iter().zip(output.data) {
            let expected = plan.cells[0].formula.at(*x);
            assert!((y - expected).abs() <= 1e-7 * expected.abs(), "{text} at {x}: {y}, not {expected}");
        }
    }
}

/// Noise that is there in training alone is left out; what is there always is drawn by whoever runs the graph.
#[test]
fn noise_is_a_draw() {
    let operators = |text: &str| -> Vec<String> {
        let plan = plan(text);
        let graph = onnx::model(&plan, &some_weights(&plan)).expect("a graph").graph.expect("a graph");
        assert!(!plan.layers.iter().any(|layer| matches!(layer.op, Op::Cells(_))));
        graph.node.into_iter().map(|node| node.op_type).collect()
    };
    assert_eq!(operators("net n {; input 4; noise normal 0.1; dense 2; dropout 0.5; }"), ["Gemm", "Identity"]);
    assert_eq!(
        operators("net n {; input 4; noise uniform 0.1 always=yes; dense 2; }"),
        ["RandomUniform", "Add", "Gemm", "Identity"]
    );
}
