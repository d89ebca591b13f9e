//! Site programs as AVX-512 code, a vector of 16 lanes in one register.
//!
//! Code becomes operations of the machine (`select`), these get registers (`allocate`), and the loops over the sites are written around
//! them (`encode`).

mod allocate;
mod encode;
mod memory;
mod select;
#[cfg(test)]
mod tests;

pub use memory::Memory;

use crate::code::{Code, FarCall};
use crate::error::KernelError;
use crate::math;
use crate::site::SiteProgram;
use select::Turn;

/// Whether this machine runs the code.
pub fn available() -> bool {
    #[cfg(all(target_arch = "x86_64", not(windows)))]
    {
        is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512bw")
    }
    #[cfg(not(all(target_arch = "x86_64", not(windows))))]
    {
        false
    }
}

/// `extern "C" fn(arrays: *const *mut f32, table: *const u32, sites: usize)` that runs `code` as `program` says, in the System V
/// convention. It may stand anywhere in memory.
pub fn assemble(code: &Code, program: &SiteProgram) -> Result<Vec<u8>, KernelError> {
    if !available() {
        return Err(KernelError::UnsupportedHost { reason: "it has no AVX-512".to_owned() });
    }
    let turns = turns(code, program);
    encode::encode(program, &turns, far_address)
}

/// Two sites at once where both find registers, then one by one.
fn turns(code: &Code, program: &SiteProgram) -> Vec<(usize, allocate::Allocation)> {
    let mut turns = vec![(1, allocate::allocate(&Turn::new(code, program, 1)))];
    let read = |array: u8| program.reads.iter().any(|place| place.array == array);
    let in_place = program.writes.iter().any(|(place, _)| read(place.array));
    if !in_place && turns[0].1.peak * 2 <= allocate::VECTORS.len() {
        let pair = allocate::allocate(&Turn::new(code, program, 2));
        if pair.slots == 0 {
            turns.insert(0, (2, pair));
        }
    }
    turns
}

fn far_address(call: FarCall) -> u64 {
    let function: extern "C" fn(&mut [f32; 16]) = match call {
        FarCall::Sin => far_sin,
        FarCall::Cos => far_cos,
    };
    function as usize as u64
}

extern "C" fn far_sin(lanes: &mut [f32; 16]) {
    lanes.as_chunks_mut().0.iter_mut().for_each(math::far_sin);
}

extern "C" fn far_cos(lanes: &mut [f32; 16]) {
    lanes.as_chunks_mut().0.iter_mut().for_each(math::far_cos);
}
