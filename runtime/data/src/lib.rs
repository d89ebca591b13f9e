//! The data sets hetc trains on: generated, read from published files or a user's own, and made into batches.
//!
//! Start at [`Request`], which says what is asked for and reads it as a [`Dataset`]; [`Prepared`] and [`Dataset::write_batch`] turn
//! samples into numbers for a network. [`registry`] knows the published sets and where they are looked for, [`check`](mod@check) reads
//! and describes a whole set, and [`mod@get`] downloads one. Everything that can go wrong is a [`DataError`].

mod digest;
mod error;
mod file;
mod normalise;
mod prepare;
mod random;
mod targets;

pub mod arrays;
pub mod check;
pub mod cifar;
pub mod dataset;
#[doc(hidden)]
pub mod fixture;
pub mod get;
pub mod idx;
pub mod mnist1d;
pub mod ode;
pub mod pictures;
pub mod portions;
pub mod registry;
pub mod request;
pub mod smooth;

pub use dataset::{Dataset, Part, Pixels, Split, View};
pub use error::{DataError, DataErrorKind};
pub use normalise::Normalise;
pub use portions::{Portions, Validation};
pub use prepare::{MOST_CROP, Numbers, Prepared, Step};
pub use request::{Request, Source};
pub use targets::{Targets, Task, Wanted};
