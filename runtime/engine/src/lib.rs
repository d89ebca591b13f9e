//! Networks on the processor: a plan as operations on groups of 16 samples, forward, backward and a step.
//!
//! Start at [`Engine`]. The README beside this crate's `Cargo.toml` has the map.

mod disjoint;
mod engine;
mod flush;
mod memory;
pub mod op;
pub mod ops;
pub mod optim;
mod pack;
pub mod params;
mod program;
pub mod streams;
mod team;

pub use engine::{Engine, Uncompiled};
pub use flush::Flushed;
