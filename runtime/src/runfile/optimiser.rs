//! `[optimiser]`: which, with its numbers.

use super::LARGE;
use super::reader::Table;
use crate::optim::Optimiser;
use hetc_compiler::diag::Findings;

/// What the table says; nothing if it cannot be used.
pub fn optimiser(table: &mut Table, findings: &mut Findings) -> Option<Optimiser> {
    let kind = table.choice("kind", &[("sgd", "sgd"), ("adam", "adam")], findings);
    let kind = table.required("optimiser.kind", "`kind = \"adam\"` under `[optimiser]`", kind, findings);
    let lr = table.number("lr", 0.0..=1e6, LARGE, findings);
    let lr = table.required("optimiser.lr", "`lr = 0.001` under `[optimiser]`", lr, findings);
    let weight_decay = table.number("weight_decay", 0.0..=1e6, LARGE, findings).unwrap_or(0.0);
    if kind == Some("sgd") {
        let momentum = table.number("momentum", 0.0..=1.0, "a number from 0 to 1", findings).unwrap_or(0.0);
        let dampening = table.number("dampening", 0.0..=1.0, "a number from 0 to 1", findings).unwrap_or(0.0);
        let nesterov = table.flag("nesterov", findings).unwrap_or(false);
        if nesterov && (momentum == 0.0 || dampening != 0.0) {
            return table.bad("nesterov", "with a momentum and without dampening", "it otherwise", findings);
        }
        table.not_for(&["beta1", "beta2", "epsilon", "decoupled"], "with `kind = \"adam\"`", findings);
        return Some(Optimiser::Sgd { lr: lr?, momentum, dampening, nesterov, weight_decay });
    }
    let beta1 = table.number("beta1", 0.0..1.0, "at least 0 and below 1", findings).unwrap_or(0.9);
    let beta2 = table.number("beta2", 0.0..1.0, "at least 0 and below 1", findings).unwrap_or(0.999);
    let epsilon = table.number("epsilon", 0.0..=1.0, "a number from 0 to 1", findings).unwrap_or(1e-8);
    let decoupled = table.flag("decoupled", findings).unwrap_or(false);
    if kind.is_some() {
        table.not_for(&["momentum", "dampening", "nesterov"], "with `kind = \"sgd\"`", findings);
    }
    kind?;
    Some(Optimiser::Adam { lr: lr?, beta1, beta2, epsilon, weight_decay, decoupled })
}
