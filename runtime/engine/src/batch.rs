//! A batch in groups of 16 samples, and what is done with each on its way.

use crate::memory::Slot;
use crate::op::Group;
use crate::pack;
use hetc_compiler::shape::Shape;
use hetc_kernels::LANES;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A batch in groups.
#[derive(Debug, Clone, Copy)]
pub struct Batch {
    pub samples: usize,
    pub groups: usize,
}

impl Batch {
    pub fn of(input: &[f32], shape: &Shape) -> Self {
        let samples = input.len() / shape.elements();
        assert_eq!(input.len(), samples * shape.elements(), "the input is a whole number of samples");
        Self { samples, groups: samples.div_ceil(LANES) }
    }

    pub fn group(self, index: usize) -> Group {
        let first = index * LANES;
        Group { first, samples: LANES.min(self.samples - first) }
    }

    pub fn samples_of<'a>(self, index: usize, input: &'a [f32], shape: &Shape) -> &'a [f32] {
        let Group { first, samples } = self.group(index);
        &input[first * shape.elements()..(first + samples) * shape.elements()]
    }

    /// The groups of a chunk.
    pub fn chunk(self, chunk: usize, chunks: usize) -> Range<usize> {
        chunk * self.groups / chunks..(chunk + 1) * self.groups / chunks
    }
}

/// The most chunks of a batch.
const CHUNKS: usize = 8;
/// Chunks' gradients together take at most so many numbers, unless that would leave less than two chunks.
const CHUNK_NUMBERS: usize = 1 << 25;

/// Into how many chunks so many groups are cut, each with gradients of all `params` parameters of its own.
pub fn chunks(groups: usize, params: usize) -> usize {
    groups.min(CHUNKS).min((CHUNK_NUMBERS / params.max(1)).max(2))
}

/// The loss of a group: its slopes become the gradient of the output.
pub fn turn<S>(slot: &mut Slot, shape: &Shape, group: Group, loss: &impl Fn(Range<usize>, &[f32], &mut [f32]) -> S) -> S {
    let len = group.samples * shape.elements();
    let mut logits = vec![0.0; 2 * len];
    let (logits, slopes) = logits.split_at_mut(len);
    pack::split(shape, slot.output(), logits);
    let result = loss(group.first..group.first + group.samples, logits, slopes);
    let gradient = slot.output_gradient();
    pack::join(shape, slopes, gradient);
    // Lanes beyond the batch repeat the last sample, but nothing is minimised there.
    gradient.iter_mut().for_each(|lanes| lanes.0[group.samples..].fill(0.0));
    result
}

/// The sum of the same part of several buffers, in order.
pub fn add_up(parts: &[&[f32]], range: Range<usize>, sum: &mut [f32]) {
    pulp::Arch::new().dispatch(|| {
        let (first, rest) = parts.split_first().expect("a batch has a chunk");
        sum.copy_from_slice(&first[range.clone()]);
        for part in rest {
            sum.iter_mut().zip(&part[range.clone()]).for_each(|(sum, part)| *sum += part);
        }
    });
}

/// Nobody panics while holding one but with the whole step.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
