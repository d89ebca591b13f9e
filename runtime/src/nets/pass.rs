//! What a forward pass needs besides the input.

use burn::tensor::Tensor;
use hetc_engine::op::{Draws, Look};
use std::ops::Range;

/// One forward pass.
pub enum Pass<'a> {
    /// Random draws happen, and batch norms tell the statistics of the batch.
    Train {
        /// What names the draws.
        draws: Draws,
        /// What batch norms have told.
        seen: Vec<Seen>,
    },
    /// Nothing is random but noise that is there always, and running statistics are used.
    Infer {
        /// What names that noise.
        look: Look,
        /// Running statistics.
        state: &'a [f32],
    },
}

/// Weight of a new batch in the running statistics.
const MOMENTUM: f32 = 0.1;

/// A statistic of a batch, for the running one to follow.
pub struct Seen {
    /// Where the running one lies in the state.
    pub place: Range<usize>,
    /// The batch's.
    pub batch: Tensor<1>,
    /// What makes the batch's an unbiased estimate.
    pub factor: f32,
}

impl Seen {
    /// Moves the running statistic in `state` towards the batch's, whose numbers are `batch`.
    pub fn follow(&self, batch: &[f32], state: &mut [f32]) {
        for (running, batch) in state[self.place.clone()].iter_mut().zip(batch) {
            *running = (1.0 - MOMENTUM) * *running + MOMENTUM * (batch * self.factor);
        }
    }
}
