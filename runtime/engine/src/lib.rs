//! Networks on the processor: a plan as operations on groups of 16 samples, forward, backward and a step.
//!
//! Start at [`Engine`]. The README beside this crate's `Cargo.toml` has the map.

mod alone;
mod batch;
mod disjoint;
mod engine;
mod flush;
mod memory;
pub mod op;
pub mod ops;
pub mod optim;
mod order;
mod pack;
pub mod params;
mod power;
mod probe;
pub mod product;
mod program;
pub mod streams;
mod team;
mod wide;

pub use alone::Alone;
pub use engine::Engine;
pub use flush::Flushed;
pub use ops::Uncompiled;
pub use probe::{Held, Probe, Seen};

/// The processor's vectors that everything here is computed with. Sums are taken in an order that depends on them.
pub fn vectors() -> &'static str {
    match std::env::consts::ARCH {
        "aarch64" => "NEON",
        #[cfg(target_arch = "x86_64")]
        _ if pulp::x86::V4::try_new().is_some() => "AVX-512",
        #[cfg(target_arch = "x86_64")]
        _ if pulp::x86::V3::try_new().is_some() => "AVX2",
        _ => "none",
    }
}
