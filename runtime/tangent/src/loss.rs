//! Losses of one sample, and their slopes at the network's outputs.

use crate::dual::Dual;

/// A loss and its derivative by each output.
pub type Slopes = (Dual, Vec<Dual>);

/// Minus the logarithm of the softmax probability of `class`.
pub fn cross_entropy(logits: &[Dual], class: usize) -> Slopes {
    let largest = logits.iter().map(|logit| logit.value).fold(f64::NEG_INFINITY, f64::max);
    let raised: Vec<Dual> = logits.iter().map(|logit| (*logit - Dual::constant(largest)).exp()).collect();
    let sum: Dual = raised.iter().copied().sum();
    let loss = sum.ln() + Dual::constant(largest) - logits[class];
    let hit = |i: usize| Dual::constant(f64::from(u8::from(i == class)));
    (loss, raised.iter().enumerate().map(|(i, raised)| *raised / sum - hit(i)).collect())
}

/// The mean over the outputs of the squared distance to what was wanted.
pub fn squares(outputs: &[Dual], wanted: impl Iterator<Item = f64>) -> Slopes {
    let part = 1.0 / outputs.len() as f64;
    let away: Vec<Dual> = outputs.iter().zip(wanted).map(|(output, wanted)| *output - Dual::constant(wanted)).collect();
    let loss = away.iter().map(|away| *away * *away).sum::<Dual>().times(part);
    (loss, away.into_iter().map(|away| away.times(2.0 * part)).collect())
}
