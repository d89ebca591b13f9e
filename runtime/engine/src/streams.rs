//! Named streams of random numbers.
//!
//! Every random draw comes from a stream that is named by what it is for and by counters: `("order", [epoch])`,
//! `("dropout", [epoch, step, layer])`. A stream is a ChaCha8 generator keyed by the SHA-256 of seed, name and counters, so any draw
//! can be made again from the run's seed alone: no generator's state is saved, and no draw shifts another.
//!
//! The conversions to numbers are written out here, with `libm` for logarithm and cosine, so that equal seeds give equal bits on every
//! machine and under every version of the random number crates.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// A stream of random numbers.
#[derive(Debug, Clone)]
pub struct Stream {
    bits: ChaCha8Rng,
}

impl Stream {
    /// The stream called `name` at `counters`, of the run with this `seed`.
    pub fn new(seed: u64, name: &str, counters: &[u64]) -> Self {
        let mut key = Sha256::new();
        key.update(b"hetc stream 1");
        key.update(seed.to_le_bytes());
        key.update((name.len() as u64).to_le_bytes());
        key.update(name);
        for counter in counters {
            key.update(counter.to_le_bytes());
        }
        Self { bits: ChaCha8Rng::from_seed(key.finalize().into()) }
    }

    /// 32 random bits.
    pub fn bits(&mut self) -> u32 {
        self.bits.next_u32()
    }

    /// 32 random bits each: what as many calls of [`Stream::bits`] give, at less cost.
    pub fn fill(&mut self, words: &mut [u32]) {
        self.bits.fill_bytes(bytemuck::cast_slice_mut(words));
        words.iter_mut().for_each(|word| *word = u32::from_le(*word));
    }

    /// Uniform in `[0, 1)`: the upper 53 of 64 random bits, times 2⁻⁵³.
    pub fn uniform(&mut self) -> f64 {
        (self.bits.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform in `[low, high)`, up to rounding to f32.
    pub fn between(&mut self, low: f64, high: f64) -> f32 {
        (low + (high - low) * self.uniform()) as f32
    }

    /// Standard normal: the cosine half of Box and Muller (1958), `sqrt(-2 ln(1 - u)) cos(2 π v)`.
    pub fn normal(&mut self) -> f64 {
        let (u, v) = (self.uniform(), self.uniform());
        libm::sqrt(-2.0 * libm::log(1.0 - u)) * libm::cos(std::f64::consts::TAU * v)
    }

    /// Uniform in `0..n` (0 for `n = 0`): the upper half of a 64-bit product, redrawn where that would favour a number (Lemire 2019).
    pub fn below(&mut self, n: u32) -> u32 {
        let unfair = n.wrapping_neg().checked_rem(n).unwrap_or(0);
        loop {
            let product = u64::from(self.bits()) * u64::from(n);
            if product as u32 >= unfair {
                return (product >> 32) as u32;
            }
        }
    }

    /// True with probability one half.
    pub fn coin(&mut self) -> bool {
        self.bits() & 1 == 1
    }

    /// `0..n` in random order (Fisher–Yates).
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut items: Vec<usize> = (0..n).collect();
        for i in (1..n).rev() {
            items.swap(i, self.below(i as u32 + 1) as usize);
        }
        items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_never_change() {
        // From a ChaCha8 written in Python; a change here changes every run ever recorded.
        let mut stream = Stream::new(7, "order", &[3]);
        assert_eq!([stream.bits(), stream.bits()], [602_784_908, 4_293_515_215]);
        assert_eq!(Stream::new(7, "order", &[3]).permutation(8), [3, 5, 0, 7, 2, 4, 6, 1]);
    }

    #[test]
    fn filling_is_many_calls() {
        let (mut one, mut other) = (Stream::new(7, "order", &[3]), Stream::new(7, "order", &[3]));
        for count in [1, 3, 64, 0, 200, 7] {
            let mut words = vec![0; count];
            one.fill(&mut words);
            assert!(words.into_iter().all(|word| word == other.bits()));
        }
    }

    #[test]
    fn names_seeds_and_counters_all_matter() {
        let first = |seed, name, counters: &[u64]| Stream::new(seed, name, counters).bits();
        let base = first(1, "order", &[0]);
        assert_eq!(base, first(1, "order", &[0]));
        for other in [first(2, "order", &[0]), first(1, "ordes", &[0]), first(1, "order", &[1]), first(1, "order", &[0, 0])] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let n = 200_000;
        let mut stream = Stream::new(1, "test", &[]);
        let uniform: Vec<f64> = (0..n).map(|_| stream.uniform()).collect();
        let normal: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
        let mean = |values: &[f64], power: i32| values.iter().map(|v| v.powi(power)).sum::<f64>() / n as f64;
        assert!((mean(&uniform, 1) - 0.5).abs() < 0.003 && (mean(&uniform, 2) - 1.0 / 3.0).abs() < 0.003);
        assert!(mean(&normal, 1).abs() < 0.01 && (mean(&normal, 2) - 1.0).abs() < 0.02 && (mean(&normal, 4) - 3.0).abs() < 0.15);
    }

    #[test]
    fn below_is_even_and_permutations_are_permutations() {
        let mut stream = Stream::new(5, "test", &[]);
        let mut counts = [0; 6];
        (0..60_000).for_each(|_| counts[stream.below(6) as usize] += 1);
        assert!(counts.iter().all(|count| (9_500..10_500).contains(count)), "{counts:?}");
        let mut order = stream.permutation(1000);
        order.sort_unstable();
        assert!(order.into_iter().eq(0..1000));
        assert_eq!(stream.below(0), 0);
    }
}
