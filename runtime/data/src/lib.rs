//! The data sets hetc trains on: MNIST-1D generated, IDX and CIFAR binary files read, downloads verified.
//!
//! Start at [`registry::load`], which turns a name into a [`Dataset`]; [`Dataset::write_batch`] turns indices into numbers for a
//! network. [`registry::list`] says what is known and where it was found, [`check`](mod@check) reads and describes a whole set, and
//! [`mod@get`] downloads one. Everything that can go wrong is a [`DataError`].

mod digest;
mod error;
mod file;

pub mod check;
pub mod cifar;
pub mod dataset;
#[doc(hidden)]
pub mod fixture;
pub mod get;
pub mod idx;
pub mod mnist1d;
pub mod registry;
mod targets;

pub use dataset::{Dataset, Normalise, Part, Pixels, Split, View};
pub use error::{DataError, DataErrorKind};
pub use targets::{Targets, Task, Wanted};
