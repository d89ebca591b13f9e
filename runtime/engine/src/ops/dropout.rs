//! Dropout: each value 0 with some probability, otherwise larger.

use crate::op::{Backward, Draws, Forward, Group, Mode, Op, Scratch};
use crate::order::vectors;
use crate::wide::{Kernel, Simd, Width, wide};
use hetc_compiler::plan::{self, Layer};
use hetc_compiler::shape::Shape;
use hetc_kernels::{LANES, Lanes};

/// In training, each value becomes 0 with probability `p` and is divided by `1 - p` otherwise. Each sample draws its mask from a stream of
/// its own, 32 bits a value in the plan's order; the masks of a group are kept as one bit a value.
#[derive(Debug)]
pub struct Dropout {
    /// Values whose bits are below it become 0.
    dropped: u32,
    /// Of what does not.
    factor: f32,
    /// Of one sample.
    shape: Shape,
    /// Which layer: names its streams.
    layer: u64,
}

/// A value's masks: bit `l` is set where lane `l` keeps it.
type Mask = u16;

/// Masks in a vector.
const MASKS: usize = size_of::<Lanes>() / size_of::<Mask>();

impl Dropout {
    /// `None` if `layer`, the plan's layer number `index`, drops nothing.
    pub fn new(layer: &Layer, index: usize) -> Option<Self> {
        let plan::Op::Dropout { p } = layer.op else { return None };
        // Of the 2^32 values that 32 bits take; all of them only where nothing is kept anyway.
        let dropped = (p * 4_294_967_296.0) as u32;
        let factor = if p < 1.0 { (1.0 / (1.0 - p)) as f32 } else { 0.0 };
        Some(Self { dropped, factor, shape: layer.input, layer: index as u64 })
    }

    /// In the order of vectors. The lanes beyond the batch have the mask of its last sample.
    fn draw(&self, draws: Draws, group: Group, masks: &mut [Mask], scratch: &mut Scratch) {
        let count = self.shape.elements();
        let room = scratch.vectors(count.div_ceil(LANES) + count.div_ceil(MASKS));
        let (words, drawn) = room.split_at_mut(count.div_ceil(LANES));
        let words = &mut bytemuck::cast_slice_mut::<Lanes, u32>(words)[..count];
        let drawn = &mut bytemuck::cast_slice_mut::<Lanes, Mask>(drawn)[..count];
        drawn.fill(0);
        for lane in 0..group.samples {
            draws.of_sample("dropout", self.layer, group.first + lane).fill(words);
            let last = lane + 1 == group.samples;
            let bits = if last { Mask::MAX << lane } else { 1 << lane };
            wide(Mark { words, dropped: self.dropped, bits, masks: drawn });
        }
        vectors(&self.shape).zip(&*drawn).for_each(|(vector, mask)| masks[vector] = *mask);
    }
}

impl Op for Dropout {
    fn kept(&self) -> usize {
        self.shape.elements().div_ceil(MASKS)
    }

    fn forward(&self, pass: Forward) {
        let Mode::Train { draws, .. } = pass.mode else {
            pass.output.copy_from_slice(pass.inputs[0]);
            return;
        };
        let masks = &mut bytemuck::cast_slice_mut(pass.kept)[..self.shape.elements()];
        self.draw(draws, pass.group, masks, pass.scratch);
        wide(Masked { x: pass.inputs[0], masks, factor: self.factor, y: pass.output });
    }

    fn backward(&self, pass: Backward) {
        let Some(dx) = &mut pass.dx[0] else { return };
        if let Mode::Probe(_) = pass.mode {
            dx.copy_from_slice(pass.dy);
        } else {
            wide(Masked { x: pass.dy, masks: bytemuck::cast_slice(pass.kept), factor: self.factor, y: dx });
        }
    }
}

/// Sets `bits` in the masks whose word is not dropped.
struct Mark<'a> {
    words: &'a [u32],
    dropped: u32,
    bits: Mask,
    masks: &'a mut [Mask],
}

impl Kernel for Mark<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd, const P: usize>(self, _: Width<S, P>) {
        let Self { words, dropped, bits, masks } = self;
        for (mask, word) in masks.iter_mut().zip(words) {
            *mask |= if *word >= dropped { bits } else { 0 };
        }
    }
}

/// Times the factor or 0, so that what is not finite stays so.
struct Masked<'a> {
    x: &'a [Lanes],
    masks: &'a [Mask],
    factor: f32,
    y: &'a mut [Lanes],
}

impl Kernel for Masked<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd, const P: usize>(self, width: Width<S, P>) {
        let (factor, zero) = (width.all(self.factor), width.all(0.0));
        for ((y, x), mask) in self.y.iter_mut().zip(self.x).zip(self.masks) {
            *y = (width.load(x) * width.chosen(*mask).choose(factor, zero)).lanes();
        }
    }
}
