//! The mean of each window.

use super::{BLOCK, Window, Windows, blocks, write};
use crate::wide::{Kernel, Simd, Width};
use hetc_kernels::lanes::floats;
use hetc_kernels::{LANES, Lanes};

/// The sums times the windows' factors.
pub struct Means<'a> {
    pub windows: &'a Windows,
    pub x: &'a [Lanes],
    pub y: &'a mut [Lanes],
}

impl Kernel for Means<'_> {
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

impl Means<'_> {
    /// Of `B` channels from `channel` on.
    #[inline(always)]
    fn block<S: Simd, const P: usize, const B: usize>(&mut self, width: Width<S, P>, window: Window, channel: usize) {
        let mut sums = [width.all(0.0); B];
        for y in self.windows.rows.spans[window.row].clone() {
            let strip = &self.windows.strip(self.x, y, window.column)[channel..];
            for values in strip.chunks(self.windows.channels) {
                for (value, sum) in values[..B].iter().zip(&mut sums) {
                    *sum = *sum + width.load(value);
                }
            }
        }
        let factor = width.all(self.windows.factor(window));
        let place = window.number * self.windows.channels + channel;
        for (y, sum) in self.y[place..place + B].iter_mut().zip(sums) {
            *y = (sum * factor).lanes();
        }
    }
}

/// From the gradients of the windows to those of the map.
pub struct MeansBack<'a> {
    pub windows: &'a Windows,
    pub dy: &'a [Lanes],
    pub dx: &'a mut [Lanes],
}

impl Kernel for MeansBack<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd, const P: usize>(self, _: Width<S, P>) {
        let len = self.windows.channels * LANES;
        let dy = floats(self.dy);
        self.windows.spread(self.dx, |dx, _, window, set| {
            let factor = self.windows.factor(window);
            write(dx, dy[window.number * len..(window.number + 1) * len].iter().map(|dy| dy * factor), set);
        });
    }
}
