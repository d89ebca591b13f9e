//! `[optimiser]`, and every other table that says what moves parameters.

use super::LARGE;
use super::reader::Table;
use crate::optim::Optimiser;
use hetc_compiler::diag::Findings;

/// Keys of an optimiser.
pub const KEYS: [&str; 12] = [
    "kind",
    "lr",
    "momentum",
    "dampening",
    "nesterov",
    "beta1",
    "beta2",
    "epsilon",
    "weight_decay",
    "decoupled",
    "decay",
    "start",
];

/// An optimiser, and whether its learning rate is still to be found.
#[derive(Debug, Clone, Copy)]
pub struct Read {
    /// With rate 0 if it is to be found.
    pub optimiser: Optimiser,
    /// `lr = "find"`
    pub find: bool,
}

/// What the table says; nothing if it cannot be used.
pub fn optimiser(table: &mut Table, findings: &mut Findings) -> Option<Read> {
    let kind = table.choice("kind", &[("sgd", "sgd"), ("adam", "adam"), ("rmsprop", "rmsprop")], findings);
    let kind = table.required("kind", "`kind = \"adam\"` under `[optimiser]`", kind, findings);
    let find = table.says("lr", "find");
    let lr = if find { Some(0.0) } else { table.number("lr", 0.0..=1e6, LARGE, findings) };
    let lr = table.required("lr", "`lr = 0.001` under `[optimiser]`", lr, findings);
    let weight_decay = table.number("weight_decay", 0.0..=1e6, LARGE, findings).unwrap_or(0.0);
    let optimiser = match kind? {
        "sgd" => sgd(table, lr, weight_decay, findings),
        "rmsprop" => rms_prop(table, lr, weight_decay, findings),
        _ => adam(table, lr, weight_decay, findings),
    };
    Some(Read { optimiser: optimiser?, find })
}

fn sgd(table: &mut Table, lr: Option<f64>, weight_decay: f64, findings: &mut Findings) -> Option<Optimiser> {
    let momentum = momentum(table, findings);
    let dampening = table.number("dampening", 0.0..=1.0, "a number from 0 to 1", findings).unwrap_or(0.0);
    let nesterov = table.flag("nesterov", findings).unwrap_or(false);
    if nesterov && (momentum == 0.0 || dampening != 0.0) {
        return table.bad("nesterov", "with a momentum and without dampening", "it otherwise", findings);
    }
    table.not_for(&["beta1", "beta2", "decoupled"], "with `kind = \"adam\"`", findings);
    table.not_for(&["decay", "start"], "with `kind = \"rmsprop\"`", findings);
    table.not_for(&["epsilon"], "with `kind = \"adam\"` or `\"rmsprop\"`", findings);
    Some(Optimiser::Sgd { lr: lr?, momentum, dampening, nesterov, weight_decay })
}

fn rms_prop(table: &mut Table, lr: Option<f64>, weight_decay: f64, findings: &mut Findings) -> Option<Optimiser> {
    let decay = table.number("decay", 0.0..1.0, "at least 0 and below 1", findings).unwrap_or(0.99);
    let start = table.number("start", 0.0..=1e6, LARGE, findings).unwrap_or(0.0);
    let (epsilon, momentum) = (epsilon(table, findings), momentum(table, findings));
    table.not_for(&["beta1", "beta2", "decoupled"], "with `kind = \"adam\"`", findings);
    table.not_for(&["dampening", "nesterov"], "with `kind = \"sgd\"`", findings);
    Some(Optimiser::RmsProp { lr: lr?, decay, epsilon, momentum, weight_decay, start })
}

fn adam(table: &mut Table, lr: Option<f64>, weight_decay: f64, findings: &mut Findings) -> Option<Optimiser> {
    let beta1 = table.number("beta1", 0.0..1.0, "at least 0 and below 1", findings).unwrap_or(0.9);
    let beta2 = table.number("beta2", 0.0..1.0, "at least 0 and below 1", findings).unwrap_or(0.999);
    let epsilon = epsilon(table, findings);
    let decoupled = table.flag("decoupled", findings).unwrap_or(false);
    table.not_for(&["momentum"], "with `kind = \"sgd\"` or `\"rmsprop\"`", findings);
    table.not_for(&["dampening", "nesterov"], "with `kind = \"sgd\"`", findings);
    table.not_for(&["decay", "start"], "with `kind = \"rmsprop\"`", findings);
    Some(Optimiser::Adam { lr: lr?, beta1, beta2, epsilon, weight_decay, decoupled })
}

fn momentum(table: &mut Table, findings: &mut Findings) -> f64 {
    table.number("momentum", 0.0..=1.0, "a number from 0 to 1", findings).unwrap_or(0.0)
}

fn epsilon(table: &mut Table, findings: &mut Findings) -> f64 {
    table.number("epsilon", 0.0..=1.0, "a number from 0 to 1", findings).unwrap_or(1e-8)
}
