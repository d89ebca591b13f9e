//! The random stream of numpy's `RandomState`: the generator MT19937 and the draws made from it.

const WORDS: usize = 624;
const SHIFT: usize = 397;

/// numpy's `RandomState`, seeded with one number.
pub struct RandomState {
    words: [u32; WORDS],
    next: usize,
    /// The second half of a pair of normal draws. It outlives the sample it was drawn for.
    spare: Option<f64>,
}

impl RandomState {
    pub fn new(seed: u32) -> Self {
        let mut words = [seed; WORDS];
        for at in 1..WORDS {
            let before = words[at - 1];
            words[at] = 1_812_433_253u32.wrapping_mul(before ^ (before >> 30)).wrapping_add(at as u32);
        }
        Self { words, next: WORDS, spare: None }
    }

    /// Uniform over all 32-bit numbers.
    fn word(&mut self) -> u32 {
        if self.next == WORDS {
            self.twist();
        }
        let mut word = self.words[self.next];
        self.next += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    fn twist(&mut self) {
        for at in 0..WORDS {
            let joined = (self.words[at] & 0x8000_0000) | (self.words[(at + 1) % WORDS] & 0x7fff_ffff);
            let odd = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
            self.words[at] = self.words[(at + SHIFT) % WORDS] ^ (joined >> 1) ^ odd;
        }
        self.next = 0;
    }

    /// Uniform in `[0, 1)`, with 53 random bits: `rand`.
    pub fn uniform(&mut self) -> f64 {
        let (high, low) = (self.word() >> 5, self.word() >> 6);
        (f64::from(high) * 67_108_864.0 + f64::from(low)) / 9_007_199_254_740_992.0
    }

    /// Uniform in `0..=max`; no draw is made for a `max` of 0: `choice`, and the steps of `permutation`.
    pub fn integer(&mut self, max: u32) -> u32 {
        if max == 0 {
            return 0;
        }
        let mask = u32::MAX >> max.leading_zeros();
        loop {
            let value = self.word() & mask;
            if value <= max {
                return value;
            }
        }
    }

    /// Standard normal, by the polar method: `randn`.
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = x * x + y * y;
            if square < 1.0 && square != 0.0 {
                let factor = (-2.0 * square.ln() / square).sqrt();
                self.spare = Some(factor * x);
                return factor * y;
            }
        }
    }

    /// `0..n` in random order: `permutation`.
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for at in (1..n).rev() {
            order.swap(at, self.integer(at as u32) as usize);
        }
        order
    }
}
