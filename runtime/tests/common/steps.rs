//! Training steps of a spec's network on made-up data.

use hetc_compiler::Setting;
use hetc_compiler::plan::Plan;
use hetc_grammar::span::{SourceId, Span, Spanned};
use hetc_runtime::loss::Loss;
use hetc_runtime::nets::{Device, Draws, Net};
use hetc_runtime::optim::{Memory, Optimiser};
use hetc_runtime::params::{Table, Weights};
use hetc_runtime::streams::Stream;
use hetc_runtime::{Init, init::init};

/// `text`, a spec with one net, with `cells` for its parameter of that name.
pub fn plan(text: &str, cells: &str) -> Plan {
    let (value, errors) = hetc_grammar::parse_value(SourceId(2), cells);
    assert!(errors.is_empty());
    let name = Spanned::new("cells".to_string(), Span::new(SourceId(2), 0, 0));
    let compiled = hetc_compiler::compile(SourceId(1), text, &[Setting { name, value: value.expect("a value") }]);
    compiled.nets[0].plan.clone().expect("a sound spec")
}

/// A network under training with Adam, and one batch that it sees again and again.
pub struct Trainee {
    net: Net,
    pub weights: Weights,
    optimiser: Optimiser,
    memory: Memory,
    input: Vec<f32>,
    labels: Vec<u16>,
    step: u64,
}

impl Trainee {
    pub fn new(plan: &Plan, batch: usize, device: Device) -> Self {
        Self::seeded(plan, batch, device, 1)
    }

    /// With data and initial weights of this seed.
    pub fn seeded(plan: &Plan, batch: usize, device: Device, seed: u64) -> Self {
        let (table, optimiser) = (Table::of(plan), Optimiser::adam(1e-3));
        let (net, warnings) = Net::new(plan, device);
        assert!(warnings.is_empty(), "{warnings:?}");
        let mut stream = Stream::new(seed, "made-up data", &[]);
        let input = (0..batch * plan.input.elements()).map(|_| stream.normal() as f32).collect();
        let labels = (0..batch).map(|_| stream.below(plan.output.units() as u32) as u16).collect();
        let weights = init(plan, &table, Init::Torch, seed);
        Self { net, weights, memory: optimiser.start(table.params_len()), optimiser, input, labels, step: 0 }
    }

    /// Forward, loss, backward, Adam.
    pub fn step(&mut self) {
        let Self { net, weights, optimiser, memory, input, labels, step } = self;
        memory.next_step();
        let slopes = |logits: &[f32]| {
            let mut slopes = vec![0.0; logits.len()];
            Loss::CrossEntropy.slopes(logits, labels, &mut slopes);
            Some(slopes)
        };
        let draws = Draws { seed: 1, epoch: 0, step: *step };
        net.step(weights, input.clone(), draws, slopes, |weights, range, gradient| {
            optimiser.update(memory, range.clone(), &mut weights.params[range], gradient);
        });
        *step += 1;
    }
}
