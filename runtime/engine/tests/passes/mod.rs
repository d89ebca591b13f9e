//! Passes of one operation over one group, and numbers to feed it with.
#![allow(dead_code)] // each test uses its part

use hetc_compiler::plan;
use hetc_compiler::shape::Shape;
use hetc_engine::op::{Backward, Draws, Forward, Group, Mode, Op, Scratch};
use hetc_kernels::{LANES, Lanes};

/// Numbers that look random: a linear congruential generator.
pub struct Numbers(pub u64);

impl Numbers {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as u32
    }

    /// In `-1 .. 1`.
    pub fn float(&mut self) -> f32 {
        self.next() as f32 / (1u32 << 30) as f32 - 1.0
    }

    /// In `low ..= high`.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.next() as usize % (high - low + 1)
    }

    /// One of `list`.
    pub fn one_of(&mut self, list: &[usize]) -> usize {
        list[self.between(0, list.len() - 1)]
    }

    pub fn floats(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.float()).collect()
    }

    pub fn vectors(&mut self, count: usize) -> Vec<Lanes> {
        (0..count).map(|_| Lanes(std::array::from_fn(|_| self.float()))).collect()
    }
}

/// A layer and nothing around it.
pub fn layer(input: Shape, output: Shape, op: plan::Op) -> plan::Layer {
    plan::Layer { name: "layer".into(), line: 1, from: Vec::new(), input, output, params: 0, macs: 0, op }
}

/// What a forward and a backward pass give.
pub struct Results {
    pub y: Vec<Lanes>,
    pub dx: Vec<Lanes>,
    /// Gradients, on top of the numbers that were there.
    pub gradients: Vec<f32>,
}

/// Both passes; every vector that is to be written starts as NaN, and the gradients as `gradients`.
pub fn run(op: &dyn Op, params: &[f32], x: &[Lanes], dy: &[Lanes], gradients: &[f32], wants_dx: bool) -> Results {
    let mode = Mode::Train { draws: Draws { seed: 1, epoch: 0, step: 0 }, sums: &[], samples: LANES };
    let group = Group { first: 0, samples: LANES };
    let mut packed = vec![f32::NAN; op.packed()];
    op.prepare(params, &mut packed);
    let mut scratch = Scratch::default();
    scratch.vectors(100).fill(Lanes::all(f32::NAN));
    let mut kept = vec![Lanes::all(f32::NAN); op.kept()];
    let mut y = vec![Lanes::all(f32::NAN); dy.len()];
    op.forward(Forward {
        group,
        mode,
        inputs: &[x],
        output: &mut y,
        kept: &mut kept,
        packed: &packed,
        params,
        state: &[],
        scratch: &mut scratch,
    });
    let mut dx = vec![Lanes::all(f32::NAN); x.len()];
    let mut gradients = gradients.to_vec();
    op.backward(Backward {
        group,
        mode,
        inputs: &[x],
        output: &y,
        kept: &kept,
        packed: &packed,
        params,
        dy: &mut dy.to_vec(),
        dx: &mut [wants_dx.then_some(dx.as_mut_slice())],
        gradients: &mut gradients,
        scratch: &mut scratch,
    });
    Results { y, dx, gradients }
}

/// A sum and how large it can have been on its way: rounding is proportional to that.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sum {
    pub value: f64,
    pub size: f64,
}

impl Sum {
    pub fn add(&mut self, value: f64) {
        self.value += value;
        self.size += value.abs();
    }

    /// Whether `got` is this sum up to rounding.
    pub fn is(&self, got: f32) -> bool {
        (f64::from(got) - self.value).abs() <= 1e-6 * self.size + 1e-7
    }
}

/// Asserts that every number of `got` is the sum in its place.
pub fn assert_sums(what: &str, got: &[f32], want: &[Sum]) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (place, (got, want)) in got.iter().zip(want).enumerate() {
        assert!(want.is(*got), "{what}, number {place}: {got} and not {want:?}");
    }
}
