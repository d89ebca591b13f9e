//! Learning rates that are to be found before an experiment's trainings begin.

use super::{Experiment, Member, Watch};
use crate::config::TrainConfig;
use crate::digest::{Identity, json};
use crate::error::TrainError;
use crate::files;
use crate::find::{Found, RangeTest, range_test};
use crate::network::Hardware;
use crate::train::Job;
use hetc_data::Dataset;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;

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
            let Some(tests) = self.tests(member, data, hardware, jobs, watch)? else { return Ok(false) };
            let found = Found::new(self.run_file.find, tests);
            watch.found(member, &found);
            files::write(&self.rates_path(member), &json(&Kept { run, found }))?;
        }
        Ok(true)
    }

    /// The tests of one network with all seeds, so many at a time.
    fn tests(
        &self,
        member: &Member,
        data: &Dataset,
        hardware: Hardware,
        jobs: usize,
        watch: &mut dyn Watch,
    ) -> Result<Option<Vec<RangeTest>>, TrainError> {
        let seeds = &self.run_file.seeds;
        let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let hardware = Hardware { threads: (hardware.threads / jobs.max(1)).max(1), ..hardware };
        let mut tests: Vec<Option<RangeTest>> = vec![None; seeds.len()];
        std::thread::scope(|scope| {
            let (sender, results) = channel();
            for _ in 0..jobs.min(seeds.len()) {
                let (sender, next, stop) = (sender.clone(), &next, &stop);
                scope.spawn(move || {
                    while let Some((place, seed)) =
                        Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|i| Some((i, *seeds.get(i)?)))
                    {
                        let (config, folder) = (self.config(), self.folder.as_path());
                        let job = Job { plan: &member.plan, data, config, seed, folder, hardware };
                        let test = range_test(&job, self.run_file.find, &|| stop.load(Ordering::Relaxed));
                        let _ = sender.send((place, test)); // whoever listens has gone if this fails
                    }
                });
            }
            drop(sender);
            let mut error = None;
            for (place, test) in results {
                match test {
                    Ok(test) => tests[place] = test,
                    Err(failure) => error = Some(failure),
                }
                if error.is_some() || watch.stop_requested() {
                    stop.store(true, Ordering::Relaxed);
                }
            }
            error.map_or(Ok(()), Err)
        })?;
        Ok(tests.into_iter().collect())
    }
}
