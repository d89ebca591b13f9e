//! Text ⇄ syntax tree.
//!
//! [`parse`] reads a `.net` text and never gives up: it returns what it could read and a list of what was wrong. [`format()`] writes every
//! text in one way and keeps its comments. Nothing here knows what a network means.
mod build;
mod comments;
mod explain;
mod format;
mod guard;
mod layout;
mod parse;
pub mod span;
mod text;
pub mod tree;

pub use format::{format, print};
pub use parse::{parse, parse_formula, parse_value};

/// Longest text that is read, in bytes.
pub const MAX_BYTES: usize = 4 << 20;
/// Deepest nesting of braces, or of parentheses in a formula.
pub const MAX_DEPTH: usize = 64;
/// Most operators and calls in one formula, so that no walk over its tree runs out of stack.
pub const MAX_OPERATORS: usize = 512;
