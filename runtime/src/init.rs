//! Weights to start from.
//!
//! Every tensor has its own stream, `init/<name>`: adding a layer leaves the others' weights as they were.

use crate::params::{Entry, Owner, Part, Table, Weights};
use crate::streams::Stream;
use hetc_compiler::plan::{Op, Plan};
use serde::{Deserialize, Serialize};

/// How weights are drawn. Norms always start with scale 1, shift 0, running mean 0 and running variance 1; the trained parameters of
/// cells start where the plan says. Learned functions are drawn like dense layers.
///
/// `fan_in` is the number of values one output sums over, `fan_out` the number of outputs one input goes to (kernel positions counted,
/// strides not). Both as PyTorch computes them from the shape of the weights: groups count in the fan-in and not in the fan-out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Init {
    /// PyTorch's defaults: weights and biases uniform in ±1/√fan_in.
    #[default]
    Torch,
    /// Doty et al. (2021): convolutions N(0, 2/fan_out) with bias 0; dense layers N(0, 0.01²) with bias 0, the last as [`Init::Torch`],
    /// and so learned functions, which that paper has none of.
    Doty,
    /// Weights uniform in ±√(6/(fan_in + fan_out)), bias 0 (Glorot and Bengio 2010).
    XavierUniform,
    /// Weights N(0, 2/fan_in), bias 0 (He et al. 2015).
    KaimingNormal,
}

#[derive(Debug, Clone, Copy)]
enum Draw {
    Constant(f32),
    /// Uniform within ± this.
    Uniform(f64),
    /// Normal with this standard deviation.
    Normal(f64),
}

/// The weights of `plan` under `seed`.
pub fn init(plan: &Plan, table: &Table, init: Init, seed: u64) -> Weights {
    let mut weights = Weights { params: vec![0.0; table.params_len()], state: vec![0.0; table.state_len()] };
    redraw(&mut weights, plan, table, init, seed, &[], &|_| true);
    weights
}

/// Draws the tensors that are `chosen` once more. `times` tells one drawing from another; the first is without any.
pub fn redraw(
    weights: &mut Weights,
    plan: &Plan,
    table: &Table,
    init: Init,
    seed: u64,
    times: &[u64],
    chosen: &dyn Fn(&Entry) -> bool,
) {
    let last_dense = plan.layers.iter().rposition(|layer| matches!(layer.op, Op::Dense { .. }));
    let mut fans = (1.0, 1.0);
    for entry in &table.params {
        if entry.part == Part::Weight {
            fans = fans_of(&entry.shape);
        }
        let scheme = match (init, entry.owner) {
            (Init::Doty, Owner::Function(_)) => Init::Torch,
            (Init::Doty, Owner::Layer(layer)) if Some(layer) == last_dense => Init::Torch,
            _ => init,
        };
        if chosen(entry) {
            let values = &mut weights.params[entry.range.clone()];
            fill(values, draw(scheme, entry.shape.len(), entry.part, fans), seed, &entry.name, times);
        }
    }
    for entry in table.state.iter().filter(|entry| chosen(entry)) {
        fill(&mut weights.state[entry.range.clone()], draw(init, 1, entry.part, fans), seed, &entry.name, times);
    }
}

/// Fan-in and fan-out of a weight of this shape.
fn fans_of(shape: &[usize]) -> (f64, f64) {
    let positions: usize = shape.iter().skip(2).product();
    let fan = |axis: usize| (shape.get(axis).copied().unwrap_or(1) * positions) as f64;
    (fan(1), fan(0))
}

/// For a tensor with so many axes; a bias has the fans of its weight.
fn draw(init: Init, axes: usize, part: Part, (fan_in, fan_out): (f64, f64)) -> Draw {
    match (part, init) {
        (Part::Scale | Part::Var, _) => Draw::Constant(1.0),
        (Part::Shift | Part::Mean, _) => Draw::Constant(0.0),
        (Part::Trained { start }, _) => Draw::Constant(start as f32),
        (Part::Weight | Part::Bias, Init::Torch) => Draw::Uniform(1.0 / fan_in.sqrt()),
        (Part::Bias, _) => Draw::Constant(0.0),
        (Part::Weight, Init::Doty) if axes == 2 => Draw::Normal(0.01),
        (Part::Weight, Init::Doty) => Draw::Normal((2.0 / fan_out).sqrt()),
        (Part::Weight, Init::XavierUniform) => Draw::Uniform((6.0 / (fan_in + fan_out)).sqrt()),
        (Part::Weight, Init::KaimingNormal) => Draw::Normal((2.0 / fan_in).sqrt()),
    }
}

fn fill(values: &mut [f32], draw: Draw, seed: u64, name: &str, times: &[u64]) {
    let mut stream = Stream::new(seed, &format!("init/{name}"), times);
    for value in values {
        *value = match draw {
            Draw::Constant(constant) => constant,
            Draw::Uniform(limit) => stream.between(-limit, limit),
            Draw::Normal(deviation) => (deviation * stream.normal()) as f32,
        };
    }
}
