//! Numbers between commas, a sample a line; `#` begins a comment, and the first line may name the columns.

use super::Array;

/// The array of `lines x columns`, or what is wrong.
pub fn read(bytes: &[u8]) -> Result<Array, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not text".to_string())?;
    let (mut numbers, mut columns, mut rows) = (Vec::new(), None, 0);
    let lines = text.trim_start_matches('\u{feff}').lines().zip(1..);
    let lines = lines.map(|(line, number)| (line.split('#').next().unwrap_or_default().trim(), number));
    for (at, (line, number)) in lines.filter(|(line, _)| !line.is_empty()).enumerate() {
        let fields: Vec<Result<f32, &str>> =
            line.split(',').map(|field| field.trim().parse().map_err(|_| field.trim())).collect();
        if at == 0 && fields.iter().all(Result::is_err) {
            continue;
        }
        if *columns.get_or_insert(fields.len()) != fields.len() {
            return Err(format!("line {number} has {} columns, those before have {}", fields.len(), columns.unwrap_or(0)));
        }
        for field in fields {
            numbers.push(
                field.map_err(|field| format!("line {number}: `{}` is no number", field.chars().take(24).collect::<String>()))?,
            );
        }
        rows += 1;
    }
    match columns {
        Some(columns) => Ok(Array { shape: vec![rows, columns], numbers }),
        None => Err("it holds no numbers".to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn lines_are_samples() {
        let array = read(b"a, b\n1,2\n\n# more\n3,-4e1 # last\n").unwrap();
        assert_eq!((array.shape, array.numbers), (vec![2, 2], vec![1.0, 2.0, 3.0, -40.0]));
        assert_eq!(read(b"1,2\n3\n").unwrap_err(), "line 2 has 1 columns, those before have 2");
        assert_eq!(read(b"1,x\n").unwrap_err(), "line 1: `x` is no number");
        assert_eq!(read(b"x\n").unwrap_err(), "it holds no numbers");
    }
}
