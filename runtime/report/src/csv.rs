//! Tables as text: cells with commas between (RFC 4180), a row a line.

/// One row with its line's end. Cells with commas, quotes or line ends in them are quoted.
pub fn line<C: AsRef<str>>(cells: impl IntoIterator<Item = C>) -> String {
    cells.into_iter().map(|cell| quoted(cell.as_ref())).collect::<Vec<_>>().join(",") + "\n"
}

fn quoted(cell: &str) -> String {
    match cell.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn what_parts_cells_and_rows_is_quoted() {
        assert_eq!(line(["net", "prelu(0.25) alone", ""]), "net,prelu(0.25) alone,\n");
        assert_eq!(line(["a,b", "say \"c\"", "two\nlines", "\r"]), "\"a,b\",\"say \"\"c\"\"\",\"two\nlines\",\"\r\"\n");
    }
}
