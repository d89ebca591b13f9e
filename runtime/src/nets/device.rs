//! What a network runs on.

use burn::tensor::Device as Burn;
use std::fmt;
use std::str::FromStr;

/// A processor of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Device {
    /// All of its CPUs.
    #[default]
    Cpu,
    /// The CUDA device of this number.
    Cuda(usize),
}

/// Why a device cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoDevice {
    /// This program was built without CUDA.
    NotBuilt,
    /// The machine has no CUDA device of this number, or no driver for it.
    NotFound(usize),
    /// A text that names no device.
    Unknown(String),
}

impl Device {
    /// Whether a network can be put there.
    ///
    /// # Errors
    /// [`NoDevice::NotBuilt`] and [`NoDevice::NotFound`], for CUDA alone.
    pub fn check(self) -> Result<(), NoDevice> {
        match self {
            Device::Cpu => Ok(()),
            Device::Cuda(number) => check_cuda(number),
        }
    }

    /// Panics if [`Device::check`] finds fault.
    pub(super) fn burn(self) -> Burn {
        match self {
            Device::Cpu => Burn::flex(),
            Device::Cuda(number) => cuda(number),
        }
    }
}

#[cfg(feature = "cuda")]
fn check_cuda(number: usize) -> Result<(), NoDevice> {
    let count = Burn::enumerate(burn::tensor::DeviceType::Cuda).into_vec().len(); // 0 without a driver
    if number < count { Ok(()) } else { Err(NoDevice::NotFound(number)) }
}

#[cfg(not(feature = "cuda"))]
fn check_cuda(_: usize) -> Result<(), NoDevice> {
    Err(NoDevice::NotBuilt)
}

#[cfg(feature = "cuda")]
fn cuda(number: usize) -> Burn {
    Burn::cuda(number)
}

#[cfg(not(feature = "cuda"))]
fn cuda(_: usize) -> Burn {
    panic!("{}", NoDevice::NotBuilt)
}

/// `cpu`, `cuda` (the first one), `cuda:1`.
impl FromStr for Device {
    type Err = NoDevice;

    fn from_str(text: &str) -> Result<Self, NoDevice> {
        let unknown = || NoDevice::Unknown(text.to_string());
        match text.split_once(':') {
            None if text == "cpu" => Ok(Device::Cpu),
            None if text == "cuda" => Ok(Device::Cuda(0)),
            Some(("cuda", number)) => number.parse().map(Device::Cuda).map_err(|_| unknown()),
            _ => Err(unknown()),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Device::Cpu => f.write_str("cpu"),
            Device::Cuda(number) => write!(f, "cuda:{number}"),
        }
    }
}

impl fmt::Display for NoDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoDevice::NotBuilt => f.write_str("this program was built without CUDA"),
            NoDevice::NotFound(number) => write!(f, "no CUDA device {number} was found"),
            NoDevice::Unknown(text) => write!(f, "`{text}` is no device: `cpu`, `cuda` or `cuda:1`"),
        }
    }
}

impl std::error::Error for NoDevice {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_read_as_they_are_written() {
        for device in [Device::Cpu, Device::Cuda(0), Device::Cuda(3)] {
            assert_eq!(device.to_string().parse(), Ok(device));
        }
        assert_eq!("cuda".parse(), Ok(Device::Cuda(0)));
        for text in ["", "gpu", "cuda:", "cuda:x", "cpu:0"] {
            assert_eq!(text.parse::<Device>(), Err(NoDevice::Unknown(text.to_string())));
        }
        assert_eq!(Device::Cpu.check(), Ok(()));
    }
}
