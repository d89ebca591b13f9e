//! The window of Square under l2: two bumps of opposite sign (Andriushchenko et al. 2020, section 3.4).

/// `rows × columns` numbers that fall off from the middle, with length 1: sums of ever larger rectangles, each counted 1/k².
fn bump(rows: usize, columns: usize) -> Vec<f64> {
    let (row, column) = (rows / 2, columns / 2);
    let mut values = vec![0.0; rows * columns];
    for (at, value) in values.iter_mut().enumerate() {
        let (from_row, from_column) = (at / columns, at % columns);
        let away = from_row.abs_diff(row).max(from_column.abs_diff(column));
        let rectangles = row.max(column) + 1;
        *value = (away..rectangles).map(|k| 1.0 / ((k + 1) as f64).powi(2)).sum();
    }
    scaled(values)
}

/// `side × side` numbers with length 1, row by row: a bump above its negative, or beside it where `turned`.
pub(super) fn tile(side: usize, turned: bool) -> Vec<f64> {
    let mut values = bump(side / 2, side);
    values.extend(bump(side - side / 2, side).into_iter().map(|value| -value));
    let values = scaled(values);
    match turned {
        true => (0..side * side).map(|at| values[at % side * side + at / side]).collect(),
        false => values,
    }
}

fn scaled(mut values: Vec<f64>) -> Vec<f64> {
    let length = values.iter().map(|value| value * value).sum::<f64>().sqrt();
    values.iter_mut().for_each(|value| *value /= length);
    values
}

#[cfg(test)]
mod tests {
    use super::tile;

    #[test]
    fn tiles_by_hand() {
        assert_eq!(tile(1, true), [-1.0]);
        let (upright, turned) = (tile(3, false), tile(3, true));
        assert!((upright.iter().map(|v| v * v).sum::<f64>() - 1.0).abs() < 1e-12);
        assert!((0..9).all(|at| upright[at] == turned[at % 3 * 3 + at / 3]));
        // Above one row (1/4, 5/4, 1/4), below two rows of the same bump around the last row's middle.
        assert!((upright[1] / upright[0] - 5.0).abs() < 1e-12 && upright[0] > 0.0 && upright[3] < 0.0);
        assert!((upright[7] / upright[4] - 5.0).abs() < 1e-12 && (upright[6] / upright[3] - 1.0).abs() < 1e-12);
    }
}
