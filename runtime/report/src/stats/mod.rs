//! Statistics of comparisons between runs, by the book.
//!
//! Every function takes plain slices of finite numbers and gives `None` where they are too few, or do not vary, so that nothing can be
//! said. All are tested against scipy's and statsmodels' values (`tests/oracle/stats.py`).

mod adjust;
mod binomial;
mod bootstrap;
mod effect;
mod power;
mod prediction;
mod rank;
mod sample;
mod t;

pub use adjust::benjamini_hochberg;
pub use binomial::binomial;
pub use bootstrap::{Bootstrap, Interval};
pub use effect::{cohens_d, hedges_g, paired_d, rank_biserial};
pub use power::{Design, detectable_difference, smallest_rank_p};
pub use prediction::{Prediction, Tuples, best, linear, predict};
pub use rank::{MannWhitney, mann_whitney};
pub use sample::{COVERAGE, Estimate, Sample};
pub use t::{TTest, paired, student, welch};

use serde::{Deserialize, Serialize};

/// What a test looks for in the first sample, beside the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alternative {
    /// That it differs.
    TwoSided,
    /// That it is larger.
    Greater,
    /// That it is smaller.
    Less,
}
