//! From a plan to things that run: networks, training, checkpoints.
//!
//! Start at [`train()`]. The README beside this crate's `Cargo.toml` has the map.

pub mod analyse;
pub mod batches;
pub mod bench;
mod checkpoint;
pub mod config;
pub mod data;
pub mod digest;
pub mod error;
pub mod evaluate;
pub mod experiment;
pub mod files;
pub mod find;
pub mod findings;
pub mod init;
mod judge;
pub mod lesson;
pub mod loss;
pub mod memory;
pub mod model;
pub mod nets;
pub mod network;
pub mod observe;
pub mod runfile;
pub mod schedule;
pub mod select;
pub mod snapshots;
pub mod stage;
pub mod start;
pub mod study;
pub mod sweep;
pub use hetc_engine::{optim, params, streams};
pub mod target;
mod tensors;
pub mod train;

pub use config::TrainConfig;
pub use error::{TrainError, WeightsError};
pub use evaluate::{Metrics, evaluate, evaluate_weights};
pub use init::Init;
pub use loss::Loss;
pub use model::{ModelInfo, load_weights, save_weights};
pub use observe::{EpochMetrics, Observer, Silent, Warning};
pub use optim::Optimiser;
pub use train::{Job, Outcome, RunResult, train};
