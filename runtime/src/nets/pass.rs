//! What a forward pass needs besides the input.

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

/// Names the random draws of one batch in evaluation: noise that is there always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Look {
    /// The run's seed.
    pub seed: u64,
    /// Within the split, from 0.
    pub batch: u64,
}

/// Names the random draws of one training step.
#[derive(Debug, Clone, Copy)]
pub struct Draws {
    /// The run's seed.
    pub seed: u64,
    /// From 0.
    pub epoch: u64,
    /// Within the epoch, from 0.
    pub step: u64,
}
