//! Smooth fields and differential equations, beside scipy's numbers (`oracle/make_sets.py`).

use hetc_data::{
    DataErrorKind, Pixels, Targets, Task,
    ode::{From, Orbit, Target, VanDerPol, trajectory},
    smooth::Field,
};
use serde_json::Value;

fn facts() -> Value {
    serde_json::from_str(include_str!("oracle/sets/facts.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn van_der_pol(state: &[f64], rates: &mut [f64]) {
    rates.copy_from_slice(&[state[1], 2.7 * (1.0 - state[0] * state[0]) * state[1] - state[0]]);
}

#[test]
fn fields_are_scipys_in_one_two_and_three_dimensions() {
    for expected in facts()["fields"].as_array().unwrap() {
        let [inputs, points, seed] = ["inputs", "points", "seed"].map(|key| expected[key].as_u64().unwrap());
        let range = [number(&expected["range"][0]), number(&expected["range"][1])];
        let sigma = number(&expected["sigma"]);
        let field = Field { inputs: inputs as usize, range, points: points as usize, sigma, seed: seed as u32 };
        let grid = field.generate().unwrap();
        assert_eq!(grid.targets.len(), field.points.pow(inputs as u32));
        for (place, row) in expected["rows"].as_array().unwrap().iter().enumerate() {
            let row = row.as_u64().unwrap() as usize;
            let value = number(&expected["values"][place]);
            assert!((f64::from(grid.targets[row]) - value).abs() < 1e-7, "{inputs} inputs, row {row}");
            for (at, x) in numbers(&expected["at"][place]).into_iter().enumerate() {
                assert!((f64::from(grid.inputs[row * field.inputs + at]) - x).abs() < 1e-6);
            }
        }
        let all: Vec<f64> = grid.targets.iter().map(|&x| f64::from(x)).collect();
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        let sd = (all.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / all.len() as f64).sqrt();
        assert!((mean - number(&expected["mean"])).abs() < 1e-7 && (sd - number(&expected["sd"])).abs() < 1e-7);
    }
}

#[test]
fn a_field_is_a_set_of_numbers() {
    let data = Field { points: 11, ..Field::default() }.dataset().unwrap();
    assert_eq!((data.task, data.sample.as_slice(), data.train.len()), (Task::Values(1), &[2][..], 121));
    assert_eq!(data.test, data.train);
    let Pixels::Floats(inputs) = &data.train.inputs else { panic!() };
    assert_eq!((&inputs[..4], &inputs[240..]), (&[-5.0, -5.0, -5.0, -4.0][..], &[5.0, 5.0][..]));
}

#[test]
fn fields_that_cannot_be_are_refused() {
    let default = Field::default();
    let wrong = [
        Field { inputs: 0, ..default.clone() },
        Field { inputs: 4, ..default.clone() },
        Field { points: 1, ..default.clone() },
        Field { points: usize::MAX, ..default.clone() },
        Field { sigma: f64::NAN, ..default.clone() },
        Field { sigma: 11.0, ..default.clone() },
        Field { range: [1.0, 1.0], ..default.clone() },
    ];
    for field in wrong {
        assert_eq!(field.generate().unwrap_err().kind(), DataErrorKind::Argument, "{field:?}");
    }
}

/// The check values of the facts for `mu` of 2.7: classical Runge-Kutta, steps of 0.01, from (1, 0).
#[test]
fn the_oscillator_passes_its_check_values() {
    let states = trajectory(vec![1.0, 0.0], 1000, 0.01, 1, &van_der_pol).unwrap();
    for (time, x, v) in [(1, 0.39898979, -1.59860716), (5, -0.61397467, 1.44643743), (10, -1.80904614, -2.11727370)] {
        let state = &states[200 * time..][..2];
        assert!((state[0] - x).abs() < 6e-9 && (state[1] - v).abs() < 6e-9, "t = {time}: {state:?}");
    }
    let states = trajectory(vec![1.0, 0.0], 4000, 0.01, 1, &van_der_pol).unwrap();
    let cycle = &states[2 * 2000..];
    let most = |at: usize| cycle.chunks_exact(2).map(|state| state[at].abs()).fold(0.0, f64::max);
    assert!((most(0) - 2.022874).abs() < 1e-4 && (most(1) - 4.685738).abs() < 1e-3, "{} {}", most(0), most(1));
}

#[test]
fn the_oscillator_agrees_with_another_method() {
    let expected = &facts()["van_der_pol"];
    let data = VanDerPol::default().dataset().unwrap();
    let Targets::Values { width: 2, values } = &data.train.targets else { panic!() };
    for (place, time) in numbers(&expected["times"]).into_iter().enumerate() {
        let step = (time / 0.05).round() as usize;
        let state = numbers(&expected["states"][place]);
        let found = &values[2 * (step - 1)..][..2];
        assert!((f64::from(found[0]) - state[0]).abs() < 2e-6 && (f64::from(found[1]) - state[1]).abs() < 2e-6, "t = {time}");
    }
}

#[test]
fn a_step_leads_to_the_next_sample_and_the_last_ones_are_tested_on() {
    let data = VanDerPol::default().dataset().unwrap();
    assert_eq!((data.train.len(), data.test.len(), data.task), (4000, 1000, Task::Values(2)));
    let (Pixels::Floats(inputs), Targets::Values { values, .. }) = (&data.train.inputs, &data.train.targets) else { panic!() };
    assert_eq!((&inputs[..2], &inputs[2..], values.len()), (&[1.0, 0.0][..], &values[..7998], 8000));
    let Pixels::Floats(test) = &data.test.inputs else { panic!() };
    assert_eq!(test[..2], values[7998..]);
}

#[test]
fn a_field_gives_rates_and_trajectories_stay_whole() {
    let from = From::Box { starts: 4, low: vec![-3.0, -5.0], high: vec![3.0, 5.0], seed: 5 };
    let orbit = Orbit { from, steps: 10, target: Target::Field, test_share: 0.3, ..Orbit::default() };
    let data = VanDerPol { mu: 2.7, orbit }.dataset().unwrap();
    assert_eq!((data.train.len(), data.test.len()), (30, 10));
    let (Pixels::Floats(inputs), Targets::Values { values, .. }) = (&data.train.inputs, &data.train.targets) else { panic!() };
    for (trajectory, start) in facts()["van_der_pol"]["starts"].as_array().unwrap()[..3].iter().enumerate() {
        let state = &inputs[20 * trajectory..][..2];
        assert!(numbers(start).iter().zip(state).all(|(expected, found)| (expected - f64::from(*found)).abs() < 1e-6));
        let mut rates = [0.0; 2];
        van_der_pol(&numbers(start), &mut rates);
        assert!((rates[1] - f64::from(values[20 * trajectory + 1])).abs() < 1e-5);
    }
}

#[test]
fn what_leaves_the_numbers_and_what_does_not_fit_is_refused() {
    let kind = |orbit: Orbit| orbit.dataset("made", "made", 1, &|x, rate| rate[0] = x[0] * x[0]).unwrap_err().kind();
    let from = || From::Point { start: vec![1.0] };
    assert_eq!(kind(Orbit { from: from(), ..Orbit::default() }), DataErrorKind::Diverged);
    let wrong = [
        Orbit::default(),
        Orbit { from: From::Point { start: vec![f64::NAN] }, ..Orbit::default() },
        Orbit { from: from(), dt: 0.0, ..Orbit::default() },
        Orbit { from: from(), steps: 1, ..Orbit::default() },
        Orbit { from: from(), steps: usize::MAX, skip: 5, ..Orbit::default() },
        Orbit { from: from(), inner_steps: 0, ..Orbit::default() },
        Orbit { from: from(), test_share: 1.0, ..Orbit::default() },
        Orbit { from: From::Box { starts: 2, low: vec![1.0], high: vec![0.0], seed: 0 }, ..Orbit::default() },
        Orbit { from: From::Box { starts: 1, low: vec![0.0], high: vec![1.0], seed: 0 }, ..Orbit::default() },
    ];
    for orbit in wrong {
        assert_eq!(kind(orbit.clone()), DataErrorKind::Argument, "{orbit:?}");
    }
}
