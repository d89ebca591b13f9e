//! Plans out of plans: other widths, other cells, baselines.
//!
//! Everything here takes a whole [`Plan`] and gives a whole one: whatever follows from a change (shapes, counts, who gets which unit)
//! is worked out again, and the result has passed [`Plan::verify`]. A change from which nothing follows is a [`RewriteError`].
//!
//! * [`infer()`]: what a layer gives for what it reads.
//! * [`Plan::rebuild`]: the same network with other widths, operations or another input.
//! * [`sites()`]: the layers with cells that a [`Selector`] means.
//! * [`Rewritten::replace`]: other cells at some sites.
//! * [`match_params`]: widths that bring a network to a parameter count.

mod baseline;
mod infer;
mod rebuild;
mod replace;
mod select;

pub use baseline::{Beside, MatchError, Matched, Rule, Solved, Width, match_params};
pub use infer::infer;
pub use rebuild::{Changes, kind};
pub use replace::{Keep, Replacement, Rewritten, Site};
pub use select::{NoSites, Part, Selector, Which, feeder, sites};

#[allow(unused_imports)] // for the documentation above
use crate::plan::Plan;

/// Why a plan cannot be changed so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RewriteError {
    /// Name of the first layer that does not follow, in the plan before the change; `None` if it is none in particular.
    pub layer: Option<String>,
    /// Line of the spec that asked for that layer; 0 if there is none.
    pub line: u32,
    /// In words.
    pub reason: String,
}

impl std::fmt::Display for RewriteError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.layer {
            Some(layer) => write!(f, "layer `{layer}`: {}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

impl std::error::Error for RewriteError {}
