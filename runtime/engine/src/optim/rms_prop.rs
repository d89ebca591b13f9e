//! RMSprop, as `torch.optim.RMSprop`; its mean square may start anywhere.

/// The factors of [`super::Optimiser::RmsProp`].
#[derive(Debug, Clone, Copy)]
pub struct RmsProp {
    pub(super) lr: f32,
    pub(super) decay: f32,
    pub(super) rest: f32,
    pub(super) epsilon: f32,
    pub(super) momentum: f32,
    pub(super) weight_decay: f32,
}

impl RmsProp {
    #[inline(always)]
    fn direction(&self, param: f32, gradient: f32, square: &mut f32) -> f32 {
        let gradient = if self.weight_decay == 0.0 { gradient } else { gradient + self.weight_decay * param };
        *square = self.decay * *square + self.rest * (gradient * gradient);
        gradient / (square.sqrt() + self.epsilon)
    }

    #[inline(always)]
    pub(super) fn plain(&self, squares: &mut [f32], params: &mut [f32], gradients: &[f32]) {
        for ((param, gradient), square) in params.iter_mut().zip(gradients).zip(squares) {
            *param -= self.lr * self.direction(*param, *gradient, square);
        }
    }

    #[inline(always)]
    pub(super) fn with_directions(&self, squares: &mut [f32], directions: &mut [f32], params: &mut [f32], gradients: &[f32]) {
        for (((param, gradient), square), direction) in params.iter_mut().zip(gradients).zip(squares).zip(directions) {
            *direction = self.momentum * *direction + self.direction(*param, *gradient, square);
            *param -= self.lr * *direction;
        }
    }
}
