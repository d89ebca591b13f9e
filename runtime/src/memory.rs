//! What training takes of the machine's memory, before it is taken: memory is given out without limit, and whoever uses too much is killed.

use crate::error::TrainError;
use crate::nets::Device;
use crate::network::Hardware;
use hetc_compiler::plan::Plan;
use hetc_engine::Engine;

/// Bytes that a training of `plan` takes on the processor: values and gradients of a batch, weights, moments. Not the data.
pub fn needed(plan: &Plan, batch: usize, threads: usize) -> u64 {
    Engine::new(plan, threads, false).0.memory(batch).saturating_add(plan.optimiser_bytes())
}

/// Bytes that this process could take now; `None` where the system does not say.
pub fn available() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

/// Refuses a batch that memory cannot hold. What a GPU has, its driver says.
///
/// # Errors
/// [`TrainError::Memory`]
pub fn check(plan: &Plan, batch: usize, hardware: Hardware) -> Result<(), TrainError> {
    let needed = needed(plan, batch, hardware.threads);
    match available() {
        Some(available) if hardware.device == Device::Cpu && needed > available => {
            Err(TrainError::Memory { batch, needed, available })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn linux_says_what_is_available() {
        let found = super::available();
        assert!(!cfg!(target_os = "linux") || found.is_some_and(|bytes| bytes > 1 << 20), "{found:?}");
    }
}
