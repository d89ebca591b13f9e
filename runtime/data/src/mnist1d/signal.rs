//! What happens to one template on its way to a sample. The random draws are made in the order of the original.

use super::Arguments;
use crate::random::RandomState;

/// Keeps the zeros of a template apart from the zeros of the padding: smooth noise goes onto the latter only.
const EPSILON: f64 = 1e-8;
const SIGMA: f64 = 2.0;
/// Where the Gaussian filter is cut off: at four standard deviations.
const RADIUS: isize = 8;

/// The way from a template to a sample.
pub struct Transform<'a> {
    arguments: &'a Arguments,
    kernel: Vec<f64>,
}

impl<'a> Transform<'a> {
    pub fn new(arguments: &'a Arguments) -> Self {
        let weight = |t: isize| (-0.5 * (t * t) as f64 / (SIGMA * SIGMA)).exp();
        let total: f64 = (-RADIUS..=RADIUS).map(weight).sum();
        Self { arguments, kernel: (-RADIUS..=RADIUS).map(|t| weight(t) / total).collect() }
    }

    pub fn apply(&self, template: &[f64], random: &mut RandomState) -> Vec<f64> {
        let arguments = self.arguments;
        let mut signal = resample(&self.pad(template, random), arguments.template_len + arguments.padding[1]);
        let scale = 1.0 + arguments.scale_coeff * (random.uniform() - 0.5);
        signal.iter_mut().for_each(|x| *x *= scale);
        let shift = random.integer(arguments.max_translation as u32 - 1) as usize;
        // The original leaves the signal as it is when the shift is longer than the signal.
        if shift < signal.len() {
            signal.rotate_right(shift);
        }
        self.add_noise(&mut signal, random);
        let slope = arguments.shear_scale * (random.uniform() - 0.5);
        let last = (signal.len() - 1) as f64;
        signal.iter_mut().enumerate().for_each(|(at, x)| *x -= slope * (at as f64 / last - 0.5));
        resample(&signal, arguments.final_seq_length)
    }

    fn pad(&self, template: &[f64], random: &mut RandomState) -> Vec<f64> {
        let [fewest, most] = self.arguments.padding;
        let zeros = fewest + (random.uniform() * (most - fewest + 1) as f64) as usize;
        let mut padded: Vec<f64> = template.iter().map(|x| x + EPSILON).collect();
        padded.resize(template.len() + zeros, 0.0);
        padded
    }

    fn add_noise(&self, signal: &mut [f64], random: &mut RandomState) {
        let mut noise = |scale: f64| -> Vec<f64> { signal.iter().map(|_| scale * random.normal()).collect() };
        let smooth = self.smooth(&noise(self.arguments.corr_noise_scale));
        let rough = noise(self.arguments.iid_noise_scale);
        for ((x, smooth), rough) in signal.iter_mut().zip(smooth).zip(rough) {
            *x = if *x == 0.0 { smooth } else { *x } + rough;
        }
    }

    /// A Gaussian filter; beyond its ends the signal is mirrored, the value at the edge repeated.
    fn smooth(&self, signal: &[f64]) -> Vec<f64> {
        let n = signal.len() as isize;
        let mirrored = |at: isize| {
            let at = at.rem_euclid(2 * n);
            signal[at.min(2 * n - 1 - at) as usize]
        };
        (0..n).map(|at| (-RADIUS..=RADIUS).zip(&self.kernel).map(|(t, weight)| weight * mirrored(at + t)).sum()).collect()
    }
}

/// `n` evenly spaced points of the line through the signal's points.
fn resample(signal: &[f64], n: usize) -> Vec<f64> {
    let old = grid(signal.len());
    let mut left = 0;
    let at = |x: f64| {
        while left + 2 < old.len() && old[left + 1] <= x {
            left += 1;
        }
        // Exactly at a point its value is taken, so that zeros stay zeros.
        if x == old[left + 1] {
            return signal[left + 1];
        }
        let slope = (signal[left + 1] - signal[left]) / (old[left + 1] - old[left]);
        slope * (x - old[left]) + signal[left]
    };
    grid(n).into_iter().map(at).collect()
}

/// `n` evenly spaced numbers from 0 to 1, rounded as numpy's `linspace` does: whether a new point falls on an old one, and with it
/// whether a value is exactly zero, depends on the last bit.
fn grid(n: usize) -> Vec<f64> {
    let step = 1.0 / (n.max(2) - 1) as f64;
    let mut grid: Vec<f64> = (0..n).map(|at| at as f64 * step).collect();
    if n > 1 {
        grid[n - 1] = 1.0;
    }
    grid
}
