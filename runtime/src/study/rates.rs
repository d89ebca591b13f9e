//! Learning rates that were found, as a study tells them.

use crate::find::Found;
use hetc_compiler::diag::words;

/// What a study says of them.
#[derive(Default)]
pub struct Rates {
    /// Each network's rate.
    pub facts: Vec<(String, String)>,
    /// What is doubtful about them, a sentence each.
    pub doubts: Vec<String>,
}

impl Rates {
    /// What was found for `network`, if anything was.
    pub fn add(&mut self, network: &str, found: Option<&Found>) {
        let Some(found) = found else { return };
        let tests = words::count(found.tests.len(), "range test");
        self.facts.push((format!("learning rate of {network}"), format!("{:.3e}, found by {tests}", found.rate)));
        let told = |doubt| format!("The learning rate of {network} is in doubt: {doubt}.");
        self.doubts.extend(found.doubts.iter().map(told));
    }
}
