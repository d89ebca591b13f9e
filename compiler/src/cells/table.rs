//! Functions given by points: reading them from a text.

use crate::plan::verify::slope;

/// Why a text is not a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableError {
    /// The line, from 1; `None` if no single line is to blame.
    pub line: Option<u32>,
    /// What is wrong, in words.
    pub reason: String,
}

/// Reads `x,y` lines. `#` begins a comment, blank lines do not count, and the first line may name the columns.
pub fn parse_table(text: &str) -> Result<Vec<[f64; 2]>, TableError> {
    let mut points: Vec<[f64; 2]> = Vec::new();
    let mut first = true;
    for (line, number) in text.trim_start_matches('\u{feff}').lines().zip(1..) {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let fail = |reason: String| TableError { line: Some(number), reason };
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        let columns = match fields.len() {
            1 => "1 column".to_string(),
            n => format!("{n} columns"),
        };
        let [x, y] = fields[..] else { return Err(fail(format!("it has {columns}, and a point is `x,y`"))) };
        let is_header = first && [x, y].iter().all(|field| field.parse::<f64>().is_err());
        first = false;
        if is_header {
            continue;
        }
        let point = [coordinate(x).map_err(fail)?, coordinate(y).map_err(fail)?];
        if let Some(before) = points.last().filter(|before| before[0] as f32 >= point[0] as f32) {
            return Err(fail(format!("x has to increase from point to point, and {} does not follow {}", point[0], before[0])));
        }
        if let Some(before) = points.last().filter(|before| !slope(&[**before, point]).is_finite()) {
            return Err(fail(format!("from {} to {} the function is too steep for single precision", before[0], point[0])));
        }
        points.push(point);
    }
    match points.len() {
        0 => Err(TableError { line: None, reason: "it has no points, and a function needs two".to_string() }),
        1 => Err(TableError { line: None, reason: "it has one point, and a function needs two".to_string() }),
        _ => Ok(points),
    }
}

fn coordinate(field: &str) -> Result<f64, String> {
    let value: f64 = field.parse().map_err(|_| format!("`{}` is no number", shortened(field)))?;
    match (value as f32).is_finite() {
        true => Ok(value),
        false => Err(format!("`{}` is no finite number in single precision", shortened(field))),
    }
}

/// Enough of a field to find it.
fn shortened(field: &str) -> String {
    match field.char_indices().nth(24) {
        Some((end, _)) => format!("{}…", &field[..end]),
        None => field.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::parse_table;

    #[test]
    fn points_are_read_whatever_stands_round_them() {
        let expected = [[-1.0, 0.5], [0.0, 0.25], [2e3, -7.0]];
        let texts = [
            "-1,0.5\n0,0.25\n2e3,-7\n",
            "x,y\n-1,0.5\n0,0.25\n2e3,-7",
            "\u{feff}# found in run 3\r\nx, y\r\n\r\n-1, 0.5\r\n0, 0.25 # the middle\r\n 2e3 ,-7 \r\n",
        ];
        for text in texts {
            assert_eq!(parse_table(text).as_deref(), Ok(&expected[..]), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let cases = [
            ("", None, "it has no points, and a function needs two"),
            ("x,y\n1,2", None, "it has one point, and a function needs two"),
            ("1\n2\n", Some(1), "it has 1 column, and a point is `x,y`"),
            ("1,2\n\n2,3,4\n", Some(3), "it has 3 columns, and a point is `x,y`"),
            ("1,2\nx,y\n", Some(2), "`x` is no number"),
            ("x,2\n3,4\n", Some(1), "`x` is no number"),
            ("1,2\n2,nan\n", Some(2), "`nan` is no finite number in single precision"),
            ("1,2\n2,1e39\n", Some(2), "`1e39` is no finite number in single precision"),
            ("1,2\n1,3\n", Some(2), "x has to increase from point to point, and 1 does not follow 1"),
            ("1,2\n1.00000001,3\n", Some(2), "x has to increase from point to point, and 1.00000001 does not follow 1"),
        ];
        for (text, line, reason) in cases {
            let error = parse_table(text).unwrap_err();
            assert_eq!((error.line, error.reason.as_str()), (line, reason), "{text}");
        }
    }
}
