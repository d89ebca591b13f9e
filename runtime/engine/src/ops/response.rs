//! Local response normalisation.

use crate::op::{Backward, Forward, Op};
use crate::power::power;
use crate::wide::{Kernel, Simd, Vector, Width, wide};
use hetc_compiler::plan::{self, Layer};
use hetc_kernels::Lanes;

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
        let keeps = pass.mode.keeps();
        let room = pass.scratch.vectors(self.span() + if keeps { 0 } else { self.elements });
        let (tails, factors) = room.split_at_mut(self.span());
        let factors = if keeps { pass.kept } else { factors };
        wide(Values { own: self, x: pass.inputs[0], y: pass.output, factors, tails });
    }

    fn backward(&self, pass: Backward) {
        if let Some(dx) = &mut pass.dx[0] {
            let room = pass.scratch.vectors(self.span() + self.channels);
            let (x, y, factors, dy) = (pass.inputs[0], pass.output, pass.kept, &*pass.dy);
            let (tails, shares) = room.split_at_mut(self.span());
            wide(Slopes { own: self, x, y, factors, dy, dx, tails, shares });
        }
    }
}

struct Values<'a> {
    own: &'a Response,
    x: &'a [Lanes],
    y: &'a mut [Lanes],
    factors: &'a mut [Lanes],
    tails: &'a mut [Lanes],
}

impl Kernel for Values<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd, const P: usize>(self, width: Width<S, P>) {
        let Self { own, x, y, factors, tails } = self;
        let (k, factor) = (width.all(own.k), width.all(own.factor));
        let rows = x.chunks_exact(own.channels).zip(y.chunks_exact_mut(own.channels));
        for ((x, y), factors) in rows.zip(factors.chunks_exact_mut(own.channels)) {
            let each = |channel: usize, sum: Vector<S, P>| {
                let factor = power(width, factor.times_plus(sum, k), -own.beta);
                factors[channel] = factor.lanes();
                y[channel] = (width.load(&x[channel]) * factor).lanes();
            };
            sums_around(width, own.channels, own.around, tails, |channel| square(width, &x[channel]), each);
        }
    }
}

/// `dx_i = dy_i·b_i^-beta - 2·beta·alpha/size·x_i·Σ dy_c·y_c/b_c`, `c` over the channels that have `i` around them.
struct Slopes<'a> {
    own: &'a Response,
    x: &'a [Lanes],
    y: &'a [Lanes],
    factors: &'a [Lanes],
    dy: &'a [Lanes],
    dx: &'a mut [Lanes],
    tails: &'a mut [Lanes],
    /// For the summands of one position.
    shares: &'a mut [Lanes],
}

impl Kernel for Slopes<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd, const P: usize>(self, width: Width<S, P>) {
        let Self { own, x, y, factors, dy, dx, tails, shares } = self;
        let [before, after] = own.around;
        let (k, factor, double) = (width.all(own.k), width.all(own.factor), width.all(2.0 * own.beta * own.factor));
        for start in (0..x.len()).step_by(own.channels) {
            let row = start..start + own.channels;
            let (x, y, factors, dy) = (&x[row.clone()], &y[row.clone()], &factors[row.clone()], &dy[row.clone()]);
            let dx = &mut dx[row];
            let share = |channel: usize, sum: Vector<S, P>| {
                shares[channel] = (width.load(&dy[channel]) * width.load(&y[channel]) / factor.times_plus(sum, k)).lanes();
            };
            sums_around(width, own.channels, own.around, tails, |channel| square(width, &x[channel]), share);
            let slope = |channel: usize, sum: Vector<S, P>| {
                let straight = width.load(&dy[channel]) * width.load(&factors[channel]);
                dx[channel] = (straight - double * width.load(&x[channel]) * sum).lanes();
            };
            sums_around(width, own.channels, [after, before], tails, |channel| width.load(&shares[channel]), slope);
        }
    }
}

#[inline(always)]
fn square<S: Simd, const P: usize>(width: Width<S, P>, x: &Lanes) -> Vector<S, P> {
    width.load(x) * width.load(x)
}

/// Gives `sum` for each of `count` places the sum of the values from `before` to `after` places around it, those that exist.
///
/// The places are cut into blocks as long as the window. A window is the end of a block and the start of the next: the sums of all ends of
/// a block are taken first, those of the starts on the way (van Herk 1992, for sums). So a value costs two additions however long the
/// window is, and nothing is ever taken away again, which would leave rounding errors and NaN behind. `tails` is as long as the window.
#[inline(always)]
fn sums_around<S: Simd, const P: usize>(
    width: Width<S, P>,
    count: usize,
    [before, after]: [usize; 2],
    tails: &mut [Lanes],
    value: impl Fn(usize) -> Vector<S, P>,
    mut sum: impl FnMut(usize, Vector<S, P>),
) {
    let length = before + 1 + after;
    let value = |place: usize| if (before..before + count).contains(&place) { value(place - before) } else { width.all(0.0) };
    for start in (0..count).step_by(length) {
        let mut tail = width.all(0.0);
        for (place, kept) in (start..start + length).zip(&mut *tails).rev() {
            tail = value(place) + tail;
            *kept = tail.lanes();
        }
        let mut head = width.all(0.0);
        for (place, tail) in (start..count).zip(&*tails) {
            if place > start {
                head = head + value(place + length - 1);
            }
            sum(place, width.load(tail) + head);
        }
    }
}
