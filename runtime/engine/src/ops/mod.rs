//! The operations, one file each.

pub mod adaptive_pool;
pub mod dropout;
pub mod flatten;
pub mod join;
pub mod noise;
pub mod pool;
mod windows;
