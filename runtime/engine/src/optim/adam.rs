//! Adam and AdamW, as `torch.optim.Adam` and `torch.optim.AdamW`.

/// The factors of [`super::Optimiser::Adam`].
#[derive(Debug, Clone, Copy)]
pub struct Adam {
    pub(super) keep: f32,
    pub(super) coupled: f32,
    pub(super) blend: f32,
    pub(super) beta2: f32,
    pub(super) rest2: f32,
    pub(super) step: f32,
    pub(super) root2: f32,
    pub(super) epsilon: f32,
}

impl Adam {
    #[inline(always)]
    pub(super) fn update(&self, means: &mut [f32], squares: &mut [f32], params: &mut [f32], gradients: &[f32]) {
        for (((param, gradient), mean), square) in params.iter_mut().zip(gradients).zip(means).zip(squares) {
            *param *= self.keep;
            let gradient = gradient + self.coupled * *param;
            *mean += self.blend * (gradient - *mean);
            *square = self.beta2 * *square + self.rest2 * (gradient * gradient);
            *param -= self.step * (*mean / (square.sqrt() / self.root2 + self.epsilon));
        }
    }
}
