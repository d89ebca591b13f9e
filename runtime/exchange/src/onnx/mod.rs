//! A network as an ONNX graph (operator set 18), for any runtime that knows the standard's operators.
//!
//! The input is called `input` and the output `output`; their first axis is the batch, of any size. Weights have hetc's names. The graph is
//! the network as it is evaluated: no dropout, batch norms by their running statistics, noise only where it is there always (then a draw
//! of the runtime's own, one a value, the same for the whole batch). Cells are read off their formulas, like everywhere else.

mod cells;
mod formula;
mod graph;
mod layers;
pub mod proto;
mod window;

use graph::{Graph, Name};
use hetc_compiler::plan::Plan;
use hetc_engine::params::{Table, Weights};
use prost::Message;
use proto::{ModelProto, OperatorSetIdProto, StringStringEntryProto};
use std::fmt;

/// ONNX's operators, at the version from which on reductions take their axes as an input.
const OPERATORS: i64 = 18;
/// The format's version that belongs to it.
const FORMAT: i64 = 8;
/// The most bytes that a protobuf message may have.
const MOST_BYTES: usize = i32::MAX as usize;

/// Why a network has no graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The layer that is to blame.
    pub layer: String,
    /// Its cell, where that is to blame.
    pub cell: Option<String>,
    /// What cannot be written, in words.
    pub reason: String,
}

/// A network on its way into a graph.
struct Export<'a> {
    plan: &'a Plan,
    table: Table,
    weights: &'a Weights,
    graph: Graph,
}

/// The bytes of `model.onnx` for `plan` with `weights`.
pub fn export(plan: &Plan, weights: &Weights) -> Result<Vec<u8>, Refusal> {
    let model = model(plan, weights)?;
    match model.encoded_len() <= MOST_BYTES {
        true => Ok(model.encode_to_vec()),
        false => Err(too_large(plan)),
    }
}

/// The message for `plan` with `weights`.
pub fn model(plan: &Plan, weights: &Weights) -> Result<ModelProto, Refusal> {
    let mut export = Export { plan, table: Table::of(plan), weights, graph: Graph::default() };
    let mut values: Vec<Name> = vec!["input".to_string()];
    for (index, layer) in plan.layers.iter().enumerate() {
        export.graph.scope.clone_from(&layer.name);
        let inputs: Vec<Name> = plan.sources(index).into_iter().map(|source| values[source].clone()).collect();
        let value = export.layer(index, &inputs)?;
        values.push(value);
    }
    let mut graph = export.graph;
    graph.named(&values[plan.layers.len()], "output");
    let graph = graph.finish(&plan.net, ("input", &plan.input.axes()), ("output", &plan.output.axes()));
    let entry = |key: &str, value: &str| StringStringEntryProto { key: key.to_string(), value: value.to_string() };
    Ok(ModelProto {
        ir_version: FORMAT,
        producer_name: "hetc".to_string(),
        producer_version: env!("CARGO_PKG_VERSION").to_string(),
        graph: Some(graph),
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPERATORS }],
        metadata_props: vec![entry("net", &plan.net)],
    })
}

fn too_large(plan: &Plan) -> Refusal {
    let largest = plan.layers.iter().max_by_key(|layer| layer.params).map_or(String::new(), |layer| layer.name.clone());
    Refusal { layer: largest, cell: None, reason: "an ONNX file holds at most 2 GiB, and this layer is the largest".to_string() }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cell = self.cell.as_ref().map_or(String::new(), |cell| format!(" with cell `{cell}`"));
        write!(f, "layer `{}`{cell} cannot be written as ONNX: {}", self.layer, self.reason)
    }
}

impl std::error::Error for Refusal {}
