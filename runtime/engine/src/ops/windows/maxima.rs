//! The largest of each window, and which one it was.

use super::{BLOCK, Window, Windows, blocks, write};
use crate::wide::{Kernel, Simd, Width};
use bytemuck::Pod;
use hetc_kernels::lanes::floats;
use hetc_kernels::{LANES, Lanes};

/// A tap as it is kept.
pub trait Tap: Pod + PartialEq {
    /// Of a tap that it can hold.
    fn of(tap: u32) -> Self;
}

impl Tap for u8 {
    #[inline(always)]
    fn of(tap: u32) -> Self {
        tap as u8
    }
}

impl Tap for u32 {
    #[inline(always)]
    fn of(tap: u32) -> Self {
        tap
    }
}

/// The first of the largest values, or the last NaN: as PyTorch.
pub struct Maxima<'a, T> {
    pub windows: &'a Windows,
    pub x: &'a [Lanes],
    pub y: &'a mut [Lanes],
    pub taps: &'a mut [T],
}

impl<T: Tap> Kernel for Maxima<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd, const P: usize>(mut self, width: Width<S, P>) {
        for window in self.windows.all() {
            for (channel, whole) in blocks(self.windows.channels) {
                if whole {
                    self.block::<S, P, BLOCK>(width, window, channel);
                } else {
                    self.block::<S, P, 1>(width, window, channel);
                }
            }
        }
    }
}

impl<T: Tap> Maxima<'_, T> {
    /// Of `B` channels from `channel` on.
    #[inline(always)]
    fn block<S: Simd, const P: usize, const B: usize>(&mut self, width: Width<S, P>, window: Window, channel: usize) {
        let mut largest = [width.all(f32::NEG_INFINITY); B];
        let mut at = [width.all(0.0); B];
        let mut tap = 0;
        for y in self.windows.rows.spans[window.row].clone() {
            let strip = &self.windows.strip(self.x, y, window.column)[channel..];
            for values in strip.chunks(self.windows.channels) {
                for (value, (largest, at)) in values[..B].iter().zip(largest.iter_mut().zip(&mut at)) {
                    let value = width.load(value);
                    let newer = value.greater(*largest) | value.is_nan();
                    *largest = newer.choose(value, *largest);
                    *at = newer.choose(width.all(f32::from_bits(tap)), *at);
                }
                tap += 1;
            }
        }
        let place = window.number * self.windows.channels + channel;
        let taps = self.taps[place * LANES..(place + B) * LANES].chunks_exact_mut(LANES);
        for ((y, taps), (largest, at)) in self.y[place..place + B].iter_mut().zip(taps).zip(largest.into_iter().zip(at)) {
            *y = largest.lanes();
            for (tap, at) in taps.iter_mut().zip(at.lanes().0) {
                *tap = T::of(at.to_bits());
            }
        }
    }
}

/// From the gradients of the windows to those of the map.
pub struct MaximaBack<'a, T> {
    pub windows: &'a Windows,
    pub taps: &'a [T],
    pub dy: &'a [Lanes],
    pub dx: &'a mut [Lanes],
}

impl<T: Tap> Kernel for MaximaBack<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd, const P: usize>(self, _: Width<S, P>) {
        let len = self.windows.channels * LANES;
        let (taps, dy) = (self.taps, floats(self.dy));
        self.windows.spread(self.dx, |dx, [y, x], window, set| {
            let (rows, columns) = (&self.windows.rows.spans[window.row], &self.windows.columns.spans[window.column]);
            let tap = T::of(((y - rows.start) * columns.len() + x - columns.start) as u32);
            let own = window.number * len..(window.number + 1) * len;
            let chosen = dy[own.clone()].iter().zip(&taps[own]).map(|(dy, at)| if *at == tap { *dy } else { 0.0 });
            write(dx, chosen, set);
        });
    }
}
