//! Stochastic gradient descent, as `torch.optim.SGD`.

/// The factors of [`super::Optimiser::Sgd`].
#[derive(Debug, Clone, Copy)]
pub struct Sgd {
    pub(super) lr: f32,
    pub(super) momentum: f32,
    pub(super) kept: f32,
    pub(super) fresh: f32,
    pub(super) nesterov: bool,
    pub(super) weight_decay: f32,
}

impl Sgd {
    #[inline(always)]
    fn decayed(&self, param: f32, gradient: f32) -> f32 {
        if self.weight_decay == 0.0 { gradient } else { gradient + self.weight_decay * param }
    }

    #[inline(always)]
    pub(super) fn plain(&self, params: &mut [f32], gradients: &[f32]) {
        for (param, gradient) in params.iter_mut().zip(gradients) {
            *param -= self.lr * self.decayed(*param, *gradient);
        }
    }

    #[inline(always)]
    pub(super) fn with_directions(&self, directions: &mut [f32], params: &mut [f32], gradients: &[f32]) {
        for ((param, gradient), direction) in params.iter_mut().zip(gradients).zip(directions) {
            let gradient = self.decayed(*param, *gradient);
            *direction = self.kept * *direction + self.fresh * gradient;
            let step = if self.nesterov { gradient + self.momentum * *direction } else { *direction };
            *param -= self.lr * step;
        }
    }
}
