//! What runs came to: statistics by the book, figures, a page that begins with the answer, event files for TensorBoard.
//!
//! Everything is drawn from a [`study::Study`], which is plain data: [`compare::compare`] holds its subjects against what their controls
//! predict, [`page::Report`] makes the page, [`tensorboard::write`] the event files.

pub mod compare;
pub mod csv;
pub mod figure;
pub mod looks;
pub mod page;
pub mod stats;
pub mod study;
pub mod tensorboard;
