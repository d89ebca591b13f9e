//! Parts of a data set: a validation split taken from the training split, and fewer training samples.

use crate::{DataError, Dataset, Split, random::RandomState};
use serde::{Serialize, Serializer};

/// Which samples of a set are trained on, and which are kept for validation.
///
/// Validation samples are taken out of the training split first, then the subset of what is left; the test split stays as it is.
/// Samples keep their order. Which are chosen depends on these four numbers and the labels, on nothing else.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Portions {
    /// Train on so many samples, as many of each class as there can be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subset: Option<usize>,
    /// What to validate on, if anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation: Option<Validation>,
    /// Whether parts have the classes in the shares of the whole.
    pub stratified: bool,
    /// The seed of the choice: numpy's `RandomState(seed)`.
    pub split_seed: u32,
}

/// What to validate on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Validation {
    /// So many samples of the training split.
    Count(usize),
    /// This share of the training split, of 1.
    Share(f64),
    /// The test split itself, as Doty et al. did: the test figures are then no longer independent of what was chosen by them.
    Test,
}

impl Default for Portions {
    /// The whole training split, nothing for validation.
    fn default() -> Self {
        Self { subset: None, validation: None, stratified: true, split_seed: 0 }
    }
}

impl Serialize for Validation {
    /// A whole number, a number with a point, or `"test"`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Validation::Count(count) => serializer.serialize_u64(*count as u64),
            Validation::Share(share) => serializer.serialize_f64(*share),
            Validation::Test => serializer.serialize_str("test"),
        }
    }
}

impl Portions {
    /// Makes these portions of `data`, and says so in its source.
    ///
    /// Fails if a part would have more samples than there are, or would leave none.
    pub fn apply(&self, data: &mut Dataset) -> Result<(), DataError> {
        let how = if self.stratified && data.task.classes().is_some() { "stratified, " } else { "" };
        match self.validation {
            None => {}
            Some(Validation::Test) => {
                data.validation = data.test.clone();
                data.source += "; validation is the test split itself";
            }
            Some(Validation::Count(count)) => self.validate_on(count, how, data)?,
            Some(Validation::Share(share)) => self.validate_on(of_share(share, data.train.len()), how, data)?,
        }
        if let Some(count) = self.subset {
            let all = data.train.len();
            check("subset", count, all)?;
            let chosen = pick(&groups(&data.train, data.task.classes()), count, Shares::Equal, self.split_seed);
            data.train = data.train.choose(&chosen, data.sample_len());
            // Fewer samples than classes are of different classes at best.
            let balanced = data.task.classes().is_some_and(|classes| count >= classes);
            let balanced = if balanced { "classes balanced, " } else { "" };
            data.source += &format!("; {count} of {all} training samples ({balanced}seed {})", self.split_seed);
        }
        Ok(())
    }

    fn validate_on(&self, count: usize, how: &str, data: &mut Dataset) -> Result<(), DataError> {
        check("validation", count, data.train.len().saturating_sub(1))?;
        let size = data.sample_len();
        let classes = data.task.classes().filter(|_| self.stratified);
        let [kept, taken] = part(&data.train, classes, count, self.split_seed);
        data.validation = data.train.choose(&taken, size);
        data.train = data.train.choose(&kept, size);
        data.source += &format!("; {count} training samples kept for validation ({how}seed {})", self.split_seed);
        Ok(())
    }
}

/// Takes the test split of a set that has none out of its training split, and says so.
pub(crate) fn hold_out(data: &mut Dataset, share: f64, stratified: bool, seed: u32) -> Result<(), DataError> {
    check_share(share)?;
    let count = of_share(share, data.train.len());
    check("test_share", count, data.train.len().saturating_sub(1))?;
    let classes = data.task.classes().filter(|_| stratified);
    let [kept, taken] = part(&data.train, classes, count, seed);
    data.test = data.train.choose(&taken, data.sample_len());
    data.train = data.train.choose(&kept, data.sample_len());
    let how = if classes.is_some() { "stratified, " } else { "" };
    data.source += &format!("; {count} samples held out for the test ({how}seed {seed})");
    Ok(())
}

/// Refuses a share for the test that leaves nothing on one side.
pub(crate) fn check_share(share: f64) -> Result<(), DataError> {
    match share > 0.0 && share < 1.0 {
        true => Ok(()),
        false => {
            let (argument, expected) = ("test_share", "a share between 0 and 1");
            Err(DataError::Argument { argument, expected, found: share.to_string() })
        }
    }
}

/// How many of `all` samples a share is.
pub(crate) fn of_share(share: f64, all: usize) -> usize {
    (share * all as f64).round() as usize
}

/// The samples that stay and the `count` that are taken out, each in rising order; by class where there are `classes`.
pub(crate) fn part(split: &Split, classes: Option<usize>, count: usize, seed: u32) -> [Vec<usize>; 2] {
    let taken = pick(&groups(split, classes), count, Shares::OfTheWhole, seed);
    let kept = (0..split.len()).filter(|index| taken.binary_search(index).is_err()).collect();
    [kept, taken]
}

/// `count` samples of a split (all, if it has fewer), as many of each class as there can be where there are `classes`; in rising order.
pub fn balanced(split: &Split, classes: Option<usize>, count: usize, seed: u32) -> Vec<usize> {
    pick(&groups(split, classes), count.min(split.len()), Shares::Equal, seed)
}

fn check(argument: &'static str, count: usize, most: usize) -> Result<(), DataError> {
    match (1..=most).contains(&count) {
        true => Ok(()),
        false => Err(DataError::Portion { argument, count, most }),
    }
}

/// The indices of each class, or of all samples.
fn groups(split: &Split, classes: Option<usize>) -> Vec<Vec<usize>> {
    match (split.targets.classes(), classes) {
        (Some(labels), Some(classes)) => {
            let mut groups = vec![Vec::new(); classes];
            labels.iter().enumerate().for_each(|(index, &label)| groups[usize::from(label)].push(index));
            groups
        }
        _ => vec![(0..split.len()).collect()],
    }
}

/// How many samples a group gives.
#[derive(Clone, Copy)]
enum Shares {
    /// As it has of the whole; what rounding leaves goes to the largest remainders, the first group first.
    OfTheWhole,
    /// As many as every other, as far as it has them; what cannot be shared goes to the first groups.
    Equal,
}

/// `count` samples of the groups, in rising order.
fn pick(groups: &[Vec<usize>], count: usize, shares: Shares, seed: u32) -> Vec<usize> {
    let sizes: Vec<usize> = groups.iter().map(Vec::len).collect();
    let quotas = match shares {
        Shares::OfTheWhole => proportional(&sizes, count),
        Shares::Equal => level(&sizes, count),
    };
    let mut random = RandomState::new(seed);
    let mut picked = Vec::with_capacity(count);
    for (group, quota) in groups.iter().zip(quotas) {
        picked.extend(random.permutation(group.len()).into_iter().take(quota).map(|at| group[at]));
    }
    picked.sort_unstable();
    picked
}

fn proportional(sizes: &[usize], count: usize) -> Vec<usize> {
    let all: u128 = sizes.iter().map(|&size| size as u128).sum();
    let product = |size: usize| size as u128 * count as u128;
    let mut quotas: Vec<usize> = sizes.iter().map(|&size| (product(size) / all.max(1)) as usize).collect();
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|&group| std::cmp::Reverse(product(sizes[group]) % all.max(1)));
    let left = count - quotas.iter().sum::<usize>();
    order.into_iter().take(left).for_each(|group| quotas[group] += 1);
    quotas
}

fn level(sizes: &[usize], count: usize) -> Vec<usize> {
    let mut quotas = vec![0; sizes.len()];
    let mut left = count;
    while left > 0 {
        let open: Vec<usize> = (0..sizes.len()).filter(|&group| quotas[group] < sizes[group]).collect();
        if open.is_empty() {
            break;
        }
        let each = (left / open.len()).max(1);
        for group in open.into_iter().take(left) {
            let more = each.min(sizes[group] - quotas[group]);
            quotas[group] += more;
            left -= more;
        }
    }
    quotas
}
