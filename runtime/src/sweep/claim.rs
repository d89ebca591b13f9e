//! Which of many processes trains what: every training is claimed by creating a file that can be created only once.
//!
//! The K-th attempt at the training of a seed is `seed-N.claim-K`, holding the worker's name; no process removes it. Its work is in
//! `seed-N.work-K`, which becomes `seed-N` when it is over. Who finds the worker of the last claim dead creates the next one and takes
//! the work over by renaming it, checkpoint and all: a worker that was only silent finds its folder gone and leaves it.
//!
//! A claim also says how far the training was when it was made, and at the end that it was left on request, or the error that it ended
//! with. So a training that kills whoever takes it is noticed, and left alone; one that fails is tried again by whoever comes next.

use super::folder::{Place, Sweep};
use super::worker::Worker;
use crate::checkpoint;
use crate::error::TrainError;
use crate::files;
use crate::train::{diverged_path, metrics_path, result_path};
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// After so many attempts without a new checkpoint nobody takes a training over any more.
const MOST_FRUITLESS: u32 = 5;
/// The last line of a claim that was left on request.
const STOPPED: &str = "stopped";
/// How the last line of a claim begins whose training ended with an error.
const FAILED: &str = "failed: ";

/// What came of trying to get a training.
#[derive(Debug, PartialEq, Eq)]
pub enum Claimed {
    /// It is this process's, the so-many-th attempt at it.
    Mine(u32),
    /// It is over.
    Over,
    /// Another worker has it.
    Elsewhere,
    /// Attempt after attempt came to nothing.
    GivenUp,
}

/// Where the files of one training are.
#[derive(Debug, Clone)]
pub struct Files {
    /// `POINT/seed-N`
    pub over: PathBuf,
}

impl Files {
    /// Of a training.
    pub fn new(sweep: &Sweep, place: Place) -> Self {
        Self { over: sweep.point_folder(&sweep.points[place.point]).join(format!("seed-{}", place.seed)) }
    }

    /// The claim of an attempt: the worker, how many steps were behind the training, and that it was left on request, or how it
    /// failed; a line each.
    pub fn claim(&self, attempt: u32) -> PathBuf {
        self.over.with_extension(format!("claim-{attempt}"))
    }

    /// Where the so-many-th attempt works.
    pub fn work(&self, attempt: u32) -> PathBuf {
        self.over.with_extension(format!("work-{attempt}"))
    }

    /// Whether the training is over.
    pub fn is_over(&self) -> bool {
        result_path(&self.over).is_file() || diverged_path(&self.over).is_file()
    }

    /// Attempts so far.
    pub fn attempts(&self) -> u32 {
        (1..).take_while(|attempt| self.claim(*attempt).exists()).last().unwrap_or(0)
    }

    /// The worker of an attempt; empty as long as it has not written its name.
    pub fn worker(&self, attempt: u32) -> String {
        self.line_of_claim(attempt, 0).unwrap_or_default()
    }

    fn line_of_claim(&self, attempt: u32, line: usize) -> Option<String> {
        fs::read_to_string(self.claim(attempt)).ok()?.lines().nth(line).map(str::to_string)
    }

    /// Where the last attempt that did something works.
    pub fn under_way(&self) -> PathBuf {
        let last = self.attempts();
        (1..=last).rev().map(|attempt| self.work(attempt)).find(|folder| folder.is_dir()).unwrap_or_else(|| self.work(last))
    }

    /// Whole epochs of the work under way.
    pub fn epochs(&self) -> usize {
        fs::read_to_string(metrics_path(&self.under_way())).map_or(0, |text| text.lines().count())
    }

    /// Whether the last attempts, one after the other, came no further than the one before them, without having been asked to stop and
    /// without saying why.
    pub fn is_given_up(&self) -> bool {
        let last = self.attempts();
        if last < MOST_FRUITLESS {
            return false;
        }
        let steps = checkpoint::steps(&self.under_way()).to_string();
        let fruitless =
            |attempt: &u32| self.line_of_claim(*attempt, 1).as_ref() == Some(&steps) && self.line_of_claim(*attempt, 2).is_none();
        (1..=last).rev().take_while(fruitless).count() >= MOST_FRUITLESS as usize
    }

    /// Notes that an attempt was left on request.
    pub fn stopped(&self, attempt: u32) -> Result<(), TrainError> {
        files::append_line(&self.claim(attempt), STOPPED).map(|_| ())
    }

    /// Notes how an attempt failed: whoever made it lived to say so.
    pub fn failed(&self, attempt: u32, error: &TrainError) -> Result<(), TrainError> {
        let reason = error.to_string().replace('\n', " ");
        files::append_line(&self.claim(attempt), &format!("{FAILED}{reason}")).map(|_| ())
    }

    /// How the last attempt failed, if it said so.
    pub fn failure(&self) -> Option<String> {
        self.line_of_claim(self.attempts(), 2)?.strip_prefix(FAILED).map(str::to_string)
    }

    /// Tries to get the training for `worker`.
    pub fn claim_for(&self, worker: &Worker) -> Result<Claimed, TrainError> {
        if self.is_over() {
            return Ok(Claimed::Over);
        }
        let last = self.attempts();
        if last > 0 && worker.lives(&self.worker(last), &self.claim(last)) {
            return Ok(Claimed::Elsewhere);
        }
        if self.is_given_up() {
            return Ok(Claimed::GivenUp);
        }
        let mine = last + 1;
        let steps = checkpoint::steps(&self.under_way());
        if !create_once(&self.claim(mine), &format!("{}\n{steps}\n", worker.name()))? {
            return Ok(Claimed::Elsewhere);
        }
        self.take_over(mine)?;
        // Whoever worked at it may have come to the end before its folder could be taken.
        Ok(if self.is_over() { Claimed::Over } else { Claimed::Mine(mine) })
    }

    /// The last attempt that began has the work.
    fn take_over(&self, mine: u32) -> Result<(), TrainError> {
        let folder = self.work(mine);
        for earlier in (1..mine).rev() {
            match fs::rename(self.work(earlier), &folder) {
                Ok(()) => return Ok(()),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(TrainError::io("rename", &self.work(earlier))(error)),
            }
        }
        Ok(())
    }

    /// Whether the attempt is still the last one.
    pub fn holds(&self, attempt: u32) -> bool {
        !self.claim(attempt + 1).exists()
    }

    /// Gives the work of an attempt its name for good; whether it was still there to be given one.
    pub fn publish(&self, attempt: u32) -> Result<bool, TrainError> {
        let work = self.work(attempt);
        match fs::rename(&work, &self.over) {
            Ok(()) => files::sync_folder_of(&self.over).map(|()| true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(_) if self.is_over() => fs::remove_dir_all(&work).map_err(TrainError::io("remove", &work)).map(|()| false),
            Err(error) => Err(TrainError::io("write", &self.over)(error)),
        }
    }
}

/// Creates a file with a text; `false` if it is there already. Of many that try, one succeeds.
fn create_once(path: &Path, text: &str) -> Result<bool, TrainError> {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map_err(TrainError::io("write", path)).map(|()| true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(TrainError::io("create", path)(error)),
    }
}
