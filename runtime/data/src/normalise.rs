//! From stored values to the numbers of a network, channel by channel.

use crate::DataError;

/// The mean and standard deviation of each channel, for samples scaled to 0 to 1: `x` becomes `(x - mean) / std`.
#[derive(Debug, Clone, PartialEq)]
pub struct Normalise {
    pub(crate) channels: Vec<Channel>,
}

/// What becomes of the values of one channel.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Channel {
    mean: f32,
    std: f32,
    /// What stands where a window lies beside its image.
    pub outside: f32,
    /// What each byte becomes.
    bytes: Box<[f32; 256]>,
}

impl Normalise {
    /// Means and standard deviations for `channels` channels.
    pub fn new(mean: &[f32], std: &[f32], channels: usize) -> Result<Self, DataError> {
        check_list("mean", mean, channels, f32::is_finite)?;
        check_list("std", std, channels, |x| x.is_finite() && x > 0.0)?;
        Ok(Self { channels: mean.iter().zip(std).map(|(&mean, &std)| Channel::new(mean, std)).collect() })
    }

    /// Leaves samples as they are.
    pub fn none(channels: usize) -> Self {
        Self { channels: vec![Channel::new(0.0, 1.0); channels] }
    }

    /// The same, but what lies beside an image is zero after normalisation, not before.
    pub fn with_zeros_outside(mut self) -> Self {
        self.channels.iter_mut().for_each(|channel| channel.outside = 0.0);
        self
    }

    /// What a sample scaled to 0 to 1 becomes.
    pub fn apply(&self, sample: &mut [f32]) {
        self.each(sample, Channel::of);
    }

    /// From slopes at what a sample becomes to slopes at the sample.
    pub fn spread(&self, slopes: &mut [f32]) {
        self.each(slopes, |channel, slope| slope / channel.std);
    }

    fn each(&self, sample: &mut [f32], number: fn(&Channel, f32) -> f32) {
        let plane = (sample.len() / self.channels.len()).max(1);
        for (plane, channel) in sample.chunks_exact_mut(plane).zip(&self.channels) {
            plane.iter_mut().for_each(|x| *x = number(channel, *x));
        }
    }
}

impl Channel {
    fn new(mean: f32, std: f32) -> Self {
        let bytes = std::array::from_fn(|byte| (byte as f32 / 255.0 - mean) / std);
        Self { mean, std, outside: (0.0 - mean) / std, bytes: Box::new(bytes) }
    }

    /// What an image byte becomes.
    pub fn of_byte(&self, byte: u8) -> f32 {
        self.bytes[usize::from(byte)]
    }

    /// What a number becomes.
    pub fn of(&self, x: f32) -> f32 {
        (x - self.mean) / self.std
    }
}

fn check_list(list: &'static str, numbers: &[f32], channels: usize, usable: impl Fn(f32) -> bool) -> Result<(), DataError> {
    if numbers.len() != channels {
        return Err(DataError::Channels { list, expected: channels, found: numbers.len() });
    }
    match numbers.iter().position(|&x| !usable(x)) {
        Some(channel) => Err(DataError::Normalisation { list, channel, found: numbers[channel] }),
        None => Ok(()),
    }
}
