//! A network that is looked into: in evaluation, what its layers answer and what slopes reach them.
//!
//! Its slopes are those of the network as it is evaluated: no dropout, batch norms with their running statistics as constants, noise only
//! where it is there always. Sums over samples are taken in an order that does not depend on threads.

use crate::batch::{Batch, add_up, chunks, lock, turn};
use crate::disjoint::Disjoint;
use crate::memory::{Shared, Slot};
use crate::op::{Group, Look, Mode, Scratch};
use crate::ops::Uncompiled;
use crate::pack;
use crate::params::{Table, Weights};
use crate::program::Program;
use crate::team::Team;
use hetc_compiler::plan::Plan;
use hetc_compiler::shape::Shape;
use hetc_kernels::Lanes;
use std::ops::Range;
use std::sync::Mutex;
use std::time::Instant;

/// A network on the processor, to be looked into. Its weights are the caller's: they come in with every call.
#[derive(Debug)]
pub struct Probe {
    shapes: Vec<Shape>,
    program: Program,
    table: Table,
    team: Team,
    packed: Vec<Vec<f32>>,
    /// One a thread.
    rooms: Vec<Mutex<Room>>,
    /// For each chunk of a batch the gradients of all parameters.
    gradients: Vec<Mutex<Vec<f32>>>,
    /// How many of them the last pass used.
    chunks: usize,
}

/// What a thread works in.
#[derive(Debug)]
struct Room {
    slot: Slot,
    scratch: Scratch,
    /// Of each layer: forward, backward.
    seconds: Vec<[f64; 2]>,
}

/// One value of some of the samples, or the slopes that reach it. Value 0 is the input, value `i + 1` what layer `i` of the plan answers.
#[derive(Debug)]
pub struct Seen<'a> {
    /// Which value.
    pub value: usize,
    /// Which samples of the batch.
    pub samples: Range<usize>,
    /// `[samples, elements]`, elements in the plan's order.
    pub numbers: &'a [f32],
}

/// Elements of a value that are held at numbers, whatever their layer answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// Which value; not the input.
    pub value: usize,
    /// Which elements, in the plan's order, and at what.
    pub elements: Vec<(usize, f32)>,
}

impl Probe {
    /// The network of `plan` on `threads` threads.
    pub fn new(plan: &Plan, threads: usize) -> (Self, Vec<Uncompiled>) {
        let table = Table::of(plan);
        let (program, uncompiled) = Program::down_to_the_input(plan, &table, true);
        let team = Team::new(threads.max(1));
        let seconds = vec![[0.0; 2]; program.steps.len()];
        let room = |_| Mutex::new(Room { slot: Slot::new(&program), scratch: Scratch::default(), seconds: seconds.clone() });
        let rooms = (0..team.size()).map(room).collect();
        let packed = program.steps.iter().map(|step| vec![0.0; step.op.packed()]).collect();
        let shapes = (0..=plan.layers.len()).map(|value| plan.shape(value)).collect();
        (Self { shapes, program, table, team, packed, rooms, gradients: Vec::new(), chunks: 0 }, uncompiled)
    }

    /// The tensors that its weights consist of.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The logits, `[samples, outputs]`, of whole samples, with elements held as `held` says. `see` gets the watched values.
    pub fn values(
        &mut self,
        weights: &Weights,
        input: &[f32],
        look: Look,
        held: &[Held],
        watched: &[usize],
        see: impl Fn(Seen) + Sync,
    ) -> Vec<f32> {
        let batch = Batch::of(input, &self.shapes[0]);
        self.prepare(&weights.params);
        let outputs = self.output().elements();
        let mut logits = vec![0.0; batch.samples * outputs];
        let rest = Disjoint::new(&mut logits);
        let Self { shapes, program, packed, rooms, team, .. } = self;
        let shared = Shared { program, packed, params: &weights.params, state: &weights.state };
        team.share(batch.groups, &|thread, index| {
            let group = batch.group(index);
            let room = &mut *lock(&rooms[thread]);
            pack::join(&shapes[0], batch.samples_of(index, input, &shapes[0]), room.slot.input());
            show(shapes, watched, 0, group, &room.slot, &see);
            for step in 0..shared.program.steps.len() {
                room.forward(shared, step, group, Mode::Infer(look));
                for held in held.iter().filter(|held| held.value == step + 1) {
                    hold(&shapes[step + 1], held, room.slot.value_mut(step + 1));
                }
                show(shapes, watched, step + 1, group, &room.slot, &see);
            }
            // SAFETY: groups do not overlap, and each is handed out once.
            let logits = unsafe { rest.part(group.first * outputs..(group.first + group.samples) * outputs) };
            pack::split(&shapes[shapes.len() - 1], room.slot.output(), logits);
        });
        logits
    }

    /// Forward and backward: for some of the samples at a time `loss` gets which they are, their logits (`[samples, outputs]`) and room for
    /// as many slopes, the derivative of what is looked at with respect to each logit; what it returns comes back in the order of the
    /// samples. `see` gets the slopes at the watched values that the logits depend on; the slopes at the parameters stay, for [`Probe::gradients`].
    pub fn slopes<S: Send>(
        &mut self,
        weights: &Weights,
        input: &[f32],
        look: Look,
        loss: impl Fn(Range<usize>, &[f32], &mut [f32]) -> S + Sync,
        watched: &[usize],
        see: impl Fn(Seen) + Sync,
    ) -> Vec<S> {
        let batch = Batch::of(input, &self.shapes[0]);
        let len = self.table.params_len();
        self.chunks = chunks(batch.groups, len);
        self.gradients.resize_with(self.chunks.max(self.gradients.len()), || Mutex::new(vec![0.0; len]));
        self.prepare(&weights.params);
        let results: Vec<Mutex<Option<S>>> = (0..batch.groups).map(|_| Mutex::new(None)).collect();
        let Self { shapes, program, packed, rooms, gradients, team, chunks, .. } = self;
        let shared = Shared { program, packed, params: &weights.params, state: &weights.state };
        let (output, steps, mode) = (&shapes[shapes.len() - 1], shared.program.steps.len(), Mode::Probe(look));
        team.share(*chunks, &|thread, chunk| {
            let (room, mut gradients) = (&mut *lock(&rooms[thread]), lock(&gradients[chunk]));
            gradients.fill(0.0);
            for index in batch.chunk(chunk, *chunks) {
                let group = batch.group(index);
                pack::join(&shapes[0], batch.samples_of(index, input, &shapes[0]), room.slot.input());
                (0..steps).for_each(|step| room.forward(shared, step, group, mode));
                *lock(&results[index]) = Some(turn(&mut room.slot, output, group, &loss));
                for step in (0..steps).rev().filter(|step| shared.program.steps[*step].pulls) {
                    show_slopes(shapes, watched, step + 1, group, &room.slot, &see);
                    room.backward(shared, step, group, mode, &mut gradients);
                }
                show_slopes(shapes, watched, 0, group, &room.slot, &see);
            }
        });
        results.into_iter().filter_map(|result| lock(&result).take()).collect()
    }

    /// The slopes of the last [`Probe::slopes`] at all parameters, in the order of the table.
    pub fn gradients(&self) -> Vec<f32> {
        let gradients: Vec<_> = self.gradients[..self.chunks].iter().map(lock).collect();
        let gradients: Vec<&[f32]> = gradients.iter().map(|gradients| gradients.as_slice()).collect();
        let mut sum = vec![0.0; self.table.params_len()];
        add_up(&gradients, 0..sum.len(), &mut sum);
        sum
    }

    /// Seconds that each layer has taken since the last call, forward and backward, summed over threads.
    pub fn seconds(&mut self) -> Vec<[f64; 2]> {
        let mut sums = vec![[0.0; 2]; self.program.steps.len()];
        for room in &self.rooms {
            for (sum, own) in sums.iter_mut().zip(&mut lock(room).seconds) {
                for (sum, own) in sum.iter_mut().zip(own) {
                    *sum += std::mem::take(own);
                }
            }
        }
        sums
    }

    fn output(&self) -> &Shape {
        &self.shapes[self.shapes.len() - 1]
    }

    fn prepare(&mut self, params: &[f32]) {
        let steps = &self.program.steps;
        let packed: Vec<Mutex<&mut Vec<f32>>> = self.packed.iter_mut().map(Mutex::new).collect();
        self.team.share(steps.len(), &|_, index| steps[index].op.prepare(params, &mut lock(&packed[index])));
    }
}

impl Room {
    fn forward(&mut self, shared: Shared, step: usize, group: Group, mode: Mode) {
        let start = Instant::now();
        self.slot.forward(shared, step, group, mode, &mut self.scratch, |step, pass| step.op.forward(pass));
        self.seconds[step][0] += start.elapsed().as_secs_f64();
    }

    fn backward(&mut self, shared: Shared, step: usize, group: Group, mode: Mode, gradients: &mut [f32]) {
        let start = Instant::now();
        self.slot.backward(shared, step, group, mode, gradients, &mut self.scratch, true, |step, pass| step.op.backward(pass));
        self.seconds[step][1] += start.elapsed().as_secs_f64();
    }
}

fn show(shapes: &[Shape], watched: &[usize], value: usize, group: Group, slot: &Slot, see: &impl Fn(Seen)) {
    if watched.contains(&value) {
        tell(&shapes[value], value, group, slot.value(value), see);
    }
}

/// Slopes that never reach a value are 0.
fn show_slopes(shapes: &[Shape], watched: &[usize], value: usize, group: Group, slot: &Slot, see: &impl Fn(Seen)) {
    if watched.contains(&value) {
        tell(&shapes[value], value, group, slot.value_gradient(value), see);
    }
}

fn tell(shape: &Shape, value: usize, group: Group, lanes: &[Lanes], see: &impl Fn(Seen)) {
    let mut numbers = vec![0.0; group.samples * shape.elements()];
    if !lanes.is_empty() {
        pack::split(shape, lanes, &mut numbers);
    }
    see(Seen { value, samples: group.first..group.first + group.samples, numbers: &numbers });
}

fn hold(shape: &Shape, held: &Held, lanes: &mut [Lanes]) {
    for (element, number) in &held.elements {
        lanes[pack::place(shape, *element)].0.fill(*number);
    }
}
