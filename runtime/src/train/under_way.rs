//! A stage with everything that its steps need.

use super::Job;
use crate::batches::{Batch, Batches};
use crate::lesson::Lesson;
use crate::optim::{Group, Memory, Update};
use crate::params::Table;
use crate::stage::{Alternate, Kind, Stage};
use hetc_data::Part;
use hetc_engine::streams::Stream;

/// A stage that is being trained.
pub struct UnderWay<'a> {
    /// What it is.
    pub stage: &'a Stage,
    /// The cell that it trains alone, if it does.
    pub lesson: Option<Lesson>,
    groups: Vec<Group>,
    outer: Option<Group>,
    /// Numbers that the optimisers' memory is about.
    params: usize,
    /// Samples of a pass.
    samples: usize,
    seed: u64,
    shuffle: bool,
    /// The last order that was asked for, and for which pass.
    order: Option<(u64, Vec<usize>)>,
}

/// What a step is, of an epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// By these samples.
    Inner(Vec<usize>),
    /// The outer step, by these.
    Outer(Vec<usize>),
}

impl<'a> UnderWay<'a> {
    /// Stage `number` of `job`; `None` if it pretrains a cell that the network does not have, as a control may not.
    pub fn new(job: &Job<'a>, table: &Table, batches: &Batches, number: usize) -> Option<Self> {
        let stage = job.config.stages.get(number)?;
        let lesson = match &stage.kind {
            Kind::Pretrain { cell, target } => Some(Lesson::new(job.plan, table, cell, target, job.seed, job.hardware)?),
            Kind::Train | Kind::Alternate(_) => None,
        };
        let (groups, params) = match &lesson {
            Some(lesson) => {
                let ranges = lesson.shared();
                (vec![Group { ranges, optimiser: stage.optimiser, clip: stage.clip.value }], lesson.weights.params.len())
            }
            None => (stage.groups(table), table.params_len()),
        };
        let samples = lesson.as_ref().map_or_else(|| batches.samples(Part::Train), Lesson::places);
        let (outer, seed, shuffle) = (stage.outer(table), job.seed, job.config.shuffle);
        Some(Self { stage, lesson, groups, outer, params, samples, seed, shuffle, order: None })
    }

    /// What the optimisers remember before the first step.
    pub fn memory(&self) -> Memory {
        let mut memory = Group::start(&self.groups, self.params);
        self.outer.iter().for_each(|outer| outer.restart(&mut memory, self.params));
        memory
    }

    /// Makes the inner optimisers forget; the outer one remembers.
    pub fn restart(&self, memory: &mut Memory) {
        memory.steps = 0;
        self.groups.iter().for_each(|group| group.restart(memory, self.params));
    }

    fn alternate(&self) -> Option<&'a Alternate> {
        if let Kind::Alternate(alternate) = &self.stage.kind { Some(alternate) } else { None }
    }

    fn passes(&self) -> u64 {
        self.alternate().map_or(1, |alternate| alternate.inner)
    }

    fn steps_of_pass(&self) -> u64 {
        self.samples.div_ceil(self.stage.batch) as u64
    }

    /// Steps of an epoch.
    pub fn steps(&self) -> u64 {
        self.passes() * self.steps_of_pass() + u64::from(self.outer.is_some())
    }

    /// Step `number` (from 0) of an epoch.
    pub fn step(&mut self, epoch: u64, number: u64) -> Step {
        let (pass, within) = (number / self.steps_of_pass(), number % self.steps_of_pass());
        if let Some(alternate) = self.alternate().filter(|_| pass == self.passes()) {
            let mut drawn = Stream::new(self.seed, "outer", &[epoch]).permutation(self.samples);
            drawn.truncate(alternate.samples);
            return Step::Outer(drawn);
        }
        let pass = epoch * self.passes() + pass;
        if self.order.as_ref().is_none_or(|(known, _)| *known != pass) {
            self.order = Some((pass, Batches::order(self.samples, self.shuffle, self.seed, pass)));
        }
        let order = self.order.as_ref().map_or(&[][..], |(_, order)| order);
        Step::Inner(order.chunks(self.stage.batch).nth(within as usize).unwrap_or_default().to_vec())
    }

    /// How parameters move in an inner step, the `stage_step`-th (from 0) of the stage.
    pub fn update(&self, memory: &Memory, stage_step: u64) -> Update {
        Update::new(&self.groups, self.stage.clip.norm, memory.steps, self.factor(stage_step))
    }

    /// How they move in the outer step of the stage's epoch `epoch` (from 0).
    pub fn outer_update(&self, epoch: u64) -> Update {
        Update::new(self.outer.as_slice(), None, epoch + 1, 1.0)
    }

    /// The learning rate of step `stage_step` (from 0) of the stage.
    pub fn lr(&self, stage_step: u64) -> f64 {
        self.stage.optimiser.lr() * self.factor(stage_step)
    }

    fn factor(&self, stage_step: u64) -> f64 {
        self.stage.schedule.factor(stage_step, self.steps(), self.stage.epochs)
    }

    /// The samples of an inner step, instead of what was in `batch`.
    pub fn fill(&self, batches: &Batches, indices: &[usize], epoch: u64, step: u64, batch: &mut Batch) {
        match &self.lesson {
            Some(lesson) => lesson.batch(indices, &mut batch.input, &mut batch.targets),
            None => batches.augmented(indices, self.seed, epoch, step, batch),
        }
    }
}
