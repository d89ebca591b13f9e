//! Products of numbers with vectors of lanes: the inner loops of convolutions and dense layers.
//!
//! **Terms.** A *tile* is what the registers hold of a result at once: its size follows from how many registers the machine has and how
//! wide they are. A *block* is as many units or channels as a tile has; weights are packed block by block.
//!
//! Each product is written once for all machines:
//! * [`taps`]: vectors times numbers, summed over what a kernel covers: forward, and backward to the input.
//! * [`spread`]: the same weights run backward, for a dense layer.
//! * [`pairs`]: vectors times vectors, summed over places and at last over lanes: gradients of few weights that many places share.
//! * [`ranks`]: the same from transposed vectors ([`transpose`]), so that 16 weights lie in a vector: gradients of many weights.

pub mod machine;
pub mod pack;
pub mod pairs;
pub mod ranks;
pub mod spread;
pub mod taps;
pub mod transpose;
pub mod turn;

pub use machine::Machine;
