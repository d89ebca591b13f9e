//! The compiler's stages as text: what `hetc compile` prints.

mod ir;
mod table;

pub use ir::ir;
pub use table::table;
