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
use allocate::{Allocation, VECTORS, allocate};
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

/// As many sites at once as find registers, because the instructions of one wait for each other; then one by one.
fn turns(code: &Code, program: &SiteProgram) -> Vec<(usize, Allocation)> {
    let turn = |sites: usize| allocate(&Turn::new(code, program, sites));
    let one = turn(1);
    // A site may read what the one before it has written.
    let read = |array: u8| program.reads.iter().any(|place| place.array == array);
    let in_order = program.writes.iter().any(|(place, _)| read(place.array));
    let fits = |sites: &usize| !in_order && one.peak * sites <= VECTORS.len();
    let several = [4, 2].into_iter().filter(fits).map(|sites| (sites, turn(sites))).find(|(_, allocation)| allocation.slots == 0);
    several.into_iter().chain([(1, one)]).collect()
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
