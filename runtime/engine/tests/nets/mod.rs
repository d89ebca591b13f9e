//! Networks and numbers for tests.

use hetc_compiler::plan::Plan;
use hetc_engine::params::{Table, Weights};
use hetc_engine::streams::Stream;
use hetc_grammar::span::SourceId;

/// Every kind of operation, values that are read twice, and two batch norms.
pub const MIXED: &str = "net mixed {
    input 4x6x6
    conv 8 3x3 pad=1
    norm batch
    act swish(2)|tanh|prelu ratio 1:1:2
    residual {
        conv 8 3x3 pad=1
        noise normal 0.1
        norm batch affine=no
        act relu
    }
    window excitator 2x2
    norm response size=3 alpha=0.5
    branch concat { conv 4 1x1 } and { pool avg 3x3 stride=1 pad=1 }
    inner mlp[6,5] args=2
    pool max 2x2
    dense 12
    norm layer
    dropout 0.3
    act tanh
    dense 3
}
";

pub fn plan(text: &str) -> Plan {
    let compiled = hetc_compiler::compile(SourceId(1), text, &[]);
    let found: Vec<&str> = compiled.diagnostics.iter().map(|diagnostic| diagnostic.headline.as_str()).collect();
    compiled.nets[0].plan.clone().unwrap_or_else(|| panic!("{found:?}"))
}

pub fn numbers(count: usize, name: &str) -> Vec<f32> {
    let mut stream = Stream::new(7, name, &[]);
    (0..count).map(|_| stream.normal() as f32).collect()
}

pub fn start(plan: &Plan, table: &Table) -> Weights {
    let mut params = numbers(plan.params as usize, "weights");
    params.iter_mut().for_each(|param| *param *= 0.3);
    let mut state = vec![0.0; table.state_len()];
    for entry in table.state.iter().filter(|entry| entry.name.ends_with("var")) {
        state[entry.range.clone()].fill(1.0);
    }
    Weights { params, state }
}

/// The same without corners, which differences would step over.
pub fn smooth() -> String {
    let net = MIXED.replace("act relu", "act swish(1)").replace("|prelu ratio", "|bent ratio").replace("pool max", "pool avg");
    let net = net.replace("window excitator", "window soft").replace("args=2", "args=2 hidden=tanh");
    format!("cell bent(a = learn 0.25 per channel) = x * sigmoid(a * x)\nwindow soft = x * sigmoid(sum(x))\n{net}")
}
