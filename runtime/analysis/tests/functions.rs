//! Learned functions against numpy and scipy; tests/oracle/functions.py wrote oracle/functions.json.
#![allow(missing_docs)]

use hetc_analysis::functions::{
    Axis, Basis, Density, Distance, Fit, Grid, Power, Signs, distances, hermite, mask, quadratic, range, solid,
};
use serde::Deserialize;
use serde_json::Value;

fn get<'a, T: Deserialize<'a>>(of: &'a Value, key: &str) -> T {
    T::deserialize(&of[key]).unwrap()
}

fn oracle() -> Value {
    serde_json::from_str(include_str!("oracle/functions.json")).unwrap()
}

/// Each case with its grid.
fn cases() -> Vec<(Grid, Value)> {
    let with_grid = |case: &Value| {
        let axes: Vec<(f64, f64, usize)> = get(case, "axes");
        (
            Grid::new(axes.iter().map(|(low, high, cells)| Axis::new(*low, *high, *cells).unwrap()).collect()).unwrap(),
            case.clone(),
        )
    };
    oracle()["cases"].as_array().unwrap().iter().map(with_grid).collect()
}

#[track_caller]
fn close(ours: &[f64], theirs: &[f64], within: f64) {
    assert_eq!(ours.len(), theirs.len());
    let size = theirs.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    for (a, b) in ours.iter().zip(theirs) {
        assert!((a - b).abs() <= within * size, "{a} is not {b}");
    }
}

fn weights(case: &Value, name: &str) -> Vec<f64> {
    match name {
        "density" => get(&case["density"], "blurred"),
        _ => get::<Vec<bool>>(&case["density"], "mask").iter().map(|within| f64::from(u8::from(*within))).collect(),
    }
}

#[test]
fn densities() {
    let all = oracle();
    for (grid, case) in cases() {
        let theirs = &case["density"];
        let inputs: Vec<f32> = get(theirs, "inputs");
        let mut density = Density::new(grid.clone());
        inputs.chunks(grid.arguments() * 77).for_each(|block| assert!(density.add(block)));
        assert_eq!(density.counts(), get::<Vec<f64>>(theirs, "counts"));
        assert_eq!(density.outside(), get::<u64>(theirs, "outside"));
        assert!((density.shares().unwrap().iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let blurred = density.blurred(get(&all, "sigma")).unwrap();
        let their_blurred: Vec<f64> = get(theirs, "blurred");
        close(&blurred, &their_blurred, 1e-12);
        assert_eq!(mask(&their_blurred, get(&all, "mask")), get::<Vec<bool>>(theirs, "mask"));
        for (ours, theirs) in
            range(&inputs, grid.arguments(), get(&all, "outside")).unwrap().iter().zip(get::<Vec<(f64, f64)>>(theirs, "range"))
        {
            close(&[ours.0, ours.1], &[theirs.0, theirs.1], 1e-12);
        }
    }
}

#[test]
fn maps_are_values_at_centres() {
    for (grid, case) in cases() {
        close(&grid.centre(5), &get::<Vec<f64>>(&case, "centre_of_5"), 1e-14);
        let n = grid.arguments();
        let map = grid.map(&mut |points| points.chunks(n).map(|x| x.iter().fold(0.0, |sum, x| sum * 3.0 + x)).collect()).unwrap();
        for (cell, value) in map.iter().enumerate() {
            let centre = grid.centre(cell);
            assert_eq!(grid.cell(&centre), Some(cell));
            assert!((centre.iter().fold(0.0, |sum, x| sum * 3.0 + x) - value).abs() < 1e-5);
        }
        assert_eq!(grid.map(&mut |_| vec![1.0]), None);
    }
    let axis = Axis::around(-5.0, 5.0, 101).unwrap();
    assert!((axis.centre(0) + 5.0).abs() < 1e-12 && (axis.high - 5.05).abs() < 1e-12);
    assert_eq!((axis.cell(5.05), axis.cell(5.06), axis.cell(f64::NAN)), (Some(100), None, None));
    assert!(
        Axis::new(1.0, 1.0, 3).is_none() && Axis::new(0.0, f64::INFINITY, 3).is_none() && Axis::around(0.0, 1.0, 1).is_none()
    );
    assert!(Grid::new(vec![]).is_none() && Grid::cube(axis, 4).is_none());
}

#[test]
fn quadratic_fits() {
    for (grid, case) in cases() {
        for (values, fits) in get::<Vec<Vec<f64>>>(&case, "functions").iter().zip(case["fits"].as_array().unwrap()) {
            for name in ["density", "mask"] {
                let (ours, theirs) = (quadratic(&grid, values, &weights(&case, name)).unwrap(), &fits[name]);
                close(&ours.quadratic.coefficients(), &get::<Vec<f64>>(theirs, "coefficients"), 1e-9);
                close(&[ours.r2], &[get(theirs, "r2")], 1e-9);
                close(&[ours.mse], &[get(theirs, "mse")], 1e-9);
                close(&[ours.quadratic.curvature()], &[get(theirs, "curvature")], 1e-8);
                close(&ours.quadratic.eigenvalues(), &get::<Vec<f64>>(theirs, "eigenvalues"), 1e-9);
            }
        }
    }
}

fn square_grid() -> (Grid, Vec<f64>) {
    let grid = Grid::cube(Axis::around(-5.0, 5.0, 41).unwrap(), 2).unwrap();
    let normal = |x: Vec<f64>| (-(x[0] * x[0] + x[1] * x[1]) / 2.0).exp();
    let weights = (0..grid.cells()).map(|cell| normal(grid.centre(cell))).collect();
    (grid, weights)
}

fn of(grid: &Grid, function: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    (0..grid.cells()).map(|cell| function(&grid.centre(cell))).collect()
}

#[test]
fn a_quadratic_is_found_again_far_from_the_origin() {
    let axes = vec![Axis::new(100.0, 101.0, 9).unwrap(), Axis::new(-3.0, 50.0, 7).unwrap()];
    let grid = Grid::new(axes).unwrap();
    let wanted = [0.5, -2.0, 3.0, 1.0, -1.0, 7.0];
    let values = of(&grid, |x| {
        wanted[0] * x[0] * x[0]
            + wanted[1] * x[1] * x[1]
            + wanted[2] * x[0] * x[1]
            + wanted[3] * x[0]
            + wanted[4] * x[1]
            + wanted[5]
    });
    let Fit { quadratic: found, r2, values: fitted, .. } = quadratic(&grid, &values, &vec![1.0; grid.cells()]).unwrap();
    found.coefficients().iter().zip(wanted).for_each(|(a, b)| assert!((a - b).abs() < 1e-4, "{a} is not {b}"));
    assert!((found.curvature() - (-1.0 - 9.0 / 4.0)).abs() < 1e-5);
    assert!(1.0 - r2 < 1e-12);
    close(&fitted, &values, 1e-10);
}

#[test]
fn what_does_not_determine_a_quadratic_has_no_fit() {
    let (grid, mut weights) = square_grid();
    let values = of(&grid, |x| x[0] * x[1]);
    assert!(quadratic(&grid, &values[1..], &weights).is_none());
    let kept = weights.clone();
    weights[3] = f64::NAN;
    assert!(quadratic(&grid, &values, &weights).is_some(), "what has no weight counts nowhere");
    let few: Vec<f64> = kept.iter().enumerate().map(|(i, w)| if i % 400 == 0 { *w } else { 0.0 }).collect();
    assert!(quadratic(&grid, &values, &few).is_none());
    assert!(quadratic(&grid, &values, &vec![0.0; grid.cells()]).is_none());
    let line = of(&grid, |x| if x[0] == x[1] { 1.0 } else { 0.0 });
    assert!(quadratic(&grid, &values, &line).is_none());
    assert!(quadratic(&grid, &vec![f64::NAN; grid.cells()], &kept).is_none());
}

#[test]
fn signs_are_counted() {
    assert_eq!(Signs::of(&[-1.0, 2.0, 0.0, f64::NAN, -3.0]), Signs { negative: 2, neither: 2, positive: 1 });
}

#[test]
fn distances_between_functions() {
    for (_, case) in cases() {
        let (functions, weights) = (get::<Vec<Vec<f64>>>(&case, "functions"), weights(&case, "density"));
        let kinds = [
            ("rms", Distance::Rms),
            ("cosine", Distance::Cosine),
            ("correlation", Distance::Correlation),
            ("unsigned", Distance::Unsigned),
        ];
        for (name, kind) in kinds {
            close(&distances(kind, &weights, &functions), &[get(&case["distances"], name)], 1e-10);
        }
        let other: Vec<f64> = functions[0].iter().map(|x| 3.0 - 2.0 * x).collect();
        let apart = |kind: Distance| kind.between(&weights, &functions[0], &other);
        assert!((apart(Distance::Correlation) - 2.0).abs() < 1e-12);
        assert!(apart(Distance::Unsigned) < 1e-12);
        let three = distances(Distance::Rms, &weights, &[functions[0].clone(), functions[1].clone(), other.clone()]);
        assert_eq!(three[1], apart(Distance::Rms));
    }
}

#[test]
fn powers() {
    let ranks = get(&oracle(), "ranks");
    for (grid, case) in cases() {
        let weights = weights(&case, "density");
        for (values, power) in get::<Vec<Vec<f64>>>(&case, "functions").iter().zip(case["power"].as_array().unwrap()) {
            let functions = hermite(&grid, values, &weights, Basis::Functions, ranks);
            let polynomials = hermite(&grid, values, &weights, Basis::Polynomials, ranks);
            let ours = [("functions", functions), ("polynomials", polynomials), ("solid", solid(&grid, values, &weights, ranks))];
            for (name, ours) in ours {
                assert_eq!(ours.is_some(), power.get(name).is_some());
                ours.iter().for_each(|ours| same_power(ours, &get::<Vec<Vec<f64>>>(power, name)));
            }
        }
    }
}

fn same_power(ours: &Power, theirs: &[Vec<f64>]) {
    close(&ours.of_angle.concat(), &theirs.concat(), 1e-12);
    close(&ours.of_rank, &theirs.iter().map(|parts| parts.iter().sum()).collect::<Vec<f64>>(), 1e-12);
    assert!((ours.shares().iter().sum::<f64>() - 1.0).abs() < 1e-12);
}

/// The rank with the largest share, from one.
fn peak(power: &Power) -> usize {
    let shares = power.shares();
    1 + (0..shares.len()).max_by(|a, b| shares[*a].total_cmp(&shares[*b])).unwrap()
}

#[test]
fn a_soft_xor_is_a_quadrupole() {
    let (grid, weights) = square_grid();
    let power_in = |basis, function: fn(&[f64]) -> f64| hermite(&grid, &of(&grid, function), &weights, basis, 6).unwrap();
    let power = |function| power_in(Basis::Functions, function);
    let (slope, xor, turned, bowl) = (
        power(|x| x[0] + x[1]),
        power(|x| x[0] * x[1]),
        power(|x| x[0] * x[0] - x[1] * x[1]),
        power(|x| x[0] * x[0] + x[1] * x[1]),
    );
    assert_eq!([peak(&slope), peak(&xor), peak(&turned), peak(&bowl)], [1, 2, 2, 2]);
    close(&turned.of_rank, &xor.of_rank, 1e-3);
    assert!(xor.of_angle[2][2] > 0.999 * xor.of_rank[2] && bowl.of_angle[2][0] > 0.999 * bowl.of_rank[2]);
    let polynomial = power_in(Basis::Polynomials, |x| x[0] * x[1] + x[0] * x[0] + x[1] * x[1] + 2.0 * x[0]);
    close(&polynomial.of_rank, &[0.0, 4.0 / 9.0, 5.0 / 9.0, 0.0, 0.0, 0.0, 0.0], 1e-3);
}

#[test]
fn quadrupoles_of_three_arguments() {
    let grid = Grid::cube(Axis::around(-4.8, 4.8, 25).unwrap(), 3).unwrap();
    let weights = of(&grid, |x| (-(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]) / 2.0).exp());
    let power = |function: fn(&[f64]) -> f64| solid(&grid, &of(&grid, function), &weights, 4).unwrap();
    // Harmonic polynomials of variance one: all power is in one degree, and it is one.
    close(&power(|x| 3.0 * x[2] - 2.0 * x[0] + 1.0).of_rank, &[0.0, 1.0, 0.0, 0.0, 0.0], 1e-3);
    close(&power(|x| x[0] * x[1] + x[1] * x[2]).of_rank, &[0.0, 0.0, 1.0, 0.0, 0.0], 1e-3);
    close(&power(|x| x[0] * x[1] * x[2]).of_rank, &[0.0, 0.0, 0.0, 1.0, 0.0], 1e-3);
    let bowl = power(|x| x[0] * x[0] + x[1] * x[1] + x[2] * x[2]);
    assert!(bowl.of_rank.iter().all(|power| *power < 1e-3));
    assert_eq!(solid(&grid, &vec![2.0; grid.cells()], &weights, 2), None, "a constant has no variance");
}
