//! The operations, one file each.

pub mod adaptive_pool;
pub mod batch_norm;
pub mod dropout;
pub mod flatten;
pub mod join;
pub mod layer_norm;
pub mod noise;
pub mod pool;
pub mod response;
mod windows;
