//! Plans and numbers for the tests.
#![allow(dead_code, missing_docs)] // each test file uses its part

use hetc_compiler::plan::Plan;
use hetc_compiler::{Loaded, Loader};
use hetc_engine::params::{Part, Table, Weights};
use hetc_engine::streams::Stream;
use hetc_grammar::span::SourceId;
use std::path::{Path, PathBuf};

/// The files of `specs/`.
struct Specs;

impl Loader for Specs {
    fn load(&mut self, _: SourceId, path: &str) -> Result<Loaded, String> {
        let text = std::fs::read_to_string(specs().join(path)).map_err(|error| error.to_string())?;
        Ok(Loaded { source: SourceId(7 + path.bytes().map(u32::from).sum::<u32>()), text })
    }
}

fn specs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs")
}

/// The networks of a text, which may use the files of `specs/`.
pub fn plans(text: &str) -> Vec<Plan> {
    let compilation = hetc_compiler::compile_with(SourceId(1), text, &[], &mut Specs);
    assert!(!compilation.has_errors(), "{text}\n{:?}", compilation.diagnostics);
    compilation.nets.into_iter().filter_map(|net| net.plan).collect()
}

/// The first network of a text; a semicolon ends a line.
pub fn plan(text: &str) -> Plan {
    plans(&text.replace("; ", "\n")).remove(0)
}

/// The text of `specs/NAME.net`.
pub fn spec(name: &str) -> String {
    std::fs::read_to_string(specs().join(format!("{name}.net"))).expect("a spec")
}

/// The networks of `specs/NAME.net`.
pub fn plans_of(name: &str) -> Vec<Plan> {
    plans(&spec(name))
}

/// Normal numbers, the same whenever asked for by this name.
pub fn noise(name: &str, count: usize) -> Vec<f32> {
    let mut stream = Stream::new(1, name, &[]);
    (0..count).map(|_| stream.normal() as f32).collect()
}

/// Weights with which signals neither vanish nor grow, and no tensor is what it starts as.
pub fn some_weights(plan: &Plan) -> Weights {
    let table = Table::of(plan);
    let mut weights = Weights { params: vec![0.0; table.params_len()], state: vec![0.0; table.state_len()] };
    for entry in &table.params {
        let fan_in = entry.shape[1..].iter().product::<usize>().max(1) as f32;
        for (place, number) in weights.params[entry.range.clone()].iter_mut().zip(noise(&entry.name, entry.range.len())) {
            *place = match entry.part {
                Part::Weight => number / fan_in.sqrt(),
                Part::Scale => 1.0 + 0.2 * number,
                Part::Trained { start } => start as f32 + 0.1 * number,
                _ => 0.1 * number,
            };
        }
    }
    for entry in &table.state {
        for (place, number) in weights.state[entry.range.clone()].iter_mut().zip(noise(&entry.name, entry.range.len())) {
            *place = if entry.part == Part::Var { 1.0 + 0.3 * number.abs() } else { 0.1 * number };
        }
    }
    weights
}
