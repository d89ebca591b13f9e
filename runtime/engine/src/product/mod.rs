//! Products of numbers with vectors of lanes: the inner loops of convolutions and dense layers.
//!
//! **Terms.** A *tile* is what the registers hold of a result at once: its size follows from how many registers the machine has and how
//! wide they are. A *block* is as many units or channels as a tile has; weights are packed block by block.
//!
//! There are three products, and each is written once for all machines:
//! * [`taps`]: vectors times numbers, summed over what a kernel covers: forward, and backward to the input.
//! * [`pairs`]: vectors times vectors, summed over places and at last over lanes: gradients of few weights that many places share.
//! * [`ranks`]: the same from transposed vectors ([`transpose`]), so that 16 weights lie in a vector: gradients of many weights.

pub mod machine;
pub mod pairs;
pub mod ranks;
pub mod taps;
pub mod transpose;

pub use machine::Machine;
