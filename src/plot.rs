//! A function and its derivative drawn in characters.

use hetc_compiler::formula::Formula;

/// Where the plot runs, left to right.
const RANGE: (f64, f64) = (-4.0, 4.0);
/// Columns and rows of a plot, in characters.
const SIZE: (usize, usize) = (32, 7);

/// Dots on a grid, each of the value or of the derivative.
struct Dots {
    columns: usize,
    rows: usize,
    low: f64,
    high: f64,
    /// Row by row; `None` is blank, `Some(true)` the value.
    dots: Vec<Option<bool>>,
}

/// Value (a line) and derivative (dots) between -4 and 4. Braille characters hold 2 × 4 dots each, ASCII ones a single one.
pub fn plot(formula: &Formula, derivative: &Formula, ascii: bool) -> String {
    let (across, down) = if ascii { (1, 1) } else { (2, 4) };
    let dots = Dots::of(formula, derivative, SIZE.0 * across, SIZE.1 * down);
    let label = |line: usize| match line {
        0 => format!("{:>6.1}", dots.high),
        line if line + 1 == SIZE.1 => format!("{:>6.1}", dots.low),
        _ => " ".repeat(6),
    };
    let row = |line: usize| if ascii { dots.ascii(line) } else { dots.braille(line) };
    let lines: Vec<String> =
        (0..SIZE.1).map(|line| format!("  {} {}", label(line), row(line)).trim_end().to_string() + "\n").collect();
    let axis = format!("         {:<width$}{}   line: value, dots: derivative\n", RANGE.0, RANGE.1, width = SIZE.0 - 1);
    lines.concat() + &axis
}

impl Dots {
    fn of(formula: &Formula, derivative: &Formula, columns: usize, rows: usize) -> Self {
        let at = |column: usize| RANGE.0 + (RANGE.1 - RANGE.0) * (column as f64 + 0.5) / columns as f64;
        let values: Vec<f64> = (0..columns).map(|column| formula.at(at(column))).collect();
        let slopes: Vec<f64> = (0..columns).map(|column| derivative.at(at(column))).collect();
        let finite = || values.iter().chain(&slopes).copied().filter(|value| value.is_finite());
        let (low, high) = (finite().fold(0.0, f64::min).max(-4.0), finite().fold(1.0, f64::max).min(4.0));
        let mut dots = Self { columns, rows, low, high, dots: vec![None; columns * rows] };
        for column in (0..columns).step_by(columns / 16) {
            dots.set(column, slopes[column], false);
        }
        for column in 0..columns {
            // A steep stretch is drawn as a line, not as two dots.
            let next = values[(column + 1).min(columns - 1)];
            let steps = ((next - values[column]).abs() / (high - low) * rows as f64).clamp(1.0, rows as f64) as usize;
            for step in 0..steps {
                dots.set(column, values[column] + (next - values[column]) * step as f64 / steps as f64, true);
            }
        }
        dots
    }

    fn set(&mut self, column: usize, value: f64, is_value: bool) {
        let row = ((self.high - value) / (self.high - self.low) * (self.rows - 1) as f64).round();
        if (0.0..self.rows as f64).contains(&row) {
            self.dots[row as usize * self.columns + column] = Some(is_value);
        }
    }

    fn ascii(&self, line: usize) -> String {
        let row = &self.dots[line * self.columns..(line + 1) * self.columns];
        row.iter().map(|dot| dot.map_or(' ', |is_value| if is_value { '*' } else { '.' })).collect()
    }

    fn braille(&self, line: usize) -> String {
        const BITS: [[u32; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
        let is_set = |row: usize, column: usize| self.dots[(line * 4 + row) * self.columns + column].is_some();
        let character = |column: usize| {
            let bits =
                BITS.iter().enumerate().flat_map(|(row, bits)| (0..2).filter(move |i| is_set(row, column + i)).map(|i| bits[i]));
            char::from_u32(0x2800 + bits.sum::<u32>()).unwrap_or(' ')
        };
        let text: String = (0..self.columns).step_by(2).map(character).collect();
        text.trim_end_matches('\u{2800}').to_string()
    }
}
