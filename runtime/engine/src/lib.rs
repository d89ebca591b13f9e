//! Networks on the processor: a plan as operations on groups of 16 samples, forward, backward and a step.

pub mod op;
pub mod ops;
mod order;
pub mod params;
mod power;
pub mod streams;
mod wide;
