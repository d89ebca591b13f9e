//! One axis of a convolution, forward and backward: which places read which.
//!
//! Place `o` of the output reads place `o · stride - pad + tap` of the input for each tap of the kernel, where there is one. Backward,
//! place `i` of the input gets from place `(i + pad - tap) / stride` of the output, where that is whole and there is one: for places that
//! leave the same rest, every `stride`-th tap counts, and they read side by side. So both ways are a few *phases*, each like a convolution of
//! stride 1 with some of the taps.

use std::ops::Range;

/// One axis of a convolution.
#[derive(Debug, Clone, Copy)]
pub struct Axis {
    /// Places of the input.
    pub input: usize,
    /// Places of the output.
    pub output: usize,
    /// Taps of the kernel.
    pub kernel: usize,
    /// Zeros before the first place; after the last there are as many as the output takes.
    pub pad: usize,
    /// Places of the input from a place of the output to the next.
    pub stride: usize,
}

/// Places that are written with the same taps of the kernel, in the order in which they are read.
#[derive(Debug, Clone, PartialEq)]
pub struct Phase {
    /// Taps, as the kernel numbers them.
    pub taps: Vec<usize>,
    /// All places of the phase.
    pub spans: Vec<Span>,
}

/// Neighbouring places of a phase that read with the same taps.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// How many places.
    pub places: usize,
    /// Those of the phase's taps that read something.
    pub taps: Range<usize>,
    /// What the first place reads with the first of them.
    pub from: usize,
    /// From what a place reads to what the next one does.
    pub from_step: usize,
    /// The first place written.
    pub to: usize,
    /// From a place written to the next.
    pub to_step: usize,
}

impl Axis {
    /// From the input to the output: one phase.
    pub fn forward(&self) -> Vec<Phase> {
        let taps = (0..self.kernel).collect();
        let reads = (0..self.output).map(|place| (place, (place * self.stride) as isize - self.pad as isize));
        vec![Phase::new(taps, reads, self.input, self.stride, 1)]
    }

    /// From the output to the input: a phase for each rest.
    pub fn backward(&self) -> Vec<Phase> {
        let phase = |rest: usize| {
            // In the order of what they read: the last tap reads the first place.
            let taps: Vec<usize> = (rest..self.kernel).step_by(self.stride).rev().collect();
            let last = taps.len() as isize - 1;
            let places = (0..self.input).filter(|place| (place + self.pad) % self.stride == rest);
            let reads = places.map(|place| (place, ((place + self.pad) / self.stride) as isize - last));
            Phase::new(taps, reads, self.output, 1, self.stride)
        };
        (0..self.stride).map(phase).filter(|phase| !phase.spans.is_empty()).collect()
    }

    /// The places of the output among `among` that read something with `tap`, and what the first of them reads.
    pub fn hits(&self, tap: usize, among: Range<usize>) -> (Range<usize>, usize) {
        let first = self.pad.saturating_sub(tap).div_ceil(self.stride).max(among.start);
        let end = (self.input + self.pad).saturating_sub(tap).div_ceil(self.stride).min(among.end);
        if first >= end { (0..0, 0) } else { (first..end, first * self.stride + tap - self.pad) }
    }
}

impl Phase {
    /// `reads`: each place and what it would read with the first tap.
    fn new(
        taps: Vec<usize>,
        reads: impl Iterator<Item = (usize, isize)>,
        places: usize,
        from_step: usize,
        to_step: usize,
    ) -> Self {
        let mut spans: Vec<Span> = Vec::new();
        for (to, first) in reads {
            let start = usize::try_from(-first).unwrap_or(0).min(taps.len());
            let end = usize::try_from(places as isize - first).unwrap_or(0).clamp(start, taps.len());
            let (taps, from) = if start < end { (start..end, (first + start as isize) as usize) } else { (0..0, 0) };
            match spans.last_mut() {
                Some(span) if span.taps == taps && start < end => span.places += 1,
                _ => spans.push(Span { places: 1, taps, from, from_step, to, to_step }),
            }
        }
        Self { taps, spans }
    }

    /// The spans cut so that none has more than `most` places.
    pub fn cut(&self, most: usize) -> Vec<Span> {
        let pieces = |span: &Span| {
            let span = span.clone();
            (0..span.places).step_by(most).map(move |at| Span {
                places: most.min(span.places - at),
                taps: span.taps.clone(),
                from: span.from + at * span.from_step,
                to: span.to + at * span.to_step,
                ..span
            })
        };
        self.spans.iter().flat_map(pieces).collect()
    }
}
