//! The statistics against scipy's and statsmodels' values; tests/oracle/stats.py wrote oracle/stats.json.
#![allow(missing_docs)]

use hetc_report::stats::{
    Alternative, Bootstrap, Design, Estimate, Sample, Tuples, benjamini_hochberg, best, binomial, cohens_d,
    detectable_difference, hedges_g, linear, mann_whitney, paired, paired_d, predict, rank_biserial, smallest_rank_p, student,
    welch,
};
use serde::Deserialize;
use serde_json::Value;

fn oracle(name: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("oracle/stats.json")).unwrap();
    all[name].clone()
}

fn cases(name: &str) -> Vec<Value> {
    oracle(name).as_array().unwrap().clone()
}

fn get<'a, T: Deserialize<'a>>(case: &'a Value, key: &str) -> T {
    T::deserialize(&case[key]).unwrap()
}

#[track_caller]
fn close(ours: f64, theirs: f64, part: f64) {
    assert!((ours - theirs).abs() <= part * theirs.abs().max(1e-300), "{ours} is not {theirs}");
}

#[test]
fn t_tests() {
    for case in cases("t") {
        let (a, b): (Vec<f64>, Vec<f64>) = (get(&case, "a"), get(&case, "b"));
        let kind: String = get(&case, "kind");
        let test = match kind.as_str() {
            "student" => student,
            "welch" => welch,
            _ => paired,
        };
        let ours = test(&a, &b, get(&case, "alternative")).unwrap();
        if get::<f64>(&case, "t").abs() > 1e-6 {
            close(ours.t, get(&case, "t"), 1e-10);
        }
        close(ours.freedom, get(&case, "freedom"), 1e-10);
        close(ours.p, get(&case, "p"), 1e-9);
        close(ours.difference.half_width.unwrap(), get(&case, "half_width"), 1e-9);
    }
}

#[test]
fn ranks() {
    let mut exact = 0;
    for case in cases("rank") {
        let (a, b): (Vec<f64>, Vec<f64>) = (get(&case, "a"), get(&case, "b"));
        let ours = mann_whitney(&a, &b, get(&case, "alternative")).unwrap();
        close(ours.u, get(&case, "u"), 0.0);
        close(ours.p, get(&case, "p"), 1e-9);
        exact += usize::from(ours.exact);
    }
    assert!(exact > 5 && exact < cases("rank").len(), "both ways are to be tested");
}

#[test]
fn the_procedure_of_doty_et_al() {
    let case = oracle("doty");
    let pairs: Vec<(Vec<f64>, Vec<f64>)> = get(&case, "pairs");
    let ours: Vec<f64> = pairs.iter().map(|(a, b)| student(a, b, Alternative::Greater).unwrap().p).collect();
    let adjusted = benjamini_hochberg(&ours);
    for (index, (p, after)) in get::<Vec<f64>>(&case, "p").into_iter().zip(get::<Vec<f64>>(&case, "adjusted")).enumerate() {
        close(ours[index], p, 1e-8);
        close(adjusted[index], after, 1e-8);
    }
}

#[test]
fn adjusted_p_values() {
    for case in cases("adjusted") {
        let ours = benjamini_hochberg(&get::<Vec<f64>>(&case, "p"));
        for (ours, theirs) in ours.into_iter().zip(get::<Vec<f64>>(&case, "adjusted")) {
            close(ours, theirs, 1e-12);
        }
    }
    let with_a_gap = benjamini_hochberg(&[0.01, f64::NAN, 0.04]);
    assert!(with_a_gap[1].is_nan());
    assert_eq!((with_a_gap[0], with_a_gap[2]), (0.02, 0.04));
}

#[test]
fn effects() {
    for case in cases("effect") {
        let (a, b): (Vec<f64>, Vec<f64>) = (get(&case, "a"), get(&case, "b"));
        let near =
            |ours: f64, theirs: f64| assert!((ours - theirs).abs() < 1e-10 * theirs.abs().max(1.0), "{ours} is not {theirs}");
        near(cohens_d(&a, &b).unwrap(), get(&case, "d"));
        near(hedges_g(&a, &b).unwrap(), get(&case, "g"));
        near(rank_biserial(&a, &b).unwrap(), get(&case, "rank"));
        match get::<Option<f64>>(&case, "paired") {
            Some(theirs) => near(paired_d(&a, &b).unwrap(), theirs),
            None => assert_eq!(paired_d(&a, &b), None),
        }
    }
}

#[test]
fn binomial_tests() {
    for case in cases("binomial") {
        close(binomial(get(&case, "k"), get(&case, "n"), get(&case, "probability")).unwrap(), get(&case, "p"), 1e-9);
    }
    assert_eq!((binomial(2, 1, 0.5), binomial(0, 0, 0.5), binomial(1, 2, 1.5)), (None, None, None));
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

fn mean(values: &[f64]) -> f64 {
    Sample::new(values.to_vec()).mean()
}

#[test]
fn bootstrap_intervals_over_all_resamples() {
    for case in cases("bootstrap") {
        let values: Vec<f64> = get(&case, "values");
        let digit = |resample: usize, place: u32| values[resample / 5usize.pow(place) % 5];
        let resamples = (0..5usize.pow(5)).map(|resample| (0..5).map(|place| digit(resample, 4 - place)).collect());
        let statistic = if get::<String>(&case, "statistic") == "mean" { mean } else { median };
        let ours = Bootstrap::of(&values, statistic, resamples).unwrap();
        for (ours, theirs) in [(Some(ours.percentile(0.95)), "percentile"), (ours.bca(0.95), "bca")] {
            let (low, high): (f64, f64) = get(&case, theirs);
            close(ours.unwrap().low, low, 1e-9);
            close(ours.unwrap().high, high, 1e-9);
        }
    }
}

#[test]
fn bootstrap_intervals_by_drawing() {
    let case = oracle("scipy_bootstrap");
    let values: Vec<f64> = get(&case, "values");
    let drawn = |seed| Bootstrap::draw(&values, mean, 20_000, seed).unwrap();
    for (ours, theirs) in [(drawn(1).percentile(0.95), "percentile"), (drawn(1).bca(0.95).unwrap(), "bca")] {
        let (low, high): (f64, f64) = get(&case, theirs);
        // Two generators: equal within a fortieth of the interval.
        assert!((ours.low - low).abs() < (high - low) / 40.0 && (ours.high - high).abs() < (high - low) / 40.0, "{ours:?}");
    }
    assert_eq!(drawn(1), drawn(1));
    assert_ne!(drawn(1), drawn(2));
    assert_eq!(Bootstrap::draw(&[1.0], mean, 100, 1), None);
    assert_eq!(Bootstrap::draw(&[1.0, 1.0], mean, 100, 1).unwrap().bca(0.95), None);
}

#[test]
fn what_a_number_of_runs_can_find() {
    for case in cases("power") {
        let design = match case.get("pairs") {
            Some(_) => Design::Pairs(get(&case, "pairs")),
            None => {
                let (n, m) = get(&case, "samples");
                Design::Samples(n, m)
            }
        };
        close(detectable_difference(design, 0.05, 0.8).unwrap(), get(&case, "difference"), 1e-4);
    }
    assert_eq!(detectable_difference(Design::Pairs(1), 0.05, 0.8), None);
    for case in cases("smallest") {
        close(smallest_rank_p(get(&case, "n"), get(&case, "m")), get(&case, "p"), 1e-12);
    }
}

// scipy's t.interval(0.95, n - 1, mean, sem).
#[test]
fn intervals_of_a_mean() {
    let a = [61.2, 60.4, 62.9, 61.0, 60.1];
    let b = [58.3, 59.9, 57.2, 58.8, 60.5];
    let estimate = Sample::new(a.to_vec()).estimate();
    close(estimate.value, 61.12, 1e-12);
    close(estimate.half_width.unwrap(), 1.3527870852520607, 1e-9);
    let differences = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let estimate = Sample::new(differences).estimate();
    close(estimate.value, 2.18, 1e-12);
    close(estimate.half_width.unwrap(), 2.937526157225614, 1e-9);
}

#[test]
fn too_little_says_nothing() {
    assert_eq!(Sample::new(vec![1.0]).estimate(), Estimate { value: 1.0, half_width: None });
    assert_eq!(Sample::new(vec![2.0, 2.0]).estimate(), Estimate { value: 2.0, half_width: None });
    for test in [student, welch, paired] {
        assert_eq!(test(&[1.0], &[2.0], Alternative::TwoSided), None);
        assert_eq!(test(&[1.0, 1.0], &[2.0, 2.0], Alternative::TwoSided), None);
    }
    assert_eq!(mann_whitney(&[], &[1.0], Alternative::Less), None);
    assert_eq!(mann_whitney(&[1.0, 1.0], &[1.0, 1.0], Alternative::Less), None);
}

#[test]
fn predictions_in_both_readings() {
    let mix = [(1, 70.0), (2, 72.0), (3, 71.0), (4, 99.0)];
    let a = vec![(1, 60.0), (2, 70.0), (3, 65.0)];
    let b = vec![(3, 68.0), (2, 62.0), (1, 64.0), (5, 99.0)];
    let tuples = Tuples::by_seed(&mix, &[a, b]);
    assert_eq!(tuples.mix, [70.0, 72.0, 71.0]);
    assert_eq!(tuples.controls, [[60.0, 64.0], [70.0, 62.0], [65.0, 68.0]]);
    // 3:1
    let prediction = predict(&tuples, &[3.0, 1.0], 0, false).unwrap();
    assert_eq!(prediction.linear, [61.0, 68.0, 65.75]);
    assert_eq!((prediction.of_best, prediction.maxima), (vec![60.0, 70.0, 65.0], vec![64.0, 70.0, 68.0]));
    let smaller = predict(&tuples, &[3.0, 1.0], 1, true).unwrap();
    assert_eq!((smaller.of_best, smaller.maxima), (vec![64.0, 62.0, 68.0], vec![60.0, 62.0, 65.0]));
    assert_eq!((best(&[1.0, 3.0, 3.0], false), best(&[2.0, 1.0], true), best(&[], false)), (1, 1, 0));
    assert_eq!(linear(&[1.0, 2.0, 6.0], &[1.0, 1.0, 2.0]), 3.75);
    assert_eq!(predict(&Tuples::by_seed(&mix, &[]), &[], 0, false), None);
}

#[test]
fn drawn_tuples_take_each_run_once() {
    let mix: Vec<f64> = (0..10).map(f64::from).collect();
    let controls = [(100..110).map(f64::from).collect::<Vec<f64>>(), (200..208).map(f64::from).collect()];
    let tuples = Tuples::drawn(&mix, &controls, 7);
    assert_eq!((tuples.len(), &tuples.mix[..]), (8, &mix[..8]));
    for (index, all) in controls.iter().enumerate() {
        let mut drawn: Vec<f64> = tuples.controls.iter().map(|tuple| tuple[index]).collect();
        assert_ne!(drawn, all[..8], "not shuffled");
        drawn.sort_by(f64::total_cmp);
        drawn.dedup();
        assert!(drawn.len() == 8 && drawn.iter().all(|value| all.contains(value)));
    }
    assert_eq!(tuples, Tuples::drawn(&mix, &controls, 7));
    assert_ne!(tuples, Tuples::drawn(&mix, &controls, 8));
}
