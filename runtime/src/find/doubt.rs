//! What speaks against a learning rate that a range test has found.

use super::{Find, RangeTest};
use hetc_compiler::diag::words;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a rate that was found may not be the one that was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// The loss was lowest in the last tenth of the steps, and mostly still falling where the range ended: no minimum was passed.
    AtEnd {
        /// Tests in which it was.
        tests: usize,
        /// All tests.
        of: usize,
        /// The end of the range.
        high: f64,
    },
    /// The tests were too short to tell.
    FewSteps {
        /// Of the longest.
        steps: usize,
    },
}

/// Fewer steps than this tell little about a loss that is smoothed over about as many.
const FEW_STEPS: usize = 20;

/// All that is doubtful about the rate that `tests` come to.
pub fn doubts(find: Find, tests: &[RangeTest]) -> Vec<Doubt> {
    let steps = tests.iter().map(|test| test.rates.len()).max().unwrap_or(0);
    // The rates are powers of a quotient, so equal ones may differ in their last digits.
    let last_tenth = find.high * (find.low / find.high).powf(0.1) * (1.0 - 1e-9);
    let ended = |test: &&RangeTest| test.lowest >= last_tenth;
    let at_end = tests.iter().filter(ended).count();
    let few = (steps < FEW_STEPS).then_some(Doubt::FewSteps { steps });
    let at_end = (at_end > 0).then_some(Doubt::AtEnd { tests: at_end, of: tests.len(), high: find.high });
    few.into_iter().chain(at_end).collect()
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Doubt::AtEnd { tests, of, high } => write!(
                f,
                "in {tests} of {} the smallest loss lies at the end of the range, so the rate is only a bound; `find.high` (now {high:?}) \
                 should be larger",
                words::count(*of, "range test")
            ),
            Doubt::FewSteps { steps } => write!(
                f,
                "a range test of {} tells little, at least {FEW_STEPS} are needed; `find.epochs` makes it longer",
                words::count(*steps, "step")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Find, Found, RangeTest};
    use super::Doubt;

    /// Of so many steps, whose loss is lowest after `lowest` of them.
    fn valley(find: Find, steps: u64, lowest: u64) -> RangeTest {
        let mut test = RangeTest { seed: 1, rates: Vec::new(), losses: Vec::new(), smoothed: Vec::new(), lowest: 0.0 };
        for step in 1..=steps {
            test.add(find.rate(step, steps), step.abs_diff(lowest) as f64, 1.0);
        }
        test.judged(1, 0).expect("losses are numbers")
    }

    #[test]
    fn a_minimum_at_the_end_of_the_range_is_none() {
        let find = Find { smoothing: 1.0, ..Find::new() };
        let doubts = |tests: &[(u64, u64)]| {
            Found::new(find, tests.iter().map(|(steps, lowest)| valley(find, *steps, *lowest)).collect()).doubts
        };
        assert_eq!(doubts(&[(40, 35), (40, 1)]), []);
        assert_eq!(doubts(&[(40, 36), (40, 20)]), [Doubt::AtEnd { tests: 1, of: 2, high: 0.1 }]);
        assert_eq!(doubts(&[(19, 7)]), [Doubt::FewSteps { steps: 19 }]);
        assert_eq!(doubts(&[(20, 7)]), []);
        assert_eq!(doubts(&[(1, 1)]), [Doubt::FewSteps { steps: 1 }, Doubt::AtEnd { tests: 1, of: 1, high: 0.1 }]);
    }
}
