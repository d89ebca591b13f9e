//! The generator against the authors' package (`oracle/make_mnist1d.py`) and against facts of the published frozen set.

use hetc_data::{
    DataError, DataErrorKind, Pixels, Task,
    mnist1d::{Arguments, Sequences, dataset, generate},
};

const ORACLE: &str = include_str!("oracle/mnist1d.txt");
const TOLERANCE: f64 = 1e-9;

fn other() -> Arguments {
    Arguments {
        num_samples: 207,
        train_split: 0.65,
        template_len: 31,
        padding: [3, 20],
        scale_coeff: 0.9,
        max_translation: 77,
        corr_noise_scale: 0.5,
        iid_noise_scale: 0.1,
        shear_scale: 1.5,
        shuffle_seq: true,
        final_seq_length: 64,
        seed: 4_000_000_007,
    }
}

fn assert_close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= TOLERANCE, "{what}: {found} instead of {expected}");
}

fn numbers(line: &str) -> Vec<f64> {
    line.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

fn assert_equals_oracle(name: &str, found: &Sequences) {
    let (_, rest) = ORACLE.split_once(&format!("set {name} ")).unwrap();
    let mut lines = rest.lines().take_while(|line| !line.starts_with("set"));
    let [train, samples, points] = numbers(lines.next().unwrap())[..] else { panic!("the head of set {name}") };
    assert_eq!((found.train, found.samples.len()), (train as usize, samples as usize));
    for sample in [&found.samples[0], &found.samples[found.samples.len() - 1]] {
        let row = numbers(lines.next().unwrap());
        assert_eq!((sample.len(), row.len()), (points as usize, points as usize));
        sample.iter().zip(&row).for_each(|(&found, &expected)| assert_close(found, expected, "a value of a whole row"));
    }
    let expected: Vec<Vec<f64>> = lines.map(numbers).collect();
    assert_eq!(expected.len(), found.samples.len());
    for (at, ((sample, &label), expected)) in found.samples.iter().zip(&found.labels).zip(&expected).enumerate() {
        assert_eq!(f64::from(label), expected[0], "the label of sample {at}");
        assert_close(sample.iter().sum(), expected[1], &format!("the sum of sample {at}"));
        let squares = sample.iter().zip(1..).map(|(x, weight)| f64::from(weight) * x * x).sum();
        assert_close(squares, expected[2], &format!("the weighted sum of squares of sample {at}"));
    }
}

#[test]
fn every_sample_of_the_default_set_equals_the_authors() {
    assert_equals_oracle("default", &generate(&Arguments::default()).unwrap());
}

#[test]
fn every_argument_means_what_it_means_to_the_authors() {
    assert_equals_oracle("other", &generate(&other()).unwrap());
}

#[test]
fn the_default_set_has_the_facts_of_the_frozen_file() {
    let set = generate(&Arguments::default()).unwrap();
    assert!((set.raw_mean - -0.0055075064).abs() < 1e-10 && (set.raw_sd - 0.1546780342).abs() < 1e-10);
    let values = || set.samples.iter().flatten().copied();
    assert!((values().fold(f64::MAX, f64::min) - -5.4794).abs() < 1e-4);
    assert!((values().fold(f64::MIN, f64::max) - 4.5335).abs() < 1e-4);
    for (found, expected) in set.samples[0].iter().zip([-0.33200567, -0.47191037, -0.77869708, -1.00974083]) {
        assert!((found - expected).abs() < 1e-8);
    }
    for (found, expected) in set.samples[4999][37..].iter().zip([0.65987565, 0.87773435, 1.19315184]) {
        assert!((found - expected).abs() < 1e-8);
    }
    assert_eq!((set.labels[0], set.labels[4999]), (2, 4));
}

#[test]
fn the_data_set_is_the_sequences_in_single_precision() {
    let (set, data) = (generate(&Arguments::default()).unwrap(), dataset(&Arguments::default()).unwrap());
    assert_eq!((data.train.len(), data.test.len(), data.task, &data.sample[..]), (4000, 1000, Task::Classes(10), &[40][..]));
    assert_eq!(data.train.histogram(10), [398, 396, 411, 394, 394, 402, 401, 404, 402, 398]);
    assert_eq!(data.test.histogram(10), [102, 104, 89, 106, 106, 98, 99, 96, 98, 102]);
    let Pixels::Floats(values) = &data.test.inputs else { panic!("bytes") };
    assert!(values.iter().zip(set.samples[4000..].iter().flatten()).all(|(&single, &double)| single == double as f32));
    assert_eq!(data.source, "MNIST-1D (generated, equal to the published frozen set)");
    let other = dataset(&Arguments { seed: 7, ..Arguments::default() }).unwrap();
    assert_eq!(other.source, "MNIST-1D (generated with own arguments, seed 7)");
}

#[test]
fn arguments_out_of_range_are_named() {
    let default = Arguments::default;
    let wrong = [
        ("num_samples", Arguments { num_samples: 9, ..default() }),
        ("num_samples", Arguments { num_samples: usize::MAX, ..default() }),
        ("train_split", Arguments { train_split: 1.5, ..default() }),
        ("train_split", Arguments { train_split: f64::NAN, ..default() }),
        ("template_len", Arguments { template_len: 1, ..default() }),
        ("padding", Arguments { padding: [5, 4], ..default() }),
        ("padding", Arguments { padding: [5, usize::MAX], ..default() }),
        ("final_seq_length", Arguments { final_seq_length: 0, ..default() }),
        ("max_translation", Arguments { max_translation: 0, ..default() }),
        ("scale_coeff", Arguments { scale_coeff: f64::INFINITY, ..default() }),
        ("scale_coeff", Arguments { scale_coeff: 1e300, ..default() }),
        ("corr_noise_scale", Arguments { corr_noise_scale: f64::NAN, ..default() }),
        ("iid_noise_scale", Arguments { iid_noise_scale: f64::NAN, ..default() }),
        ("shear_scale", Arguments { shear_scale: f64::NAN, ..default() }),
    ];
    for (name, arguments) in wrong {
        let error = generate(&arguments).expect_err(name);
        assert_eq!(error.kind(), DataErrorKind::Argument);
        let DataError::Argument { argument, .. } = error else { panic!("{error}") };
        assert_eq!(argument, name);
    }
}

#[test]
fn the_smallest_arguments_work() {
    let small =
        Arguments { num_samples: 10, padding: [0, 0], template_len: 2, final_seq_length: 1, max_translation: 1, ..other() };
    let set = generate(&small).unwrap();
    assert_eq!((set.samples.len(), set.train), (10, 6));
    assert!(set.samples.iter().flatten().all(|x| x.is_finite()));
}
