//! The operations, one file each.

pub mod conv;
pub mod dense;
