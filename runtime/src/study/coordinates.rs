//! The coordinates of a sweep's points as figures want them, and the names of points without what all have in common.

use crate::sweep::Sweep;
use hetc_grammar::span::SourceId;
use hetc_grammar::tree::ValueKind;
use hetc_report::study::Coordinate;

/// The axis of a control whose mix is written in the spec.
const ALONE: &str = "only";

/// A value of an axis: a number, cells where a parameter of the net has them, or else a text.
pub fn coordinate(axis: &str, value: &str) -> Coordinate {
    if let Ok(number) = value.replace('_', "").parse::<f64>() {
        return Coordinate::Number(number);
    }
    // A key of the run file has its table before it: `optimiser.lr`.
    let of_net = !axis.contains('.');
    let cells = || match hetc_grammar::parse_value(SourceId(0), value).0?.node {
        ValueKind::Cells(cells) => Some(cells.iter().map(ToString::to_string).collect()),
        _ => None,
    };
    of_net.then(cells).flatten().map_or_else(|| Coordinate::Text(value.to_string()), Coordinate::Cells)
}

/// What pages call the points: their cells by themselves, other axes with their values, and what has one value everywhere not at all. The
/// names of the sweep where that would not tell all points apart.
pub fn names(sweep: &Sweep) -> Vec<String> {
    let differs = |axis: &str, value: &str| {
        sweep.points.iter().flat_map(|point| &point.coordinates).any(|(other, own)| other == axis && own != value)
    };
    let varying: Vec<&str> = sweep
        .axes()
        .into_iter()
        .filter(|axis| {
            let first = sweep.points.iter().flat_map(|point| &point.coordinates).find(|(other, _)| other == axis);
            first.is_some_and(|(_, value)| differs(axis, value))
        })
        .collect();
    let word = |(axis, value): &(String, String)| match coordinate(axis, value) {
        Coordinate::Cells(_) if axis == ALONE => Some(format!("{value} alone")),
        _ if !varying.contains(&axis.as_str()) => None,
        Coordinate::Cells(_) => Some(value.clone()),
        _ => Some(format!("{axis}={value}")),
    };
    let short = sweep.points.iter().map(|point| point.coordinates.iter().filter_map(word).collect::<Vec<_>>().join(", "));
    let short: Vec<String> = short.collect();
    let mut unique: Vec<&String> = short.iter().filter(|name| !name.is_empty()).collect();
    unique.sort_unstable();
    unique.dedup();
    if unique.len() == short.len() { short } else { sweep.points.iter().map(|point| point.name.clone()).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_told_from_numbers_and_from_words_of_the_run_file() {
        let cells = |names: &[&str]| Coordinate::Cells(names.iter().map(ToString::to_string).collect());
        for (axis, value, wanted) in [
            ("cells", "swish(2)|ptanh(1)", cells(&["swish(2)", "ptanh(1)"])),
            ("cells", "relu", cells(&["relu"])),
            ("width", "1_000", Coordinate::Number(1000.0)),
            ("optimiser.lr", "1e-3", Coordinate::Number(0.001)),
            ("optimiser.kind", "adam", Coordinate::Text("adam".to_string())),
            ("parts", "3:1", Coordinate::Text("3:1".to_string())),
        ] {
            assert_eq!(coordinate(axis, value), wanted, "{axis}={value}");
        }
    }
}
