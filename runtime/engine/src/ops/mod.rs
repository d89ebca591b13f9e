//! The operations, one file each.

pub mod adaptive_pool;
pub mod flatten;
pub mod pool;
mod windows;
