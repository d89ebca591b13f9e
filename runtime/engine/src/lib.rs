//! Networks on the processor: a plan as operations on groups of 16 samples, forward, backward and a step.

pub mod op;
pub mod ops;
pub mod params;
pub mod product;
pub mod streams;
