//! Learned functions: where they are used, what they are near to, what they are made of (Yoon et al., sections 4.3 and 4.4).
//!
//! A function of one, two or three arguments is asked for its values at the centres of a [`Grid`]'s cells; everything else works on
//! these values and on one weight a cell: the [`Density`] of the inputs that the function really saw, or a [`mask`] of where it
//! is used.

mod cluster;
mod density;
mod distance;
mod grid;
mod quadratic;
mod silhouette;
mod solve;
mod spectrum;

pub use cluster::{Merge, Tree, average_linkage};
pub use density::{Density, mask};
pub use distance::{Distance, distances};
pub use grid::{Axis, Grid, range};
pub use quadratic::{Fit, Quadratic, Signs, quadratic};
pub use silhouette::silhouette;
pub use spectrum::{Basis, Power, hermite, solid};

/// A function of `n` arguments in batches: `[points, n]` to `[points]`.
pub type Function<'a> = dyn FnMut(&[f32]) -> Vec<f32> + 'a;
