//! Local response normalisation.

use crate::op::{Backward, Forward, Mode, Op};
use crate::power::power;
use crate::wide::{lanes, plus, wide};
use hetc_compiler::plan::{self, Layer};
use hetc_kernels::Lanes;
use hetc_kernels::lanes::{floats, floats_mut};

/// Each value by a power of the squares around it: `y_c = x_c·b_c^-beta` with `b_c = k + alpha/size · Σ x_j²`, `j` over neighbouring channels
/// (units of a vector), those that exist. What is kept is `b_c^-beta`.
#[derive(Debug)]
pub struct Response {
    channels: usize,
    /// `alpha / size`.
    factor: f32,
    beta: f32,
    k: f32,
    /// Neighbours before and after a channel; no more than there are channels.
    around: [usize; 2],
    elements: usize,
}

impl Response {
    /// `None` if `layer` is none.
    pub fn new(layer: &Layer) -> Option<Self> {
        let plan::Op::Response { size, alpha, beta, k } = layer.op else { return None };
        let (channels, elements) = (layer.input.units(), layer.input.elements());
        let around = [size / 2, (size - 1) / 2].map(|side| side.min(channels - 1));
        Some(Self { channels, factor: (alpha / size as f64) as f32, beta: beta as f32, k: k as f32, around, elements })
    }

    /// Neighbours and the channel itself.
    fn span(&self) -> usize {
        self.around[0] + 1 + self.around[1]
    }
}

impl Op for Response {
    fn kept(&self) -> usize {
        self.elements
    }

    fn forward(&self, pass: Forward) {
        let training = matches!(pass.mode, Mode::Train { .. });
        let room = pass.scratch.vectors(self.span() + if training { 0 } else { self.elements });
        let (tails, factors) = room.split_at_mut(self.span());
        wide(forward, (self, pass.inputs[0], pass.output, if training { pass.kept } else { factors }, tails));
    }

    fn backward(&self, pass: Backward) {
        if let Some(dx) = &mut pass.dx[0] {
            let room = pass.scratch.vectors(self.span() + self.channels);
            wide(backward, (self, pass.inputs[0], pass.output, pass.kept, &*pass.dy, dx, room));
        }
    }
}

#[inline(always)]
fn forward((own, x, y, factors, tails): (&Response, &[Lanes], &mut [Lanes], &mut [Lanes], &mut [Lanes])) {
    for (x, factors) in x.chunks_exact(own.channels).zip(factors.chunks_exact_mut(own.channels)) {
        let base = |channel: usize, sum: Lanes| factors[channel] = lanes(|lane| own.k + own.factor * sum.0[lane]);
        sums_around(own.channels, own.around, tails, |channel| square(&x[channel]), base);
    }
    let numbers = floats(x).iter().zip(floats_mut(y)).zip(floats_mut(factors));
    for ((x, y), factor) in numbers {
        *factor = power(*factor, -own.beta);
        *y = x * *factor;
    }
}

type Back<'a> = (&'a Response, &'a [Lanes], &'a [Lanes], &'a [Lanes], &'a [Lanes], &'a mut [Lanes], &'a mut [Lanes]);

/// `dx_i = dy_i·b_i^-beta - 2·beta·alpha/size·x_i·Σ dy_c·y_c/b_c`, `c` over the channels that have `i` around them.
#[inline(always)]
fn backward((own, x, y, factors, dy, dx, room): Back) {
    let (tails, shares) = room.split_at_mut(own.span());
    let [before, after] = own.around;
    let double = 2.0 * own.beta * own.factor;
    for start in (0..x.len()).step_by(own.channels) {
        let row = start..start + own.channels;
        let (x, y, factors, dy) = (&x[row.clone()], &y[row.clone()], &factors[row.clone()], &dy[row.clone()]);
        let dx = &mut dx[row];
        let share = |channel: usize, sum: Lanes| {
            let (dy, y) = (&dy[channel], &y[channel]);
            shares[channel] = lanes(|lane| dy.0[lane] * y.0[lane] / (own.k + own.factor * sum.0[lane]));
        };
        sums_around(own.channels, own.around, tails, |channel| square(&x[channel]), share);
        let slope = |channel: usize, sum: Lanes| {
            let (x, dy, factor) = (&x[channel], &dy[channel], &factors[channel]);
            dx[channel] = lanes(|lane| dy.0[lane] * factor.0[lane] - double * x.0[lane] * sum.0[lane]);
        };
        sums_around(own.channels, [after, before], tails, |channel| shares[channel], slope);
    }
}

#[inline(always)]
fn square(x: &Lanes) -> Lanes {
    lanes(|lane| x.0[lane] * x.0[lane])
}

/// Gives `sum` for each of `count` places the sum of the values from `before` to `after` places around it, those that exist.
///
/// The places are cut into blocks as long as the window. A window is the end of a block and the start of the next: the sums of all ends of
/// a block are taken first, those of the starts on the way (van Herk 1992, for sums). So a value costs two additions however long the
/// window is, and nothing is ever taken away again, which would leave rounding errors and NaN behind. `tails` is as long as the window.
#[inline(always)]
fn sums_around(
    count: usize,
    [before, after]: [usize; 2],
    tails: &mut [Lanes],
    value: impl Fn(usize) -> Lanes,
    mut sum: impl FnMut(usize, Lanes),
) {
    let length = before + 1 + after;
    let value = |place: usize| if (before..before + count).contains(&place) { value(place - before) } else { Lanes::default() };
    for start in (0..count).step_by(length) {
        let mut tail = Lanes::default();
        for offset in (0..length).rev() {
            tail = plus(value(start + offset), tail);
            tails[offset] = tail;
        }
        let mut head = Lanes::default();
        sum(start, tails[0]);
        for (place, tail) in (start + 1..count).zip(&tails[1..]) {
            head = plus(head, value(place + length - 1));
            sum(place, plus(*tail, head));
        }
    }
}
