//! One layer by itself, for benchmarks.

use crate::disjoint::Disjoint;
use crate::op::{Backward, Draws, Forward, Group, Mode, Op, Scratch};
use crate::ops;
use crate::params::Table;
use crate::team::Team;
use hetc_compiler::plan::Plan;
use hetc_kernels::{LANES, Lanes};
use std::sync::Mutex;

/// The first layer of a plan on a batch of made-up numbers.
#[derive(Debug)]
pub struct Alone {
    op: Box<dyn Op>,
    team: Team,
    groups: usize,
    params: Vec<f32>,
    packed: Vec<f32>,
    x: Vec<Lanes>,
    y: Vec<Lanes>,
    dy: Vec<Lanes>,
    dx: Vec<Lanes>,
    kept: Vec<Lanes>,
    gradients: Vec<Mutex<(Vec<f32>, Scratch)>>,
}

impl Alone {
    /// Of `plan`, on so many samples (a multiple of 16) and threads.
    pub fn new(plan: &Plan, samples: usize, threads: usize) -> Self {
        let table = Table::of(plan);
        let (mut ops, _) = ops::of(plan, &table, true);
        let op = ops.remove(0);
        let groups = samples / LANES;
        let mut seed = 1u32;
        let mut draw = move || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / (1 << 22) as f32 - 2.0
        };
        let mut lanes = |count: usize| -> Vec<Lanes> { (0..count).map(|_| Lanes(std::array::from_fn(|_| draw()))).collect() };
        let (inputs, outputs) = (plan.input.elements(), plan.layers[0].output.elements());
        let (x, dy) = (lanes(groups * inputs), lanes(groups * outputs));
        let params: Vec<f32> = (0..table.params_len()).map(|i| ((i * 37 % 101) as f32 - 50.0) / 500.0).collect();
        let memory = || Mutex::new((vec![0.0; params.len()], Scratch::default()));
        Self {
            packed: vec![0.0; op.packed()],
            y: dy.clone(),
            dx: x.clone(),
            kept: vec![Lanes::default(); groups * op.kept()],
            gradients: (0..threads).map(|_| memory()).collect(),
            team: Team::new(threads),
            op,
            groups,
            params,
            x,
            dy,
        }
    }

    /// Forward over the batch, the preparation of a step included.
    pub fn forward(&mut self) {
        let Self { op, team, groups, params, packed, x, y, kept, gradients, .. } = self;
        op.prepare(params, packed);
        let (inputs, outputs, keeps) = (x.len() / *groups, y.len() / *groups, op.kept());
        let (y, kept) = (Disjoint::new(y), Disjoint::new(kept));
        team.share(*groups, &|thread, index| {
            let mut memory = gradients[thread].lock().expect("no thread panics");
            // SAFETY: groups do not overlap, and each is handed out once.
            let (output, kept) =
                unsafe { (y.part(index * outputs..(index + 1) * outputs), kept.part(index * keeps..(index + 1) * keeps)) };
            op.forward(Forward {
                group: Group { first: index * LANES, samples: LANES },
                mode: MODE,
                inputs: &[&x[index * inputs..(index + 1) * inputs]],
                output,
                kept,
                packed,
                params,
                state: &[],
                scratch: &mut memory.1,
            });
        });
    }

    /// Backward over the batch, after [`Alone::forward`]: gradients of the input and of all parameters.
    pub fn backward(&mut self) {
        let Self { op, team, groups, params, packed, x, y, dy, dx, kept, gradients } = self;
        let (inputs, outputs, keeps) = (x.len() / *groups, y.len() / *groups, op.kept());
        let (dx, dy) = (Disjoint::new(dx), Disjoint::new(dy));
        team.share(*groups, &|thread, index| {
            let mut memory = gradients[thread].lock().expect("no thread panics");
            let (gradients, scratch) = &mut *memory;
            // SAFETY: groups do not overlap, and each is handed out once.
            let (dx, dy) =
                unsafe { (dx.part(index * inputs..(index + 1) * inputs), dy.part(index * outputs..(index + 1) * outputs)) };
            op.backward(Backward {
                group: Group { first: index * LANES, samples: LANES },
                mode: MODE,
                inputs: &[&x[index * inputs..(index + 1) * inputs]],
                output: &y[index * outputs..(index + 1) * outputs],
                kept: &kept[index * keeps..(index + 1) * keeps],
                packed,
                params,
                dy,
                dx: &mut [Some(dx)],
                gradients,
                scratch,
            });
        });
    }

    /// Copies the input to the output's place, as far as it goes, on all threads.
    pub fn copy(&mut self) {
        let Self { team, groups, x, dx, .. } = self;
        let inputs = x.len() / *groups;
        let dx = Disjoint::new(dx);
        team.share(*groups, &|_, index| {
            // SAFETY: groups do not overlap, and each is handed out once.
            let dx = unsafe { dx.part(index * inputs..(index + 1) * inputs) };
            dx.copy_from_slice(&x[index * inputs..(index + 1) * inputs]);
        });
    }
}

const MODE: Mode = Mode::Train { draws: Draws { seed: 1, epoch: 0, step: 0 }, sums: &[], samples: LANES };
