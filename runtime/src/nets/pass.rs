//! What a forward pass needs besides the input.

use hetc_engine::op::{Draws, Look};

/// One forward pass.
pub enum Pass<'a> {
    /// Random draws happen, and the running statistics of batch norms move.
    Train {
        /// What names the draws.
        draws: Draws,
        /// Running statistics.
        state: &'a mut [f32],
    },
    /// Nothing is random but noise that is there always, and running statistics are used.
    Infer {
        /// What names that noise.
        look: Look,
        /// Running statistics.
        state: &'a [f32],
    },
}
