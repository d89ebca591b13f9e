//! The compiler's stages as text and pictures: what `hetc compile` prints.

mod dot;
mod ir;
mod layered;
mod mermaid;
mod palette;
mod stages;
mod svg;
mod table;
mod what;

pub use dot::dot;
pub use ir::ir;
pub use mermaid::mermaid;
pub use svg::svg;
pub(crate) use table::bytes;
pub use table::table;
pub(crate) use what::{does, mlp, shares, step, trained, value_name};
