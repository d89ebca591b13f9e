//! A network ready to be trained and looked at.
//!
//! A batch is cut into groups of 16 samples, and its groups into *chunks* that follow each other. One thread takes a chunk's groups through
//! the whole network, forward and backward, one after the other, so that a group's values stay in its cache; each chunk has its own
//! gradients. Operations that need sums over the whole batch divide this into stages: all groups reach such an operation before any goes on.
//! How a batch is cut does not depend on threads, and sums are taken in order: results are the same bits with any number of threads.

use crate::batch::{Batch, add_up, chunks, lock, turn};
use crate::disjoint::Disjoint;
use crate::memory::{Shared, Slot};
use crate::op::{Draws, Look, Mode, Scratch};
use crate::ops::Uncompiled;
use crate::optim::{Memory, Update};
use crate::pack;
use crate::params::{Table, Weights};
use crate::program::Program;
use crate::team::Team;
use hetc_compiler::plan::Plan;
use hetc_compiler::shape::Shape;
use hetc_kernels::LANES;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Parameters that one thread updates at a time.
const BLOCK: usize = 1 << 13;

/// A network on the processor. Its weights are the caller's: they come in with every call.
#[derive(Debug)]
pub struct Engine {
    input: Shape,
    output: Shape,
    program: Program,
    table: Table,
    team: Team,
    /// What each step has derived from the parameters.
    packed: Vec<Vec<f32>>,
    /// The steps that need sums over the batch, in order.
    stages: Vec<usize>,
    /// One a thread, or one a group where there are stages.
    slots: Vec<Mutex<Slot>>,
    scratch: Vec<Mutex<Scratch>>,
    /// For each chunk of a batch the gradients of all parameters.
    gradients: Vec<Mutex<Vec<f32>>>,
    /// How many of them the last step used.
    chunks: usize,
}

impl Engine {
    /// The network of `plan` on `threads` threads, its cells as machine code if `machine_code`.
    pub fn new(plan: &Plan, threads: usize, machine_code: bool) -> (Self, Vec<Uncompiled>) {
        let table = Table::of(plan);
        let (program, uncompiled) = Program::new(plan, &table, machine_code);
        let steps = program.steps.iter().enumerate();
        let stages: Vec<usize> = steps.filter(|(_, step)| step.op.over_batch().is_some()).map(|(index, _)| index).collect();
        let packed = program.steps.iter().map(|step| vec![0.0; step.op.packed()]).collect();
        let engine = Self {
            input: plan.input,
            output: plan.output,
            program,
            table,
            team: Team::new(threads.max(1)),
            packed,
            stages,
            slots: Vec::new(),
            scratch: Vec::new(),
            gradients: Vec::new(),
            chunks: 0,
        };
        (engine, uncompiled)
    }

    /// The tensors that its weights consist of.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// How many threads it works on.
    pub fn threads(&self) -> usize {
        self.team.size()
    }

    /// Bytes that training takes with batches of so many samples: values, their gradients, what operations keep, the gradients of the
    /// parameters.
    pub fn memory(&self, samples: usize) -> u64 {
        let groups = samples.div_ceil(LANES);
        let params = 4 * self.table.params_len() as u64;
        let packed: u64 = self.packed.iter().map(|packed| 4 * packed.len() as u64).sum();
        let slots = Slot::bytes(&self.program).saturating_mul(self.slots(groups, true) as u64);
        slots.saturating_add(params * self.chunks_of(groups) as u64).saturating_add(packed)
    }

    /// The forward and backward pass of a training step over whole samples.
    ///
    /// For each group, `loss` gets which samples of the batch it holds, their logits (`[samples, outputs]`, in the plan's order) and room
    /// for as many slopes: the derivative of what is minimised with respect to each logit. What it returns comes back in the order of the
    /// groups. The gradients stay here, for [`Engine::update`]; running statistics in `weights.state` move.
    pub fn step<S: Send>(
        &mut self,
        weights: &mut Weights,
        input: &[f32],
        draws: Draws,
        loss: impl Fn(Range<usize>, &[f32], &mut [f32]) -> S + Sync,
    ) -> Vec<S> {
        let batch = Batch::of(input, &self.input);
        self.chunks = self.chunks_of(batch.groups);
        self.prepare(&weights.params);
        self.provide(batch.groups, true);
        let Weights { params, state } = weights;
        let mut train = Train {
            engine: &mut *self,
            batch,
            draws,
            params,
            sums: Vec::new(),
            results: (0..batch.groups).map(|_| Mutex::new(None)).collect(),
        };
        train.run(input, state, &loss);
        train.results.into_iter().filter_map(|result| result.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
    }

    /// One step by the gradients of the last [`Engine::step`].
    pub fn update(&mut self, params: &mut [f32], update: &Update, memory: &mut Memory) {
        let len = params.len();
        let gradients: Vec<MutexGuard<Vec<f32>>> = self.gradients[..self.chunks].iter().map(lock).collect();
        let gradients: Vec<&[f32]> = gradients.iter().map(|gradients| gradients.as_slice()).collect();
        let blocks = len.div_ceil(BLOCK);
        let range_of = |block: usize| block * BLOCK..len.min((block + 1) * BLOCK);
        let mut shortening = 1.0;
        if update.needs_length() {
            let squares: Vec<Mutex<f64>> = (0..blocks).map(|_| Mutex::default()).collect();
            self.team.share(blocks, &|_, block| {
                let mut sum = [0.0; BLOCK];
                let range = range_of(block);
                let sum = &mut sum[..range.len()];
                add_up(&gradients, range.clone(), sum);
                *lock(&squares[block]) = update.square(range.start, sum);
            });
            shortening = update.shortening(squares.iter().map(|square| *lock(square)).sum());
        }
        let params = Disjoint::new(params);
        let moments: Vec<Disjoint<f32>> = memory.moments.iter_mut().map(|moment| Disjoint::new(moment)).collect();
        self.team.share(blocks, &|_, block| {
            let range = range_of(block);
            let mut sum = [0.0; BLOCK];
            let sum = &mut sum[..range.len()];
            add_up(&gradients, range.clone(), sum);
            // SAFETY: blocks do not overlap, and each is handed out once.
            let (params, mut moments): (_, smallvec::SmallVec<[&mut [f32]; 2]>) =
                unsafe { (params.part(range.clone()), moments.iter().map(|moment| moment.part(range.clone())).collect()) };
            update.apply(range.start, shortening, params, &mut moments, sum);
        });
    }

    /// The gradients of the last [`Engine::step`], in the order of the table.
    pub fn gradients(&self) -> Vec<f32> {
        let gradients: Vec<MutexGuard<Vec<f32>>> = self.gradients[..self.chunks].iter().map(lock).collect();
        let gradients: Vec<&[f32]> = gradients.iter().map(|gradients| gradients.as_slice()).collect();
        let mut sum = vec![0.0; self.table.params_len()];
        add_up(&gradients, 0..sum.len(), &mut sum);
        sum
    }

    /// The logits, `[samples, outputs]`, of whole samples: without dropout, batch norms with the running statistics. Noise that is there
    /// always is drawn by `look`.
    pub fn infer(&mut self, weights: &Weights, input: &[f32], look: Look) -> Vec<f32> {
        let batch = Batch::of(input, &self.input);
        self.prepare(&weights.params);
        self.provide(batch.groups, false);
        let outputs = self.output.elements();
        let mut logits = vec![0.0; batch.samples * outputs];
        let rest = Disjoint::new(&mut logits);
        let shared = Shared { program: &self.program, packed: &self.packed, params: &weights.params, state: &weights.state };
        let (slots, scratch, shapes) = (&self.slots, &self.scratch, (&self.input, &self.output));
        self.team.share(batch.groups, &|thread, index| {
            let group = batch.group(index);
            let (mut slot, mut scratch) = (lock(&slots[thread]), lock(&scratch[thread]));
            pack::join(shapes.0, batch.samples_of(index, input, shapes.0), slot.input());
            for step in 0..shared.program.steps.len() {
                slot.forward(shared, step, group, Mode::Infer(look), &mut scratch, |step, pass| step.op.forward(pass));
            }
            // SAFETY: groups do not overlap, and each is handed out once.
            let logits = unsafe { rest.part(group.first * outputs..(group.first + group.samples) * outputs) };
            pack::split(shapes.1, slot.output(), logits);
        });
        logits
    }

    fn prepare(&mut self, params: &[f32]) {
        let steps = &self.program.steps;
        let packed: Vec<Mutex<&mut Vec<f32>>> = self.packed.iter_mut().map(Mutex::new).collect();
        self.team.share(steps.len(), &|_, index| steps[index].op.prepare(params, &mut lock(&packed[index])));
    }

    fn chunks_of(&self, groups: usize) -> usize {
        chunks(groups, self.table.params_len())
    }

    /// How many groups are under way at a time.
    fn slots(&self, groups: usize, training: bool) -> usize {
        let threads = self.team.size();
        if training && !self.stages.is_empty() { groups.max(threads) } else { threads }
    }

    /// Memory for a batch of so many groups.
    fn provide(&mut self, groups: usize, training: bool) {
        while self.slots.len() < self.slots(groups, training) {
            self.slots.push(Mutex::new(Slot::new(&self.program)));
        }
        self.scratch.resize_with(self.team.size(), Mutex::default);
        if training {
            let len = self.table.params_len();
            while self.gradients.len() < self.chunks {
                self.gradients.push(Mutex::new(vec![0.0; len]));
            }
        }
    }
}

/// One training step under way.
struct Train<'a, S> {
    engine: &'a mut Engine,
    batch: Batch,
    draws: Draws,
    params: &'a [f32],
    /// For each stage that has begun, the sums over the batch: forward, then backward.
    sums: Vec<[Vec<f64>; 2]>,
    results: Vec<Mutex<Option<S>>>,
}

/// What all groups do before they wait for each other.
#[derive(Debug, Clone, Copy)]
enum Leg {
    /// From the stage before (or the input) to stage number this.
    To(usize),
    /// From the last stage to the loss and back to it (or the input).
    Turn,
    /// From stage number this back to the one before (or the input).
    From(usize),
}

impl<S: Send> Train<'_, S> {
    fn run(&mut self, input: &[f32], state: &mut [f32], loss: &(impl Fn(Range<usize>, &[f32], &mut [f32]) -> S + Sync)) {
        let stages = self.engine.stages.len();
        for stage in 0..stages {
            let sums = self.leg(Leg::To(stage), input, state, loss);
            if let Some(over) = self.engine.program.steps[self.engine.stages[stage]].op.over_batch() {
                over.settle(&sums, self.batch.samples, state);
            }
            self.sums.push([sums, Vec::new()]);
        }
        let mut sums = self.leg(Leg::Turn, input, state, loss);
        for stage in (0..stages).rev() {
            self.sums[stage][1] = sums;
            sums = self.leg(Leg::From(stage), input, state, loss);
        }
    }

    /// Takes all groups through a leg; returns the sums that the stage at its end asks for.
    fn leg(
        &mut self,
        leg: Leg,
        input: &[f32],
        state: &[f32],
        loss: &(impl Fn(Range<usize>, &[f32], &mut [f32]) -> S + Sync),
    ) -> Vec<f64> {
        let Engine { program, packed, slots, scratch, gradients, team, stages, chunks, input: taken, output: given, .. } =
            &mut *self.engine;
        let shapes = (&*taken, &*given);
        let shared = Shared { program, packed, params: self.params, state };
        let (batch, staged) = (self.batch, !stages.is_empty());
        let last = program.steps.len();
        // The stage whose sums this leg takes, and whether forward or backward.
        let asks = match leg {
            Leg::To(stage) => Some(stage),
            Leg::Turn => stages.len().checked_sub(1),
            Leg::From(stage) => stage.checked_sub(1),
        };
        let begins = match leg {
            Leg::To(stage) | Leg::From(stage) => stage.checked_sub(1),
            Leg::Turn => stages.len().checked_sub(1),
        };
        let asked = asks.map(|stage| stages[stage]);
        let lowest = begins.map_or(0, |stage| stages[stage]);
        let collected: Vec<Mutex<Vec<f64>>> = match asked {
            Some(step) => {
                let sums = program.steps[step].op.over_batch().map_or(0, |over| over.sums());
                (0..batch.groups).map(|_| Mutex::new(vec![0.0; sums])).collect()
            }
            None => Vec::new(),
        };
        let mode_of = |step: usize, side: usize| {
            let position = stages.iter().position(|stage| *stage == step);
            let sums = position.and_then(|position| self.sums.get(position)).map_or(&[][..], |sums| &sums[side]);
            Mode::Train { draws: self.draws, sums, samples: batch.samples }
        };
        let results = &self.results;
        let work = |thread: usize, chunk: usize| {
            let (mut scratch, mut gradients) = (lock(&scratch[thread]), lock(&gradients[chunk]));
            if matches!(leg, Leg::To(0)) || (matches!(leg, Leg::Turn) && !staged) {
                gradients.fill(0.0);
            }
            for index in batch.chunk(chunk, *chunks) {
                let group = batch.group(index);
                let mut slot = lock(&slots[if staged { index } else { thread }]);
                if lowest == 0 && begins.is_none() && !matches!(leg, Leg::From(_)) {
                    pack::join(shapes.0, batch.samples_of(index, input, shapes.0), slot.input());
                }
                let mut forward = |slot: &mut Slot, step: usize| {
                    slot.forward(shared, step, group, mode_of(step, 0), &mut scratch, |step, pass| step.op.forward(pass));
                };
                if !matches!(leg, Leg::From(_)) {
                    let end = if let Leg::To(stage) = leg { stages[stage] } else { last };
                    (lowest..end).for_each(|step| forward(&mut slot, step));
                }
                if let Leg::To(stage) = leg {
                    let mut sums = lock(&collected[index]);
                    slot.forward(shared, stages[stage], group, mode_of(stages[stage], 0), &mut scratch, |step, pass| {
                        if let Some(over) = step.op.over_batch() {
                            over.collect(&pass, &mut sums);
                        }
                    });
                    continue;
                }
                if let Leg::Turn = leg {
                    *lock(&results[index]) = Some(turn(&mut slot, shapes.1, group, loss));
                }
                // Down to the step above the stage that this leg ends at, and for that one the sums.
                let top = if let Leg::From(stage) = leg { stages[stage] + 1 } else { last };
                let bottom = asked.map_or(0, |step| step + 1);
                for step in (bottom..top).rev().filter(|step| program.steps[*step].pulls) {
                    let mode = mode_of(step, 1);
                    slot.backward(shared, step, group, mode, &mut gradients, &mut scratch, true, |step, pass| {
                        step.op.backward(pass);
                    });
                }
                if let Some(step) = asked.filter(|step| program.steps[*step].pulls) {
                    let mut sums = lock(&collected[index]);
                    let mode = mode_of(step, 0);
                    slot.backward(shared, step, group, mode, &mut gradients, &mut scratch, false, |step, pass| {
                        if let Some(over) = step.op.over_batch() {
                            over.collect_back(&pass, &mut sums);
                        }
                    });
                }
            }
        };
        team.share(*chunks, &work);
        sum_in_order(collected)
    }
}

fn sum_in_order(parts: Vec<Mutex<Vec<f64>>>) -> Vec<f64> {
    let mut parts = parts.into_iter().map(|part| part.into_inner().unwrap_or_else(PoisonError::into_inner));
    let mut sums = parts.next().unwrap_or_default();
    for part in parts {
        sums.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
    }
    sums
}
