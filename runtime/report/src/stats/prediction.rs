//! What controls predict of a mix (Doty et al. 2021, Methods and code).

use super::bootstrap::below;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Runs of a mix, each with one run of each control.
#[derive(Debug, Clone, PartialEq)]
pub struct Tuples {
    /// The mix, one value a tuple.
    pub mix: Vec<f64>,
    /// The controls of each tuple, in the order of the controls.
    pub controls: Vec<Vec<f64>>,
}

impl Tuples {
    /// Of runs with equal seeds: they share initial weights, order and augmentation. Runs are `(seed, value)`; seeds that some network
    /// lacks are left out.
    pub fn by_seed(mix: &[(u64, f64)], controls: &[Vec<(u64, f64)>]) -> Self {
        let find = |runs: &[(u64, f64)], seed| runs.iter().find(|run| run.0 == seed).map(|run| run.1);
        let tuple = |(seed, value): &(u64, f64)| {
            let others: Option<Vec<f64>> = controls.iter().map(|runs| find(runs, *seed)).collect();
            others.map(|others| (*value, others))
        };
        let (mix, controls) = mix.iter().filter_map(tuple).unzip();
        Self { mix, controls }
    }

    /// Of runs drawn at random without replacement, as Doty et al. do, until some network has none left; the mix's in their order.
    pub fn drawn(mix: &[f64], controls: &[Vec<f64>], seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut shuffled: Vec<Vec<f64>> = controls.to_vec();
        for values in &mut shuffled {
            for last in (1..values.len()).rev() {
                let other = below(&mut random, last + 1);
                values.swap(last, other);
            }
        }
        let tuples = shuffled.iter().map(Vec::len).fold(mix.len(), usize::min);
        let controls = (0..tuples).map(|tuple| shuffled.iter().map(|values| values[tuple]).collect()).collect();
        Self { mix: mix[..tuples].to_vec(), controls }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.mix.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.mix.is_empty()
    }
}

/// What the controls of a mix predict, tuple by tuple.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// The controls' values weighted by their shares.
    pub linear: Vec<f64>,
    /// The control that is best by its mean: the *max* prediction as the Methods have it.
    pub of_best: Vec<f64>,
    /// The best control of each tuple: the *max* prediction as the code has it, in the mean never worse than the other.
    pub maxima: Vec<f64>,
}

/// What the controls predict. `shares` are their parts in the mix, in any unit; `best` is the index of the one that is best by its mean
/// (see [`best`]). `None` without tuples or controls, or where numbers of controls differ.
pub fn predict(tuples: &Tuples, shares: &[f64], best: usize, smaller_is_better: bool) -> Option<Prediction> {
    if tuples.is_empty() || best >= shares.len() || tuples.controls.iter().any(|tuple| tuple.len() != shares.len()) {
        return None;
    }
    let extreme = |tuple: &Vec<f64>| tuple.iter().copied().reduce(|a, b| if better(b, a, smaller_is_better) { b } else { a });
    Some(Prediction {
        linear: tuples.controls.iter().map(|tuple| linear(tuple, shares)).collect(),
        of_best: tuples.controls.iter().map(|tuple| tuple[best]).collect(),
        maxima: tuples.controls.iter().filter_map(extreme).collect(),
    })
}

/// The index of the largest of `means`, or of the smallest; the first of equal ones, 0 for none.
pub fn best(means: &[f64], smaller_is_better: bool) -> usize {
    (1..means.len()).fold(0, |best, index| if better(means[index], means[best], smaller_is_better) { index } else { best })
}

fn better(a: f64, b: f64, smaller_is_better: bool) -> bool {
    if smaller_is_better { a < b } else { a > b }
}

/// The mean of `values` weighted by `shares`, which need not come to 1.
pub fn linear(values: &[f64], shares: &[f64]) -> f64 {
    values.iter().zip(shares).map(|(value, share)| value * share).sum::<f64>() / shares.iter().sum::<f64>()
}
