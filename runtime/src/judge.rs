//! Which epoch of a stage was the best, and whether to go on after it.

use crate::stage::{Stop, StopRule};
use serde::{Deserialize, Serialize};

/// What is known of a stage's epochs so far.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Judge {
    /// The lowest loss.
    lowest: Option<f64>,
    /// That of the last epoch.
    last: Option<f64>,
    /// Epochs in a row that counted against going on.
    against: u64,
}

/// What to make of an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// No epoch before it had as low a loss.
    pub best: bool,
    /// The stage is over.
    pub stop: bool,
}

impl Judge {
    /// Hears of an epoch's loss.
    pub fn hear(&mut self, loss: f64, stop: Option<Stop>) -> Verdict {
        let below = |other: Option<f64>| other.is_none_or(|other| loss < other);
        let best = below(self.lowest);
        let fine = match stop.map(|stop| stop.rule).unwrap_or_default() {
            StopRule::NoBetter => best,
            StopRule::Rising => below(self.last),
        };
        self.against = if fine { 0 } else { self.against + 1 };
        self.last = Some(loss);
        if best {
            self.lowest = Some(loss);
        }
        Verdict { best, stop: stop.is_some_and(|stop| self.against >= stop.patience) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of these epochs are seen, and which were the best so far.
    fn run(losses: &[f64], stop: Stop) -> (usize, Vec<usize>) {
        let (mut judge, mut best) = (Judge::default(), Vec::new());
        for (epoch, loss) in losses.iter().enumerate() {
            let verdict = judge.hear(*loss, Some(stop));
            if verdict.best {
                best.push(epoch);
            }
            if verdict.stop {
                return (epoch + 1, best);
            }
        }
        (losses.len(), best)
    }

    #[test]
    fn the_two_readings_of_patience_differ() {
        let losses = [3.0, 2.0, 2.5, 2.4, 2.3, 2.2, 2.2, 2.2, 2.2];
        assert_eq!(run(&losses, Stop { patience: 3, rule: StopRule::NoBetter }), (5, vec![0, 1]));
        assert_eq!(run(&losses, Stop { patience: 3, rule: StopRule::Rising }), (9, vec![0, 1]));
        assert_eq!(run(&losses, Stop { patience: 2, rule: StopRule::Rising }), (8, vec![0, 1]));
        assert_eq!(run(&[1.0, 0.5, 0.6, 0.4, 0.5, 0.5], Stop { patience: 2, rule: StopRule::NoBetter }), (6, vec![0, 1, 3]));
    }

    #[test]
    fn without_a_rule_nothing_stops() {
        let mut judge = Judge::default();
        assert!((0..100).all(|i| !judge.hear(f64::from(i), None).stop));
    }
}
