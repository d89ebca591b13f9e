//! How large things may be. Far above any network that could be run, far below what would overflow or hang the compiler.

/// Values in one sample at any layer.
pub const MAX_ELEMENTS: u64 = 1 << 28;
/// Parameters of one network.
pub const MAX_PARAMS: u64 = 1 << 36;
/// Layers of one network.
pub const MAX_LAYERS: usize = 10_000;
/// Cells in one mix.
pub const MAX_SHARES: usize = 64;
/// Nodes of one formula.
pub const MAX_NODES: usize = 4_000;
/// Zeros that a convolution adds on one side of an axis.
pub const MAX_PAD: usize = 4_096;
/// Values that one cell is applied to.
pub const MAX_INPUTS: u8 = 3;
/// Multiply-adds of one network; a plan file holds no larger whole number than 2^63 - 1.
pub const MAX_MACS: u64 = 1 << 62;
/// Inputs of one formula: the values of a cell, its trained parameters and its steps.
pub const MAX_FORMULA_INPUTS: usize = 64;
/// Units of one hidden layer of a learned function.
pub const MAX_WIDTH: usize = 1 << 16;
/// Statements of one network, each counted as often as it is repeated.
pub const MAX_STATEMENTS: usize = 200_000;
/// Braces and blocks in one another.
pub const MAX_BODIES: usize = 128;
/// Layers that the replacements of one network go through, each layer once a `replace`.
pub const MAX_REBUILT: usize = 1_000_000;
