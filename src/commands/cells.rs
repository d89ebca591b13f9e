//! `hetc cells`: every cell type with formula, derivative, domain and a small plot.

use crate::Status;
use crate::failure::Failure;
use crate::sources::Sources;
use crate::terminal::Terminal;
use hetc_compiler::cells::{self, Library};
use hetc_compiler::diag::suggest::similar;
use hetc_compiler::formula::Formula;
use std::path::PathBuf;

/// Where the plots run, left to right.
const RANGE: (f64, f64) = (-4.0, 4.0);
/// Columns and rows of a plot, in characters; each character is 2 × 4 dots.
const PLOT: (usize, usize) = (32, 7);

pub fn run(name: Option<String>, spec: Option<PathBuf>, terminal: &Terminal) -> Result<Status, Failure> {
    let library = match spec {
        None => Library::prelude(),
        Some(path) => {
            let mut sources = Sources::new();
            match super::compile::open(&path, &[], &mut sources, terminal)? {
                Some((compilation, _)) if !compilation.has_errors() => compilation.library,
                _ => return Ok(Status::Findings),
            }
        }
    };
    let names = library.names();
    let chosen: Vec<&String> = match &name {
        Some(name) => names.iter().filter(|known| *known == name).collect(),
        None => names.iter().collect(),
    };
    if chosen.is_empty() {
        let wanted = name.unwrap_or_default();
        let near = similar(&wanted, names.iter().map(String::as_str));
        let help = near.map_or(format!("there are {}", names.join(", ")), |near| format!("a similar one exists: `{near}`"));
        return Err(Failure::new(format!("no cell type is called `{wanted}`")).help(help));
    }
    let pages: Vec<String> = chosen.into_iter().filter_map(|name| page(&library, name)).collect();
    terminal.print(&pages.join("\n"));
    Ok(Status::Fine)
}

fn page(library: &Library, name: &str) -> Option<String> {
    let definition = library.definition(name)?;
    let formula = library.formula(name)?;
    let mut out = format!("{}\n", cells::signature(definition));
    if let Some(comment) = library.comment(name) {
        out += &format!("  {comment}\n");
    }
    out += &format!("  formula     {}\n", definition.body.node);
    if formula.inputs() != 1 {
        return Some(out);
    }
    let derivative = formula.derivative(0);
    if definition.params.is_empty() {
        out += &format!("  derivative  {derivative}\n");
    } else {
        let values = cells::sample_values(definition);
        let given: Vec<String> =
            definition.params.iter().zip(&values).map(|(param, value)| format!("{} = {value}", param.name.node)).collect();
        out += &format!("  derivative  {derivative}    (at {})\n", given.join(", "));
    }
    Some(out + &plot(&formula, &derivative))
}

/// Value (solid) and derivative (dotted) over [`RANGE`] in Braille dots.
fn plot(formula: &Formula, derivative: &Formula) -> String {
    let (columns, rows) = (PLOT.0 * 2, PLOT.1 * 4);
    let at = |column: usize| RANGE.0 + (RANGE.1 - RANGE.0) * (column as f64 + 0.5) / columns as f64;
    let values: Vec<f64> = (0..columns).map(|column| formula.at(at(column))).collect();
    let slopes: Vec<f64> = (0..columns).map(|column| derivative.at(at(column))).collect();
    let finite = || values.iter().chain(&slopes).copied().filter(|value| value.is_finite());
    let (low, high) = (finite().fold(0.0, f64::min).max(-4.0), finite().fold(1.0, f64::max).min(4.0));
    let row = |value: f64| ((high - value) / (high - low) * (rows - 1) as f64).round();
    let mut dots = vec![vec![false; columns]; rows];
    let mut set = |column: usize, value: f64| {
        let row = row(value);
        if (0.0..rows as f64).contains(&row) {
            dots[row as usize][column] = true;
        }
    };
    for column in 0..columns {
        // A steep stretch is drawn as a line, not as two dots.
        let next = values[(column + 1).min(columns - 1)];
        let steps = ((next - values[column]).abs() / (high - low) * rows as f64).clamp(1.0, rows as f64) as usize;
        (0..steps).for_each(|step| set(column, values[column] + (next - values[column]) * step as f64 / steps as f64));
        if column % 3 == 0 {
            set(column, slopes[column]);
        }
    }
    let label = |line: usize| match line {
        0 => format!("{high:>6.1}"),
        line if line + 1 == PLOT.1 => format!("{low:>6.1}"),
        _ => " ".repeat(6),
    };
    let lines: Vec<String> =
        (0..PLOT.1).map(|line| format!("  {} {}\n", label(line), braille(&dots[line * 4..line * 4 + 4]))).collect();
    let axis = format!("         {:<width$}{}\n", RANGE.0, RANGE.1, width = PLOT.0 - 1);
    lines.concat() + &axis
}

/// Four rows of dots as one line of Braille characters.
fn braille(rows: &[Vec<bool>]) -> String {
    const BITS: [[u32; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
    let columns = rows.first().map_or(0, Vec::len);
    let character = |column: usize| {
        let bits = rows.iter().zip(BITS).flat_map(|(row, bits)| (0..2).filter(move |i| row[column + i]).map(move |i| bits[i]));
        char::from_u32(0x2800 + bits.sum::<u32>()).unwrap_or(' ')
    };
    (0..columns).step_by(2).map(character).collect::<String>().trim_end_matches('\u{2800}').to_string()
}
