//! Many networks and settings at once: lists, products and unordered pairs, every mix with its controls, on one machine or many.
//!
//! The way through: [`read`] a sweep file, make its [`design`] (the points), put it into a folder ([`Sweep`]), [`Sweep::work`] there from
//! as many processes as one likes, and [`collect`] what came out. What is trained is known by its content, so nothing is trained twice.

mod axis;
mod claim;
mod collect;
mod controls;
mod estimate;
mod exclude;
mod file;
mod folder;
mod pace;
mod pairs;
mod points;
mod slurm;
mod state;
#[cfg(test)]
mod tests;
mod work;
mod worker;

pub use axis::{Axis, Choice};
pub use collect::{Collected, Row, collect, table};
pub use estimate::{Estimate, estimate};
pub use exclude::Exclusion;
pub use file::{SweepFile, is_sweep_file, read};
pub use folder::{Made, Place, Sweep};
pub use pairs::{across, within};
pub use points::{Design, Part, Point, design};
pub use slurm::Slurm;
pub use state::State;
pub use work::{End, Shift};
pub use worker::{About, at_work};
