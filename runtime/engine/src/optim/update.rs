//! Which parameters move by which rule: groups with an optimiser each, the others frozen; gradients are clipped before.

use super::{Memory, Optimiser, Rule};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::ops::Range;

/// Limits for gradients.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clip {
    /// Each derivative is kept within ± this.
    #[serde(default)]
    pub value: Option<f64>,
    /// The gradient of all parameters that move is shortened to this Euclidean length (`torch.nn.utils.clip_grad_norm_`).
    #[serde(default)]
    pub norm: Option<f64>,
}

/// Parameters that move alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Their places in the flat buffer, in order; no place is in two groups.
    pub ranges: Vec<Range<usize>>,
    /// What moves them.
    pub optimiser: Optimiser,
    /// Within which each of their derivatives is kept.
    pub clip: Option<f64>,
}

impl Group {
    /// All of `params` parameters.
    pub fn all(params: usize, optimiser: Optimiser) -> Self {
        Self { ranges: std::iter::once(0..params).collect(), optimiser, clip: None }
    }

    /// What all of `groups` remember of `params` parameters before the first step.
    pub fn start(groups: &[Group], params: usize) -> Memory {
        let mut memory = Memory { steps: 0, moments: Vec::new() };
        for group in groups {
            group.restart(&mut memory, params);
        }
        memory
    }

    /// Forgets what `memory` holds of this group's parameters, `params` in all.
    pub fn restart(&self, memory: &mut Memory, params: usize) {
        for (place, start) in self.optimiser.moments().iter().enumerate() {
            if memory.moments.len() == place {
                memory.moments.push(vec![0.0; params]);
            }
            for range in &self.ranges {
                memory.moments[place][range.clone()].fill(*start);
            }
        }
    }
}

/// One step of all groups.
#[derive(Debug, Clone)]
pub struct Update {
    /// In the order of their places.
    parts: Vec<Part>,
    /// See [`Clip::norm`].
    norm: Option<f32>,
}

#[derive(Debug, Clone)]
struct Part {
    range: Range<usize>,
    rule: Rule,
    clip: Option<f32>,
    moments: usize,
}

impl Update {
    /// Step number `steps` (from 1) of `groups`, learning rates times `factor`.
    pub fn new(groups: &[Group], norm: Option<f64>, steps: u64, factor: f64) -> Self {
        let part = |group: &Group, range: &Range<usize>| {
            let optimiser = if factor == 1.0 { group.optimiser } else { group.optimiser.with_lr(factor * group.optimiser.lr()) };
            let (rule, moments) = (optimiser.rule(steps), optimiser.moments().len());
            Part { range: range.clone(), rule, clip: group.clip.map(|clip| clip as f32), moments }
        };
        let mut parts: Vec<Part> =
            groups.iter().flat_map(|group| group.ranges.iter().map(move |range| part(group, range))).collect();
        parts.sort_by_key(|part| part.range.start);
        Self { parts, norm: norm.map(|norm| norm as f32) }
    }

    /// Whether `apply` needs `shortening` before.
    pub(crate) fn needs_length(&self) -> bool {
        self.norm.is_some()
    }

    /// The sum of squares of the derivatives at the places from `first` on that move.
    pub(crate) fn square(&self, first: usize, gradients: &[f32]) -> f64 {
        let squares = |gradients: &[f32]| gradients.iter().map(|g| f64::from(*g) * f64::from(*g)).sum::<f64>();
        self.within(first, gradients.len()).map(|(_, here)| squares(&gradients[here])).sum()
    }

    /// What to multiply gradients by, given the square of the length of all.
    pub(crate) fn shortening(&self, square: f64) -> f32 {
        match self.norm {
            // As PyTorch: the length grows by a millionth, so that nothing is divided by zero.
            Some(norm) => (f64::from(norm) / (square.sqrt() + 1e-6)).min(1.0) as f32,
            None => 1.0,
        }
    }

    /// Moves `params`, those from place `first` on, by `gradients`, which are changed.
    pub(crate) fn apply(
        &self,
        first: usize,
        shortening: f32,
        params: &mut [f32],
        moments: &mut [&mut [f32]],
        gradients: &mut [f32],
    ) {
        if shortening != 1.0 {
            gradients.iter_mut().for_each(|gradient| *gradient *= shortening);
        }
        for (part, here) in self.within(first, params.len()) {
            if let Some(clip) = part.clip {
                gradients[here.clone()].iter_mut().for_each(|gradient| *gradient = gradient.clamp(-clip, clip));
            }
            let mut moments: SmallVec<[&mut [f32]; 2]> =
                moments.iter_mut().take(part.moments).map(|moment| &mut moment[here.clone()]).collect();
            part.rule.apply(&mut params[here.clone()], &mut moments, &gradients[here]);
        }
    }

    /// Moves all parameters of a network.
    pub fn apply_all(&self, params: &mut [f32], memory: &mut Memory, gradients: &mut [f32]) {
        let shortening = if self.needs_length() { self.shortening(self.square(0, gradients)) } else { 1.0 };
        let mut moments: SmallVec<[&mut [f32]; 2]> = memory.moments.iter_mut().map(Vec::as_mut_slice).collect();
        self.apply(0, shortening, params, &mut moments, gradients);
    }

    /// The parts that reach into `len` places from `first` on, and where in them.
    fn within(&self, first: usize, len: usize) -> impl Iterator<Item = (&Part, Range<usize>)> {
        let begin = self.parts.partition_point(|part| part.range.end <= first);
        let parts = self.parts[begin..].iter().take_while(move |part| part.range.start < first + len);
        parts.map(move |part| (part, part.range.start.saturating_sub(first)..(part.range.end - first).min(len)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups() -> Vec<Group> {
        let momentum = Optimiser::Sgd { lr: 0.4, momentum: 0.8, dampening: 0.0, nesterov: false, weight_decay: 0.0 };
        vec![
            Group { ranges: vec![1..3, 5..8], optimiser: Optimiser::sgd(0.5), clip: None },
            Group { ranges: std::iter::once(3..5).collect(), optimiser: momentum, clip: Some(0.1) },
        ]
    }

    #[test]
    fn each_group_moves_by_its_own_rule_and_the_rest_stays() {
        let mut params = [1.0; 9];
        let mut memory = Group::start(&groups(), 9);
        memory.next_step();
        Update::new(&groups(), None, 1, 2.0).apply_all(&mut params, &mut memory, &mut [0.25; 9]);
        let (sgd, momentum) = (1.0 - 2.0 * 0.5 * 0.25, 1.0 - 0.8 * 0.1_f32);
        assert_eq!(params, [1.0, sgd, sgd, momentum, momentum, sgd, sgd, sgd, 1.0]);
        assert_eq!(memory.moments, [[0.0, 0.0, 0.0, 0.1, 0.1, 0.0, 0.0, 0.0, 0.0]]);
    }

    #[test]
    fn parts_are_moved_as_the_whole() {
        let gradients: Vec<f32> = (0..9).map(|i| 0.3 * i as f32 - 1.0).collect();
        let update = Update::new(&groups(), Some(0.7), 3, 1.0);
        let (mut whole, mut memory) = ([0.5; 9], Group::start(&groups(), 9));
        update.apply_all(&mut whole, &mut memory, &mut gradients.clone());
        let (mut parts, mut moments) = ([0.5; 9], vec![0.0; 9]);
        let square: f64 = [0..4, 4..9].iter().map(|range| update.square(range.start, &gradients[range.clone()])).sum();
        for range in [0..4, 4..9] {
            let mut gradients = gradients[range.clone()].to_vec();
            let moments = &mut [&mut moments[range.clone()]];
            update.apply(range.start, update.shortening(square), &mut parts[range.clone()], moments, &mut gradients);
        }
        assert_eq!((parts, &moments), (whole, &memory.moments[0]));
        let length: f64 = gradients[1..8].iter().map(|g| f64::from(*g).powi(2)).sum();
        assert!((square - length).abs() < 1e-12, "what does not move does not count");
        assert!((whole[7] - (0.5 - 0.5 * gradients[7] * 0.7 / length.sqrt() as f32)).abs() < 1e-6);
    }

    #[test]
    fn a_group_begins_anew_alone() {
        let mut memory = Memory { steps: 4, moments: vec![vec![7.0; 9]] };
        groups()[1].restart(&mut memory, 9);
        assert_eq!(memory.moments, [[7.0, 7.0, 7.0, 0.0, 0.0, 7.0, 7.0, 7.0, 7.0]]);
    }
}
