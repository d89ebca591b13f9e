//! How subjects did: against what their controls predict, and against other groups.

use crate::stats::{
    Alternative, Design, Estimate, Prediction, Sample, TTest, Tuples, benjamini_hochberg, best, detectable_difference, hedges_g,
    linear, mann_whitney, paired, paired_d, predict, student, welch,
};
use crate::study::{Coordinate, Group, Part, Role, Study};
use serde::{Deserialize, Serialize};

/// How runs are compared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Method {
    /// Which run of a control belongs to which of a mix.
    pub pairing: Pairing,
    /// The test of a mix against its prediction.
    pub test: Test,
    /// What is looked for in a subject.
    pub alternative: Alternative,
    /// Adjusted p values below it count.
    pub level: f64,
}

/// Which run of a control belongs to which run of a mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pairing {
    /// The one with the same seed.
    BySeed,
    /// One drawn at random, without replacement.
    Drawn {
        /// What the draws begin with.
        seed: u64,
    },
}

/// The test of a mix against its prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// Student's for pairs.
    Paired,
    /// Student's for two samples.
    Student,
    /// Welch's.
    Welch,
    /// Of ranks.
    MannWhitney,
}

impl Method {
    /// Differences seed by seed, both directions.
    pub const BY_SEED: Method =
        Method { pairing: Pairing::BySeed, test: Test::Paired, alternative: Alternative::TwoSided, level: 0.05 };

    /// Doty et al.'s code: pairs drawn at random, Student's test for two samples, one-sided.
    pub fn doty(seed: u64) -> Self {
        let pairing = Pairing::Drawn { seed };
        Method { pairing, test: Test::Student, alternative: Alternative::Greater, level: 0.05 }
    }

    /// In words.
    pub fn words(&self) -> String {
        let pairs = match self.pairing {
            Pairing::BySeed => "runs with equal seeds form pairs".to_string(),
            Pairing::Drawn { seed } => format!("pairs are drawn at random without replacement (seed {seed})"),
        };
        let test = match self.test {
            Test::Paired => "Student's t test for pairs",
            Test::Student => "Student's t test for two samples",
            Test::Welch => "Welch's t test",
            Test::MannWhitney => "the Mann-Whitney test",
        };
        let sides = if self.alternative == Alternative::TwoSided { "two-sided" } else { "one-sided" };
        format!("{pairs}; {test}, {sides}; p values adjusted after Benjamini and Hochberg, significant below {}", self.level)
    }
}

/// What a subject is compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// The mean of the controls' figures, weighted by their shares.
    Linear,
    /// The control with the best mean.
    Max,
    /// The best control of each pair, which is never worse than [`Against::Max`].
    PairedMax,
    /// Another group, by Welch's test: it may have other seeds.
    Group(String),
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The subject's group.
    pub subject: String,
    /// With what.
    pub against: Against,
    /// What is predicted, or the other group's mean.
    pub expected: f64,
    /// How much better the subject is: positive is better, whichever direction that is.
    pub gain: Estimate,
    /// By chance alone; `None` if it cannot be told.
    pub p: Option<f64>,
    /// The same among all comparisons with the same kind of thing.
    pub adjusted: Option<f64>,
    /// Cohen's d_z for pairs, Hedges' g otherwise; positive is better.
    pub effect: Option<f64>,
    /// Pairs, or runs of the subject.
    pub n: usize,
    /// The smallest true gain, in the measure's unit, that so many runs find four times of five at the 5 % level.
    pub detectable: Option<f64>,
}

impl Comparison {
    /// Whether chance is excluded at `level`.
    pub fn significant(&self, level: f64) -> bool {
        self.adjusted.is_some_and(|p| p < level)
    }

    /// One star below 0.05, two below 0.01, three below 0.001.
    pub fn stars(&self) -> &'static str {
        let p = self.adjusted.unwrap_or(1.0);
        ["", "*", "**", "***"][[0.05, 0.01, 0.001].iter().filter(|level| p < **level).count()]
    }
}

/// All comparisons of a study: for each subject with its controls, then with the groups that are there for
/// comparison and stand at the same place of a sweep. P values are
/// adjusted over the study, separately for each kind of prediction and for the other groups.
pub fn compare(study: &Study, method: &Method) -> Vec<Comparison> {
    let mut all = Vec::new();
    for subject in study.subjects() {
        all.extend(predictions(study, subject, method));
        let others = study.groups.iter().filter(|group| group.role == Role::Other && same_place(subject, group));
        all.extend(others.filter_map(|other| with_group(study, subject, other, method)));
    }
    for kind in 0..4 {
        let family: Vec<usize> = (0..all.len()).filter(|i| family(&all[*i].against) == kind).collect();
        let p: Vec<f64> = family.iter().map(|i| all[*i].p.unwrap_or(f64::NAN)).collect();
        for (index, adjusted) in family.into_iter().zip(benjamini_hochberg(&p)) {
            all[index].adjusted = Some(adjusted).filter(|p| !p.is_nan());
        }
    }
    all
}

/// Whether two groups stand at the same place of a sweep, cells aside, as far as both have its parameters: networks of one size, trained in
/// one way, are compared.
fn same_place(a: &Group, b: &Group) -> bool {
    a.coordinates.iter().all(|(name, own)| match (own, b.coordinate(name)) {
        (Coordinate::Cells(_), _) | (_, Some(Coordinate::Cells(_)) | None) => true,
        (own, Some(other)) => own == other,
    })
}

fn family(against: &Against) -> usize {
    match against {
        Against::Linear => 0,
        Against::Max => 1,
        Against::PairedMax => 2,
        Against::Group(_) => 3,
    }
}

fn predictions(study: &Study, subject: &Group, method: &Method) -> Vec<Comparison> {
    let Role::Subject { parts } = &subject.role else { return Vec::new() };
    let controls: Option<Vec<&Group>> = parts.iter().map(|part| study.group(&part.control)).collect();
    let Some(controls) = controls else { return Vec::new() };
    let tuples = match method.pairing {
        Pairing::BySeed => Tuples::by_seed(&subject.by_seed(), &controls.iter().map(|group| group.by_seed()).collect::<Vec<_>>()),
        Pairing::Drawn { seed } => {
            Tuples::drawn(&subject.values(), &controls.iter().map(|group| group.values()).collect::<Vec<_>>(), seed)
        }
    };
    let shares: Vec<f64> = parts.iter().map(|Part { share, .. }| *share).collect();
    let means: Vec<f64> = controls.iter().map(|group| Sample::new(group.values()).mean()).collect();
    let smaller = !study.measure.higher_is_better;
    let best = best(&means, smaller);
    let Some(prediction) = predict(&tuples, &shares, best, smaller) else { return Vec::new() };
    let Prediction { linear: by_share, of_best, maxima } = prediction;
    let paired_max = Sample::new(maxima.clone()).mean();
    [
        (Against::Linear, linear(&means, &shares), by_share),
        (Against::Max, means[best], of_best),
        (Against::PairedMax, paired_max, maxima),
    ]
    .into_iter()
    .map(|(against, expected, values)| {
        let (a, b) = oriented(study, &tuples.mix, &values);
        let measured = if method.test == Test::Paired { in_pairs(&a, &b, method) } else { in_samples(&a, &b, method) };
        measured.named(subject, against, expected)
    })
    .collect()
}

fn with_group(study: &Study, subject: &Group, other: &Group, method: &Method) -> Option<Comparison> {
    let (mine, theirs) = (subject.values(), other.values());
    if mine.is_empty() || theirs.is_empty() {
        return None;
    }
    let (a, b) = oriented(study, &mine, &theirs);
    let measured = in_samples(&a, &b, &Method { test: Test::Welch, ..*method });
    Some(measured.named(subject, Against::Group(other.name.clone()), Sample::new(theirs).mean()))
}

/// So that larger is better.
fn oriented(study: &Study, a: &[f64], b: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let sign = if study.measure.higher_is_better { 1.0 } else { -1.0 };
    let turned = |values: &[f64]| values.iter().map(|value| sign * value).collect();
    (turned(a), turned(b))
}

/// A comparison that does not know yet of what.
struct Measured {
    gain: Estimate,
    p: Option<f64>,
    effect: Option<f64>,
    n: usize,
    detectable: Option<f64>,
}

impl Measured {
    fn named(self, subject: &Group, against: Against, expected: f64) -> Comparison {
        let Self { gain, p, effect, n, detectable } = self;
        Comparison { subject: subject.name.clone(), against, expected, gain, p, adjusted: None, effect, n, detectable }
    }
}

fn in_pairs(a: &[f64], b: &[f64], method: &Method) -> Measured {
    let differences = Sample::new(a.iter().zip(b).map(|(a, b)| a - b).collect());
    let deviation = differences.deviation().filter(|deviation| *deviation > 0.0);
    let sizes = detectable_difference(Design::Pairs(a.len()), 0.05, 0.8);
    Measured {
        gain: differences.estimate(),
        p: paired(a, b, method.alternative).map(|test| test.p),
        effect: paired_d(a, b),
        n: a.len(),
        detectable: deviation.zip(sizes).map(|(deviation, size)| deviation * size),
    }
}

fn in_samples(a: &[f64], b: &[f64], method: &Method) -> Measured {
    let difference = Sample::new(a.to_vec()).mean() - Sample::new(b.to_vec()).mean();
    let test: Option<TTest> = match method.test {
        Test::Student | Test::Paired => student(a, b, method.alternative),
        Test::Welch | Test::MannWhitney => welch(a, b, method.alternative),
    };
    let p = match method.test {
        Test::MannWhitney => mann_whitney(a, b, method.alternative).map(|test| test.p),
        _ => test.map(|test| test.p),
    };
    let sizes = detectable_difference(Design::Samples(a.len(), b.len()), 0.05, 0.8);
    let error = test.map(|test| test.difference.value / test.t).filter(|error| error.is_finite());
    let deviation = error.map(|error| error / (1.0 / a.len() as f64 + 1.0 / b.len() as f64).sqrt());
    Measured {
        gain: test.map_or(Estimate { value: difference, half_width: None }, |test| test.difference),
        p,
        effect: hedges_g(a, b),
        n: a.len(),
        detectable: deviation.zip(sizes).map(|(deviation, size)| deviation * size),
    }
}
