//! Least squares: the polynomial that is nearest to a function over some points.

use hetc_compiler::formula::{Builder, Formula, NodeId};

/// A polynomial of one or more values: all products of powers up to a total degree.
#[derive(Debug, Clone, PartialEq)]
pub struct Polynomial {
    /// How many values it takes.
    pub inputs: usize,
    /// Exponents, one a value, and the coefficient. For two values and degree 2: x1², x1 x2, x2², x1, x2, 1.
    pub terms: Vec<(Vec<u32>, f64)>,
    /// Mean of the squared differences over the points that it was fitted to.
    pub mean_squared_error: f64,
    /// 1 minus the cosine of the angle between both functions' values over those points; `None` if one of them is 0 everywhere.
    pub cosine_distance: Option<f64>,
}

/// The polynomial of total degree `degree` with the least sum of squared differences from `f` over `points`, each with equal weight; for
/// two values and degree 2 the quadratic fit of Yoon et al. 2021, c1 x1² + c2 x2² + c3 x1 x2 + c4 x1 + c5 x2 + c6.
///
/// `None` if the points do not determine it: fewer than it has terms, or all on one curve.
pub fn fit(inputs: usize, degree: u32, points: &[Vec<f64>], f: impl Fn(&[f64]) -> f64) -> Option<Polynomial> {
    let exponents = exponents(inputs, degree);
    // Powers of numbers around 1 keep the equations well apart.
    let largest = points.iter().flatten().fold(0.0f64, |largest, x| largest.max(x.abs()));
    let scale = if largest > 0.0 { largest } else { 1.0 };
    let values: Vec<f64> = points.iter().map(|point| f(point)).collect();
    let rows: Vec<Vec<f64>> =
        points.iter().map(|point| exponents.iter().map(|powers| term(powers, point, scale)).collect()).collect();
    let coefficients = least_squares(rows, &values)?;
    let unscaled = |(powers, coefficient): (Vec<u32>, f64)| {
        let degree: u32 = powers.iter().sum();
        (powers, coefficient / scale.powi(degree as i32))
    };
    let terms = exponents.into_iter().zip(coefficients).map(unscaled).collect();
    let mut polynomial = Polynomial { inputs, terms, mean_squared_error: 0.0, cosine_distance: None };
    let fitted: Vec<f64> = points.iter().map(|point| polynomial.at(point)).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    polynomial.mean_squared_error = fitted.iter().zip(&values).map(|(a, b)| (a - b).powi(2)).sum::<f64>() / values.len() as f64;
    let lengths = (dot(&fitted, &fitted) * dot(&values, &values)).sqrt();
    polynomial.cosine_distance = (lengths > 0.0).then(|| 1.0 - dot(&fitted, &values) / lengths);
    Some(polynomial)
}

/// All exponents of a total of at most `degree`, the highest first.
fn exponents(inputs: usize, degree: u32) -> Vec<Vec<u32>> {
    (0..=degree).rev().flat_map(|total| of_total(inputs, total)).collect()
}

fn of_total(inputs: usize, total: u32) -> Vec<Vec<u32>> {
    if inputs == 1 {
        return vec![vec![total]];
    }
    let first = (0..=total).rev();
    first
        .flat_map(|first| {
            of_total(inputs - 1, total - first).into_iter().map(move |rest| std::iter::once(first).chain(rest).collect())
        })
        .collect()
}

fn term(powers: &[u32], point: &[f64], scale: f64) -> f64 {
    powers.iter().zip(point).map(|(power, x)| (x / scale).powi(*power as i32)).product()
}

/// By Householder reflections: the rows are turned until they are triangular (Golub and Van Loan, section 5.3).
fn least_squares(mut rows: Vec<Vec<f64>>, values: &[f64]) -> Option<Vec<f64>> {
    let columns = rows.first()?.len();
    for (row, value) in rows.iter_mut().zip(values) {
        row.push(*value);
    }
    let largest = rows.iter().flat_map(|row| &row[..columns]).fold(0.0f64, |largest, x| largest.max(x.abs()));
    for column in 0..columns.min(rows.len()) {
        let length = rows[column..].iter().map(|row| row[column].powi(2)).sum::<f64>().sqrt();
        let mut normal: Vec<f64> = rows[column..].iter().map(|row| row[column]).collect();
        normal[0] += length.copysign(normal[0]);
        let square = normal.iter().map(|x| x * x).sum::<f64>();
        if length == 0.0 {
            return None;
        }
        for other in column..=columns {
            let dot: f64 = rows[column..].iter().zip(&normal).map(|(row, n)| row[other] * n).sum();
            rows[column..].iter_mut().zip(&normal).for_each(|(row, n)| row[other] -= 2.0 * dot / square * n);
        }
    }
    let mut solution = vec![0.0; columns];
    for column in (0..columns).rev() {
        let row = rows.get(column).filter(|row| row[column].abs() > 1e-10 * largest)?;
        let known: f64 = (column + 1..columns).map(|other| row[other] * solution[other]).sum();
        solution[column] = (row[columns] - known) / row[column];
    }
    Some(solution)
}

impl Polynomial {
    /// Its value.
    pub fn at(&self, point: &[f64]) -> f64 {
        self.terms.iter().map(|(powers, coefficient)| coefficient * term(powers, point, 1.0)).sum()
    }

    /// As a formula of its values.
    pub fn formula(&self) -> Formula {
        let mut builder = Builder::new();
        let mut sum: Option<NodeId> = None;
        for (powers, coefficient) in &self.terms {
            let mut product = builder.constant(*coefficient);
            for (input, power) in powers.iter().enumerate().filter(|(_, power)| **power > 0) {
                let x = builder.input(input as u8); // as few as a cell has
                let x = builder.power(x, f64::from(*power));
                product = builder.mul(product, x);
            }
            sum = Some(sum.map_or(product, |sum| builder.add(sum, product)));
        }
        let root = sum.unwrap_or_else(|| builder.constant(0.0));
        builder.finish(&[root], self.inputs as u8)
    }

    /// As a definition in the language, `cell NAME[u, v] = …`.
    pub fn definition(&self, name: &str) -> String {
        let names: &[&str] = if self.inputs == 1 { &["x"] } else { &["u", "v", "w", "p", "q", "r", "s", "t"] };
        let called = |input: usize| names.get(input).map_or_else(|| format!("x{input}"), |name| name.to_string());
        let mut text = format!("cell {name}");
        if self.inputs > 1 {
            text += &format!("[{}]", (0..self.inputs).map(called).collect::<Vec<String>>().join(", "));
        }
        for (number, (powers, coefficient)) in self.terms.iter().enumerate() {
            let sign = match (number, coefficient.is_sign_negative()) {
                (0, false) => " = ",
                (0, true) => " = -",
                (_, false) => " + ",
                (_, true) => " - ",
            };
            text += &format!("{sign}{}", written(coefficient.abs()));
            for (input, power) in powers.iter().enumerate().filter(|(_, power)| **power > 0) {
                let power = if *power == 1 { String::new() } else { format!("^{power}") };
                text += &format!(" * {}{power}", called(input));
            }
        }
        text + "\n"
    }
}

/// As single precision has it, in the way of the language.
fn written(number: f64) -> String {
    let number = number as f32;
    if number == 0.0 { "0".to_string() } else { format!("{number:?}").trim_end_matches(".0").to_string() }
}
