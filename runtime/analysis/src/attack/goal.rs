//! What attacks climb: functions of a sample's logits that are large where the classifier is wrong.

/// Keeps quotients of equal logits finite, as the reference does.
const TINY: f64 = 1e-12;

/// A function of logits and the label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// Cross-entropy: `log Σ exp z - z_y`.
    CrossEntropy,
    /// Difference of logits ratio (Croce and Hein 2020, eq. 6): `-(z_y - max_{i≠y} z_i) / (z_π1 - z_π3)`.
    Dlr,
    /// Its targeted form (eq. 7): `-(z_y - z_t) / (z_π1 - (z_π3 + z_π4) / 2)`.
    Towards(usize),
    /// One class against the label: `z_t - z_y`.
    Difference(usize),
}

impl Goal {
    /// Its value at `logits`.
    pub fn value(self, logits: &[f32], label: usize) -> f64 {
        let z = |class: usize| f64::from(logits[class]);
        match self {
            Goal::CrossEntropy => {
                let most = z(highest(logits));
                most + logits.iter().map(|l| (f64::from(*l) - most).exp()).sum::<f64>().ln() - z(label)
            }
            Goal::Difference(target) => z(target) - z(label),
            Goal::Dlr | Goal::Towards(_) => {
                let (rival, scale) = self.ratio(logits, label);
                (z(rival) - z(label)) / (scale.iter().map(|(class, part)| part * z(*class)).sum::<f64>() + TINY)
            }
        }
    }

    /// Its derivatives with respect to the logits, into `slopes`.
    pub fn slopes(self, logits: &[f32], label: usize, slopes: &mut [f32]) {
        slopes.fill(0.0);
        match self {
            Goal::CrossEntropy => {
                let most = logits[highest(logits)];
                let total: f64 = logits.iter().map(|l| f64::from(l - most).exp()).sum();
                slopes.iter_mut().zip(logits).for_each(|(s, l)| *s = (f64::from(l - most).exp() / total) as f32);
                slopes[label] -= 1.0;
            }
            Goal::Difference(target) => {
                slopes[target] += 1.0;
                slopes[label] -= 1.0;
            }
            Goal::Dlr | Goal::Towards(_) => {
                let (rival, scale) = self.ratio(logits, label);
                let below = scale.iter().map(|(class, part)| part * f64::from(logits[*class])).sum::<f64>() + TINY;
                let value = self.value(logits, label);
                slopes[rival] += (1.0 / below) as f32;
                slopes[label] -= (1.0 / below) as f32;
                scale.iter().for_each(|(class, part)| slopes[*class] -= (value * part / below) as f32);
            }
        }
    }

    /// The class compared with the label, and the classes and factors that the scale is the sum of.
    fn ratio(self, logits: &[f32], label: usize) -> (usize, Vec<(usize, f64)>) {
        let order = descending(logits);
        match self {
            Goal::Towards(target) => (target, vec![(order[0], 1.0), (order[2], -0.5), (order[3], -0.5)]),
            _ => (order[usize::from(order[0] == label)], vec![(order[0], 1.0), (order[2], -1.0)]),
        }
    }
}

/// The wrong class that is likely in this `rank`, from 0 to the number of classes - 2.
pub(super) fn rival(logits: &[f32], label: usize, rank: usize) -> usize {
    let mut order = descending(logits);
    order.retain(|class| *class != label);
    order[rank]
}

/// The classes from the largest logit to the smallest; of equal ones the last is first, as in an ascending stable sort read backwards.
fn descending(logits: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..logits.len()).collect();
    order.sort_by(|a, b| logits[*a].total_cmp(&logits[*b]));
    order.reverse();
    order
}

/// The class with the largest logit; of equal ones the first.
pub(super) fn highest(logits: &[f32]) -> usize {
    (1..logits.len()).fold(0, |best, class| if logits[class] > logits[best] { class } else { best })
}

/// The class is the label. Logits that are not numbers are no answer.
pub(super) fn right(logits: &[f32], label: usize) -> bool {
    logits.iter().all(|logit| !logit.is_nan()) && highest(logits) == label
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_are_differences_of_values() {
        let logits = [0.3f32, -1.2, 2.0, 0.9, 1.1];
        for goal in [Goal::CrossEntropy, Goal::Dlr, Goal::Towards(1), Goal::Towards(3), Goal::Difference(4)] {
            for label in [0, 2, 4] {
                let mut slopes = [0.0; 5];
                goal.slopes(&logits, label, &mut slopes);
                for class in 0..5 {
                    let moved = |by: f32| {
                        let mut at = logits;
                        at[class] += by;
                        goal.value(&at, label)
                    };
                    let difference = (moved(1e-2) - moved(-1e-2)) / 2e-2;
                    assert!((difference - f64::from(slopes[class])).abs() < 1e-3, "{goal:?} {label} {class}");
                }
            }
        }
    }

    #[test]
    fn values_by_hand() {
        let logits = [1.0, 4.0, 3.0, 0.0];
        let close = |goal: Goal, label, expected: f64| (goal.value(&logits, label) - expected).abs() < 1e-9;
        assert!(close(Goal::Dlr, 1, -1.0 / 3.0) && close(Goal::Dlr, 0, 1.0));
        assert!(close(Goal::Towards(2), 1, -1.0 / 3.5) && close(Goal::Difference(3), 2, -3.0));
        assert!((Goal::CrossEntropy.value(&[0.0, 0.0], 1) - 2f64.ln()).abs() < 1e-12);
        assert_eq!([0, 1, 2].map(|rank| rival(&[4.0, 4.0, 3.0, 0.0], 0, rank)), [1, 2, 3]);
        assert!(!right(&[f32::NAN, 0.0], 0) && right(&[1.0, 0.0], 0));
    }
}
