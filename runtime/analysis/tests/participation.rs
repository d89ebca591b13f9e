//! Participation ratios against numpy; tests/oracle/participation.py wrote oracle/participation.json.
#![allow(missing_docs)]

use hetc_analysis::participation::{Gram, mean};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    samples: usize,
    units: usize,
    x: Vec<f32>,
    labels: Vec<usize>,
    ratio: f64,
    within: Vec<f64>,
}

fn cases() -> Vec<Case> {
    let all: Value = serde_json::from_str(include_str!("oracle/participation.json")).unwrap();
    Deserialize::deserialize(&all["cases"]).unwrap()
}

fn gram(case: &Case, blocks: usize) -> Gram {
    let mut gram = Gram::new(case.samples);
    let columns: Vec<usize> = (0..case.units).collect();
    for block in columns.chunks(case.units.div_ceil(blocks)) {
        let x: Vec<f32> = case.x.chunks(case.units).flat_map(|row| block.iter().map(|u| row[*u])).collect();
        assert!(gram.add(&x, block.len()));
    }
    gram
}

#[track_caller]
fn close(ours: f64, theirs: f64) {
    assert!((ours - theirs).abs() < 1e-9 * theirs.abs(), "{ours} is not {theirs}");
}

#[test]
fn numpys_covariance_has_the_same_ratio() {
    for case in cases() {
        for blocks in [1, 3] {
            let gram = gram(&case, blocks);
            let overall = gram.participation().unwrap();
            close(overall.ratio, case.ratio);
            close(overall.normalised(), case.ratio / case.units as f64);
            let within = gram.within(&case.labels, case.within.len());
            within.iter().zip(&case.within).for_each(|(ours, theirs)| close(ours.unwrap().ratio, *theirs));
            let average = case.within.iter().sum::<f64>() / case.within.len() as f64;
            close(mean(&within).unwrap().0, average);
            close(mean(&within).unwrap().1, average / case.units as f64);
        }
    }
}

#[test]
fn many_units_are_taken_in_parts() {
    let units = 2500;
    let x: Vec<f32> = (0..4 * units).map(|i| ((i * 7919) % 1013) as f32).collect();
    let mut whole = Gram::new(4);
    assert!(whole.add(&x, units));
    let mut single = Gram::new(4);
    for unit in 0..units {
        let column: Vec<f32> = x.iter().skip(unit).step_by(units).copied().collect();
        assert!(single.add(&column, 1));
    }
    assert_eq!((whole.units(), single.units()), (units, units));
    close(whole.participation().unwrap().ratio, single.participation().unwrap().ratio);
}

#[test]
fn answers_that_do_not_vary_have_no_ratio() {
    let with = |samples: usize, x: &[f32], units| {
        let mut gram = Gram::new(samples);
        assert!(gram.add(x, units));
        gram
    };
    assert_eq!(with(3, &[0.1, 7.7, 0.1, 7.7, 0.1, 7.7], 2).participation(), None);
    assert_eq!(with(1, &[0.1, 7.7], 2).participation(), None);
    assert_eq!(with(2, &[0.0, f32::NAN], 1).participation(), None);
    assert_eq!(Gram::new(5).participation(), None);
    assert_eq!(Gram::new(0).participation(), None);
    assert!(!Gram::new(5).add(&[0.0; 9], 2));
    // The classes vary, but nothing does within the first; the third has one sample, the fourth none.
    let gram = with(5, &[0.3, 0.3, 0.7, 0.9, 0.4], 1);
    let within = gram.within(&[0, 0, 1, 1, 2], 4);
    assert_eq!(within.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true, false, false]);
    close(mean(&within).unwrap().0, 1.0);
    assert_eq!(mean(&[None]), None);
}
