//! Training steps of a spec's network on made-up data.
#![allow(dead_code)]

use hetc_compiler::Setting;
use hetc_compiler::plan::Plan;
use hetc_grammar::span::{SourceId, Span, Spanned};
use hetc_runtime::bench::Trainee;
use hetc_runtime::network::Hardware;

/// `text`, a spec with one net, with `cells` for its parameter of that name.
pub fn plan(text: &str, cells: &str) -> Plan {
    let (value, errors) = hetc_grammar::parse_value(SourceId(2), cells);
    assert!(errors.is_empty());
    let name = Spanned::new("cells".to_string(), Span::new(SourceId(2), 0, 0));
    let compiled = hetc_compiler::compile(SourceId(1), text, &[Setting { name, value: value.expect("a value") }]);
    compiled.nets[0].plan.clone().expect("a sound spec")
}

/// A network under training on the processor, without a warning.
pub fn trainee(plan: &Plan, batch: usize, kernels: bool, seed: u64) -> Trainee {
    let (trainee, warnings) = Trainee::new(plan, batch, kernels, Hardware::cpu(), seed);
    assert!(warnings.is_empty(), "{warnings:?}");
    trainee
}
