//! The memory of one group on its way through the network: allocated once, used in every step.

use crate::op::{Backward, Forward, Group, Mode, Scratch};
use crate::program::{Hand, Program, Step};
use hetc_kernels::Lanes;
use smallvec::SmallVec;

/// What the passes over one group read and write.
#[derive(Debug)]
pub struct Slot {
    values: Vec<Vec<Lanes>>,
    gradients: Vec<Vec<Lanes>>,
    kept: Vec<Vec<Lanes>>,
    /// For gradients that are added to others.
    spare: Vec<Vec<Lanes>>,
}

/// What a pass reads that all groups share.
#[derive(Debug, Clone, Copy)]
pub struct Shared<'a> {
    pub program: &'a Program,
    pub packed: &'a [Vec<f32>],
    pub params: &'a [f32],
    pub state: &'a [f32],
}

impl Slot {
    /// For `program`; gradients take memory only when there are any.
    pub fn new(program: &Program) -> Self {
        let values = program.values.iter().map(|len| vec![Lanes::default(); *len]).collect();
        let kept = program.steps.iter().map(|step| vec![Lanes::default(); step.op.kept()]).collect();
        Self { values, gradients: vec![Vec::new(); program.values.len()], kept, spare: Vec::new() }
    }

    /// Bytes of one for `program`, gradients included.
    pub fn bytes(program: &Program) -> u64 {
        let values: usize = program.values.iter().sum();
        let kept: usize = program.steps.iter().map(|step| step.op.kept()).sum();
        ((2 * values + kept) * size_of::<Lanes>()) as u64
    }

    /// The network's input.
    pub fn input(&mut self) -> &mut [Lanes] {
        &mut self.values[0]
    }

    /// The network's output.
    pub fn output(&self) -> &[Lanes] {
        self.values.last().map_or(&[], Vec::as_slice)
    }

    /// A value.
    pub fn value(&self, value: usize) -> &[Lanes] {
        &self.values[value]
    }

    /// A value, to be changed.
    pub fn value_mut(&mut self, value: usize) -> &mut [Lanes] {
        &mut self.values[value]
    }

    /// The gradient of a value; empty if it never had one.
    pub fn value_gradient(&self, value: usize) -> &[Lanes] {
        &self.gradients[value]
    }

    /// The gradient of the network's output.
    pub fn output_gradient(&mut self) -> &mut [Lanes] {
        let last = self.values.len() - 1;
        self.gradient(last);
        &mut self.gradients[last]
    }

    fn gradient(&mut self, value: usize) {
        let len = self.values[value].len();
        self.gradients[value].resize(len, Lanes::default());
    }

    /// Step `index` forward, or what `work` does instead with the same things at hand.
    pub fn forward(
        &mut self,
        shared: Shared,
        index: usize,
        group: Group,
        mode: Mode,
        scratch: &mut Scratch,
        work: impl FnOnce(&Step, Forward),
    ) {
        let step = &shared.program.steps[index];
        let mut output = std::mem::take(&mut self.values[index + 1]);
        {
            let inputs: SmallVec<[&[Lanes]; 4]> = step.reads.iter().map(|value| self.values[*value].as_slice()).collect();
            let pass = Forward {
                group,
                mode,
                inputs: &inputs,
                output: &mut output,
                kept: &mut self.kept[index],
                packed: &shared.packed[index],
                params: shared.params,
                state: shared.state,
                scratch,
            };
            work(step, pass);
        }
        self.values[index + 1] = output;
    }

    /// Step `index` backward, or what `work` does instead with the same things at hand: only if `hand_on`, gradients are handed to the
    /// values that it reads.
    #[allow(clippy::too_many_arguments)]
    pub fn backward(
        &mut self,
        shared: Shared,
        index: usize,
        group: Group,
        mode: Mode,
        gradients: &mut [f32],
        scratch: &mut Scratch,
        hand_on: bool,
        work: impl FnOnce(&Step, Backward),
    ) {
        let step = &shared.program.steps[index];
        let hands = || step.reads.iter().zip(&step.hands).map(|(value, hand)| (*value, if hand_on { *hand } else { Hand::Keep }));
        self.spare.resize_with(step.reads.len(), Vec::new);
        for (position, (value, hand)) in hands().enumerate() {
            match hand {
                Hand::Keep => {}
                Hand::Set => self.gradient(value),
                Hand::Add => self.spare[position].resize(self.values[value].len(), Lanes::default()),
            }
        }
        let mut dy = std::mem::take(&mut self.gradients[index + 1]);
        let mut taken: SmallVec<[Vec<Lanes>; 4]> = hands()
            .enumerate()
            .map(|(position, (value, hand))| match hand {
                Hand::Keep => Vec::new(),
                Hand::Set => std::mem::take(&mut self.gradients[value]),
                Hand::Add => std::mem::take(&mut self.spare[position]),
            })
            .collect();
        {
            let inputs: SmallVec<[&[Lanes]; 4]> = step.reads.iter().map(|value| self.values[*value].as_slice()).collect();
            let mut dx: SmallVec<[Option<&mut [Lanes]>; 4]> =
                taken.iter_mut().zip(hands()).map(|(dx, (_, hand))| (hand != Hand::Keep).then_some(dx.as_mut_slice())).collect();
            let pass = Backward {
                group,
                mode,
                inputs: &inputs,
                output: &self.values[index + 1],
                kept: &self.kept[index],
                packed: &shared.packed[index],
                params: shared.params,
                dy: &mut dy,
                dx: &mut dx,
                gradients,
                scratch,
            };
            work(step, pass);
        }
        self.gradients[index + 1] = dy;
        // In order: what sets a gradient comes before what adds to it.
        for (position, ((value, hand), dx)) in hands().zip(taken).enumerate() {
            match hand {
                Hand::Keep => {}
                Hand::Set => self.gradients[value] = dx,
                Hand::Add => {
                    add(&mut self.gradients[value], &dx);
                    self.spare[position] = dx;
                }
            }
        }
    }
}

fn add(sum: &mut [Lanes], more: &[Lanes]) {
    pulp::Arch::new().dispatch(|| {
        for (sum, more) in sum.iter_mut().zip(more) {
            sum.0.iter_mut().zip(more.0).for_each(|(sum, more)| *sum += more);
        }
    });
}
