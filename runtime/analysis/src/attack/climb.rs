//! One sample's way up under Auto-PGD (Croce and Hein 2020, algorithm 1): steps with momentum, halved at checkpoints.

use super::Budget;

/// How much of a step is the gradient's; the rest is the step before.
const MOMENTUM: f32 = 0.75;

/// Where a sample's climb is.
pub(super) struct Climb<'a> {
    sample: &'a [f32],
    /// The point to ask about next.
    pub point: Vec<f32>,
    before: Vec<f32>,
    gradient: Vec<f32>,
    step: f32,
    /// Losses since the last checkpoint, with the one at it.
    losses: Vec<f64>,
    best: Best,
    /// The best loss at the last checkpoint, and whether the step was halved there.
    checked: (f64, bool),
}

/// The highest point so far.
struct Best {
    loss: f64,
    point: Vec<f32>,
    gradient: Vec<f32>,
}

impl<'a> Climb<'a> {
    /// Begins at `start`, where loss and gradient are these; steps are twice the radius.
    pub fn new(sample: &'a [f32], start: Vec<f32>, loss: f64, gradient: Vec<f32>, budget: &Budget) -> Self {
        let best = Best { loss, point: start.clone(), gradient: gradient.clone() };
        let (before, step) = (start.clone(), 2.0 * budget.radius);
        Self { sample, point: start, before, gradient, step, losses: vec![loss], best, checked: (loss, true) }
    }

    /// Moves to the next point; the `first` step has no momentum.
    pub fn advance(&mut self, budget: &Budget, first: bool) {
        let part = if first { 1.0 } else { MOMENTUM };
        let direction = budget.norm.steepest(&self.gradient);
        let mut aim: Vec<f32> = self.point.iter().zip(direction).map(|(p, d)| p + self.step * d).collect();
        budget.project(self.sample, &mut aim);
        let moves = aim.iter().zip(&self.point).zip(&self.before);
        let mut next: Vec<f32> =
            moves.map(|((aim, now), before)| now + (aim - now) * part + (now - before) * (1.0 - part)).collect();
        budget.project(self.sample, &mut next);
        self.before = std::mem::replace(&mut self.point, next);
    }

    /// Takes in loss and gradient at the point moved to.
    pub fn see(&mut self, loss: f64, gradient: Vec<f32>) {
        self.losses.push(loss);
        if loss > self.best.loss {
            self.best = Best { loss, point: self.point.clone(), gradient: gradient.clone() };
        }
        self.gradient = gradient;
    }

    /// Halves the step and goes back to the best point, where no more than `rho` of the steps since the last checkpoint went up, or where
    /// nothing got better since then although the step was not halved there. (The authors' code counts the first step as one up where its
    /// loss is above 0; here, as in the paper, it is compared with the start's.)
    pub fn checkpoint(&mut self, rho: f64) {
        let ups = self.losses.windows(2).filter(|pair| pair[1] > pair[0]).count();
        let stuck = !self.checked.1 && self.checked.0 >= self.best.loss;
        let halve = ups as f64 <= rho * (self.losses.len() - 1) as f64 || stuck;
        self.checked = (self.best.loss, halve);
        self.losses.drain(..self.losses.len() - 1);
        if halve {
            self.step /= 2.0;
            self.point = self.best.point.clone();
            self.gradient = self.best.gradient.clone();
        }
    }
}

/// The steps after which a run of so many is checked: at parts 0, 0.22, 0.41, 0.57, … of it, each stretch 0.03 shorter than the one before,
/// down to 0.06.
pub(super) fn checkpoints(steps: usize) -> Vec<usize> {
    let part = |percent: usize| (steps * percent / 100).max(1);
    let (mut stretch, mut at, mut all) = (part(22), 0, Vec::new());
    while at + stretch <= steps {
        at += stretch;
        all.push(at);
        stretch = stretch.saturating_sub(part(3)).max(part(6));
    }
    all
}

#[cfg(test)]
mod tests {
    #[test]
    fn checkpoints_are_those_of_the_paper() {
        assert_eq!(super::checkpoints(100), [22, 41, 57, 70, 80, 87, 93, 99]);
        assert_eq!(super::checkpoints(3), [1, 2, 3]);
    }
}
