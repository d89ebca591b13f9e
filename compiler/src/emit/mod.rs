//! The compiler's stages as text: what `hetc compile` prints.

mod ir;
mod table;
mod what;

pub use ir::ir;
pub use table::table;
