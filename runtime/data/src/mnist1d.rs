//! MNIST-1D, generated: digits drawn as curves of one dimension, padded, stretched, shifted, sheared, and covered with noise.
//!
//! The set of Greydanus and Kobak, "Scaling down deep learning with MNIST-1D" (2024). With the default arguments the result is the
//! published frozen set, sample for sample: the generator follows the order of the original's random draws and its random stream.
//! The templates and the recipe come from the `mnist1d` package, <https://github.com/greydanus/mnist1d>, Apache-2.0.

mod signal;

use crate::random::RandomState;
use crate::{DataError, Dataset, Pixels, Split, Targets, Task};
use serde::Serialize;
use signal::Transform;

/// The digits 0 to 9 as curves of twelve points, from `get_templates` of the `mnist1d` package (Apache-2.0).
const TEMPLATES: [[f64; 12]; 10] = [
    [5., 6., 6.5, 6.75, 7., 7., 7., 7., 6.75, 6.5, 6., 5.],
    [5., 3., 3., 3.4, 3.8, 4.2, 4.6, 5., 5.4, 5.8, 5., 5.],
    [5., 6., 6.5, 6.5, 6., 5.25, 4.75, 4., 3.5, 3.5, 4., 5.],
    [5., 6., 6.5, 6.5, 6., 5., 5., 6., 6.5, 6.5, 6., 5.],
    [5., 4.4, 3.8, 3.2, 2.6, 2.6, 5., 5., 5., 5., 5., 5.],
    [5., 3., 3., 3., 3., 5., 6., 6.5, 6.5, 6., 4.5, 5.],
    [5., 4., 3.5, 3.25, 3., 3., 3., 3., 3.25, 3.5, 4., 5.],
    [5., 7., 7., 6.6, 6.2, 5.8, 5.4, 5., 4.6, 4.2, 5., 5.],
    [5., 4., 3.5, 3.5, 4., 5., 5., 4., 3.5, 3.5, 4., 5.],
    [5., 4., 3.5, 3.5, 4., 5., 5., 5., 5., 4.7, 4.3, 5.],
];

/// The arguments of the original generator, under their original names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Arguments {
    /// The number of samples, rounded down to a multiple of the ten classes.
    pub num_samples: usize,
    /// The share of the samples that goes into the training split.
    pub train_split: f64,
    /// Together with the upper padding, the number of points a padded template is resampled to.
    pub template_len: usize,
    /// The fewest and the most zeros put after a template.
    pub padding: [usize; 2],
    /// The width of the range of the amplitude around 1.
    pub scale_coeff: f64,
    /// Signals are rotated to the right by less than this.
    pub max_translation: usize,
    /// The size of the smooth noise where the signal is zero.
    pub corr_noise_scale: f64,
    /// The size of the noise on every point.
    pub iid_noise_scale: f64,
    /// The width of the range of the slope around 0.
    pub shear_scale: f64,
    /// Whether the points of all samples are shuffled, in one order.
    pub shuffle_seq: bool,
    /// The number of points of a sample.
    pub final_seq_length: usize,
    /// The seed of the random stream.
    pub seed: u32,
}

impl Default for Arguments {
    /// The arguments of the published frozen set.
    fn default() -> Self {
        Self {
            num_samples: 5000,
            train_split: 0.8,
            template_len: 12,
            padding: [36, 60],
            scale_coeff: 0.4,
            max_translation: 48,
            corr_noise_scale: 0.25,
            iid_noise_scale: 0.02,
            shear_scale: 0.75,
            shuffle_seq: false,
            final_seq_length: 40,
            seed: 42,
        }
    }
}

/// Every sample in double precision, training split first.
#[derive(Debug, Clone, PartialEq)]
pub struct Sequences {
    /// The samples, standardised over all values.
    pub samples: Vec<Vec<f64>>,
    /// One digit a sample.
    pub labels: Vec<u16>,
    /// How many samples belong to the training split.
    pub train: usize,
    /// The mean of all values before they were standardised.
    pub raw_mean: f64,
    /// The standard deviation of all values before they were standardised.
    pub raw_sd: f64,
}

/// Generates a set and rounds it to single precision.
pub fn dataset(arguments: &Arguments) -> Result<Dataset, DataError> {
    let all = generate(arguments)?;
    let split = |samples: &[Vec<f64>], labels: &[u16]| Split {
        inputs: Pixels::Floats(samples.iter().flatten().map(|&x| x as f32).collect()),
        targets: Targets::Classes(labels.to_vec()),
    };
    let (train, test) = all.samples.split_at(all.train);
    let (train_labels, test_labels) = all.labels.split_at(all.train);
    Ok(Dataset {
        name: "mnist1d".into(),
        train: split(train, train_labels),
        validation: Split::default(),
        test: split(test, test_labels),
        task: Task::Classes(TEMPLATES.len()),
        sample: vec![arguments.final_seq_length],
        source: arguments.source(),
    })
}

/// Generates a set in double precision.
pub fn generate(arguments: &Arguments) -> Result<Sequences, DataError> {
    arguments.check()?;
    let mut random = RandomState::new(arguments.seed);
    let transform = Transform::new(arguments);
    let per_class = arguments.num_samples / TEMPLATES.len();
    let mut drawn = Vec::with_capacity(per_class * TEMPLATES.len());
    for (label, template) in (0u16..).zip(&TEMPLATES) {
        let template = whiten(template);
        drawn.extend((0..per_class).map(|_| (label, transform.apply(&template, &mut random))));
    }
    let order = random.permutation(drawn.len());
    let mut samples: Vec<Vec<f64>> = order.iter().map(|&row| std::mem::take(&mut drawn[row].1)).collect();
    let labels = order.iter().map(|&row| drawn[row].0).collect();
    if arguments.shuffle_seq {
        let order = random.permutation(arguments.final_seq_length);
        samples.iter_mut().for_each(|sample| *sample = order.iter().map(|&at| sample[at]).collect());
    }
    let (raw_mean, raw_sd) = standardise(&mut samples)?;
    let train = (samples.len() as f64 * arguments.train_split) as usize;
    Ok(Sequences { samples, labels, train, raw_mean, raw_sd })
}

/// Centres and scales a template, and lets it start at 0.
fn whiten(template: &[f64; 12]) -> [f64; 12] {
    let (mean, sd) = mean_and_sd(template.iter());
    let scaled = template.map(|x| (x - mean) / sd);
    scaled.map(|x| (x - scaled[0]) / 6.0)
}

/// Centres and scales all values together; tells their mean and standard deviation before.
fn standardise(samples: &mut [Vec<f64>]) -> Result<(f64, f64), DataError> {
    let (mean, sd) = mean_and_sd(samples.iter().flatten());
    if !(sd > 0.0 && sd.is_finite()) {
        let (argument, expected) = ("scale_coeff", "scales that give finite values which differ");
        return Err(DataError::Argument { argument, expected, found: format!("part of a set with the standard deviation {sd}") });
    }
    samples.iter_mut().flatten().for_each(|x| *x = (*x - mean) / sd);
    Ok((mean, sd))
}

fn mean_and_sd<'a>(values: impl Iterator<Item = &'a f64> + Clone) -> (f64, f64) {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    (mean, (values.map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt())
}

impl Arguments {
    /// The most points of a sample at any stage.
    const LONGEST: usize = 1 << 16;
    /// The most values of a set: 2 GiB of them.
    const MOST_VALUES: usize = 1 << 28;

    pub(crate) fn check(&self) -> Result<(), DataError> {
        let length = |n: usize| n <= Self::LONGEST;
        let share = (0.0..=1.0).contains(&self.train_split);
        let rule = |argument, holds: bool, expected, found: &dyn std::fmt::Debug| match holds {
            true => Ok(()),
            false => Err(DataError::Argument { argument, expected, found: format!("{found:?}") }),
        };
        let points = self.final_seq_length.max(1);
        let samples = (TEMPLATES.len()..=Self::MOST_VALUES / points).contains(&self.num_samples);
        rule("template_len", (2..=Self::LONGEST).contains(&self.template_len), "2 to 65536", &self.template_len)?;
        let [fewest, most] = self.padding;
        rule("padding", fewest <= most && length(most), "two numbers in rising order, at most 65536", &self.padding)?;
        rule("final_seq_length", (1..=Self::LONGEST).contains(&self.final_seq_length), "1 to 65536", &self.final_seq_length)?;
        rule("num_samples", samples, "at least 10, and at most 268435456 values in all", &self.num_samples)?;
        rule("train_split", share, "a share from 0 to 1", &self.train_split)?;
        rule("max_translation", (1..=Self::LONGEST).contains(&self.max_translation), "1 to 65536", &self.max_translation)?;
        for (argument, scale) in [
            ("scale_coeff", self.scale_coeff),
            ("corr_noise_scale", self.corr_noise_scale),
            ("iid_noise_scale", self.iid_noise_scale),
            ("shear_scale", self.shear_scale),
        ] {
            rule(argument, scale.is_finite(), "a finite number", &scale)?;
        }
        Ok(())
    }

    fn source(&self) -> String {
        match *self == Self::default() {
            true => "MNIST-1D (generated, equal to the published frozen set)".into(),
            false => format!("MNIST-1D (generated with own arguments, seed {})", self.seed),
        }
    }
}
