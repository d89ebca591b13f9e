//! Learning rates that are to be found before an experiment's trainings begin.

use super::{Experiment, Member, Watch};
use crate::config::TrainConfig;
use crate::digest::{Identity, json};
use crate::error::TrainError;
use crate::files;
use crate::find::{Found, range_tests};
use crate::network::Hardware;
use crate::observe::Warning;
use crate::train::Job;
use hetc_data::Dataset;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

/// `lr.json`
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    /// What was tested, apart from seeds.
    run: Identity,
    #[serde(flatten)]
    found: Found,
}

impl Experiment {
    /// Where a network's range tests are kept.
    pub fn rates_path(&self, member: &Member) -> PathBuf {
        self.folder.join(&member.folder).join("lr.json")
    }

    /// What the range tests of a network came to, if they are over.
    pub fn found(&self, member: &Member) -> Option<Found> {
        let bytes = files::read(&self.rates_path(member)).ok()??;
        serde_json::from_slice::<Kept>(&bytes).ok().map(|kept| kept.found)
    }

    /// How a network is trained: with the learning rate that was found for it, if one was to be.
    pub fn config_of(&self, member: &Member) -> TrainConfig {
        match self.found(member) {
            Some(found) => found.apply(self.config()),
            None => self.config().clone(),
        }
    }

    /// Tests every network that has no learning rate yet, with every seed; false if it was asked to stop.
    pub(super) fn find_rates(
        &self,
        data: &Dataset,
        hardware: Hardware,
        jobs: usize,
        watch: &mut dyn Watch,
    ) -> Result<bool, TrainError> {
        if !self.config().stages[0].find {
            return Ok(true);
        }
        for member in &self.members {
            let run = Identity::of(&member.plan, self.config(), 0, data);
            let known = files::read(&self.rates_path(member))?.and_then(|bytes| serde_json::from_slice::<Kept>(&bytes).ok());
            if known.is_some_and(|kept| kept.run == run) {
                continue;
            }
            let (config, folder, stop) = (self.config(), self.folder.as_path(), AtomicBool::new(false));
            let job = Job { plan: &member.plan, data, config, seed: 0, folder, hardware };
            let mut heard = || stop.store(watch.stop_requested(), Ordering::Relaxed);
            let tests = range_tests(&job, &self.run_file.seeds, self.run_file.find, jobs, &stop, &mut heard)?;
            let Some(tests) = tests else { return Ok(false) };
            let found = Found::new(self.run_file.find, tests);
            watch.found(member, &found);
            Warning::rate(&member.title, &found).into_iter().for_each(|warning| watch.warning(warning));
            files::write(&self.rates_path(member), &json(&Kept { run, found }))?;
        }
        Ok(true)
    }
}
