//! Random numbers by name: every draw can be made again from a seed, a purpose, the number of a sample and a counter alone, so that
//! no result depends on what else was in a batch.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A stream of random numbers.
pub(crate) struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream for `purpose` (its first 8 bytes count), sample `number` and `counter`: together they are the generator's key.
    pub fn new(seed: u64, purpose: &str, number: u64, counter: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].iter_mut().zip(purpose.bytes()).for_each(|(to, from)| *to = from);
        key[16..24].copy_from_slice(&number.to_le_bytes());
        key[24..].copy_from_slice(&counter.to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Uniform in `[0, 1)`, with 53 random bits.
    pub fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform in `[low, high)`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Standard normal, by the cosine half of Box and Muller (1958).
    pub fn normal(&mut self) -> f64 {
        let (u, v) = (self.uniform(), self.uniform());
        libm::sqrt(-2.0 * libm::log(1.0 - u)) * libm::cos(std::f64::consts::TAU * v)
    }

    /// A whole number from 0 to `n - 1`; what is not even is below n / 2⁶⁴.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.0.next_u64()) * n as u128) >> 64) as usize
    }

    /// -1 or 1.
    pub fn sign(&mut self) -> f32 {
        if self.0.next_u32() & 1 == 1 { 1.0 } else { -1.0 }
    }

    /// The generator itself, for distributions of other crates.
    pub fn bits(&mut self) -> &mut ChaCha8Rng {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Stream;

    #[test]
    fn every_part_of_a_name_matters() {
        let first = |seed, purpose, number, counter| Stream::new(seed, purpose, number, counter).uniform();
        let base = first(1, "pgd", 2, 3);
        assert_eq!(base, first(1, "pgd", 2, 3));
        for other in [first(0, "pgd", 2, 3), first(1, "apgd", 2, 3), first(1, "pgd", 3, 3), first(1, "pgd", 2, 2)] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut stream = Stream::new(1, "test", 0, 0);
        let normal: Vec<f64> = (0..100_000).map(|_| stream.normal()).collect();
        let mean = |power| normal.iter().map(|v| v.powi(power)).sum::<f64>() / 1e5;
        assert!(mean(1).abs() < 0.02 && (mean(2) - 1.0).abs() < 0.02 && (mean(4) - 3.0).abs() < 0.15);
        let signs: f32 = (0..100_000).map(|_| stream.sign()).sum();
        assert!(signs.abs() < 1500.0);
        assert!((0..1000).all(|_| stream.below(3) < 3));
    }
}
