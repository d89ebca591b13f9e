//! How far a sweep is, read from its folder: by anybody, at any time.

use super::claim::Files;
use super::folder::{Place, Sweep};
use super::worker::at_work;
use crate::error::TrainError;
use crate::files;
use crate::train::{RunResult, result_path};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// How far one training is.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// It came to its end.
    Finished(Box<RunResult>),
    /// Its loss stopped being a number.
    Diverged,
    /// Someone is at it.
    UnderWay {
        /// Who.
        worker: String,
        /// Whole epochs behind it.
        epochs: usize,
    },
    /// It was begun, and nobody is at it any more.
    Left {
        /// Whole epochs behind it.
        epochs: usize,
        /// Attempts so far.
        attempts: u32,
        /// Whether nobody takes it over any more, since too many of them came to nothing.
        given_up: bool,
        /// The error that the last attempt ended with, if it said so.
        failure: Option<String>,
    },
    /// Nobody has begun.
    Open,
}

impl State {
    /// Whether there is nothing more to do.
    pub fn is_over(&self) -> bool {
        matches!(self, State::Finished(_) | State::Diverged)
    }
}

impl Sweep {
    /// How far every training is, in the order of [`Sweep::places`].
    pub fn states(&self) -> Result<Vec<(Place, State)>, TrainError> {
        let alive: BTreeSet<String> = at_work(&self.folder).into_iter().map(|(name, _)| name).collect();
        self.places().into_iter().map(|place| Ok((place, self.state(place, &alive)?))).collect()
    }

    /// The folder of a training: for good, or of the work that is under way.
    pub fn training_folder(&self, place: Place) -> PathBuf {
        let own = Files::new(self, place);
        if own.is_over() { own.over } else { own.under_way() }
    }

    fn state(&self, place: Place, alive: &BTreeSet<String>) -> Result<State, TrainError> {
        let own = Files::new(self, place);
        let path = result_path(&own.over);
        if let Some(bytes) = files::read(&path)? {
            // Another version's, say; train() refuses to overwrite it for the same reason.
            let differs = vec!["the formats of `result.json`"];
            let result =
                serde_json::from_slice(&bytes).map_err(|_| TrainError::OtherRun { folder: own.over.clone(), differs })?;
            return Ok(State::Finished(Box::new(result)));
        }
        if own.is_over() {
            return Ok(State::Diverged);
        }
        let attempts = own.attempts();
        let (worker, epochs) = (own.worker(attempts), own.epochs());
        Ok(match attempts {
            0 => State::Open,
            _ if alive.contains(&worker) => State::UnderWay { worker, epochs },
            attempts => State::Left { epochs, attempts, given_up: own.is_given_up(), failure: own.failure() },
        })
    }
}
