//! Noise added to each value, the same for all samples of a batch.

use crate::op::{Backward, Forward, Mode, Op};
use crate::order::vectors;
use crate::streams::Stream;
use crate::wide::{Kernel, Simd, Width, wide};
use hetc_compiler::plan::{self, Layer, NoiseKind};
use hetc_compiler::shape::Shape;
use hetc_kernels::Lanes;
use std::sync::{Arc, Mutex, PoisonError};

/// A random number added to each value of a sample, drawn in the plan's order.
#[derive(Debug)]
pub struct Noise {
    kind: NoiseKind,
    /// Half the width of the uniform interval around 0, or the standard deviation.
    scale: f64,
    /// In evaluation as well.
    always: bool,
    /// Of one sample.
    shape: Shape,
    /// Which layer: names its stream.
    layer: u64,
    /// What was drawn last: all groups of a batch take the same.
    last: Mutex<Option<(Name, Arc<[f32]>)>>,
}

/// Seed, name and counters of a stream.
type Name = (u64, &'static str, Vec<u64>);

impl Noise {
    /// `None` if `layer`, the plan's layer number `index`, adds no noise.
    pub fn new(layer: &Layer, index: usize) -> Option<Self> {
        let plan::Op::Noise { kind, scale, always } = layer.op else { return None };
        Some(Self { kind, scale, always, shape: layer.input, layer: index as u64, last: Mutex::new(None) })
    }

    fn name(&self, mode: Mode) -> Option<Name> {
        match mode {
            Mode::Train { draws, .. } => Some((draws.seed, "noise", vec![draws.epoch, draws.step, self.layer])),
            Mode::Infer(look) | Mode::Probe(look) if self.always => {
                Some((look.seed, "noise in evaluation", vec![look.batch, self.layer]))
            }
            Mode::Infer(_) | Mode::Probe(_) => None,
        }
    }

    /// In the order of vectors.
    fn numbers(&self, name: Name) -> Arc<[f32]> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, numbers)) = &*last
            && *known == name
        {
            return numbers.clone();
        }
        let numbers: Arc<[f32]> = self.drawn(Stream::new(name.0, name.1, &name.2)).into();
        *last = Some((name, numbers.clone()));
        numbers
    }

    fn drawn(&self, mut stream: Stream) -> Vec<f32> {
        let mut numbers = vec![0.0; self.shape.elements()];
        for vector in vectors(&self.shape) {
            numbers[vector] = match self.kind {
                NoiseKind::Uniform => stream.between(-self.scale, self.scale),
                NoiseKind::Normal => (self.scale * stream.normal()) as f32,
            };
        }
        numbers
    }
}

impl Op for Noise {
    fn forward(&self, pass: Forward) {
        match self.name(pass.mode) {
            Some(name) => wide(Shifted { x: pass.inputs[0], noise: &self.numbers(name), y: pass.output }),
            None => pass.output.copy_from_slice(pass.inputs[0]),
        }
    }

    fn backward(&self, pass: Backward) {
        if let Some(dx) = &mut pass.dx[0] {
            dx.copy_from_slice(pass.dy);
        }
    }
}

struct Shifted<'a> {
    x: &'a [Lanes],
    noise: &'a [f32],
    y: &'a mut [Lanes],
}

impl Kernel for Shifted<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd, const P: usize>(self, width: Width<S, P>) {
        for ((y, x), noise) in self.y.iter_mut().zip(self.x).zip(self.noise) {
            *y = (width.load(x) + width.all(*noise)).lanes();
        }
    }
}
