//! The coordinates of a sweep's points as figures want them, and the names of points without what all have in common.

use crate::sweep::{Point, Sweep};
use hetc_grammar::span::SourceId;
use hetc_grammar::tree::ValueKind;
use hetc_report::study::Coordinate;
use std::collections::{BTreeMap, BTreeSet};

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

/// What pages call the points: their cells by themselves, other axes with their values (`lr=0.01`), and what has one value everywhere not at
/// all. The names of the sweep where that would not tell all points apart.
pub fn names(sweep: &Sweep) -> Vec<String> {
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (axis, value) in sweep.points.iter().flat_map(|point| &point.coordinates) {
        values.entry(axis).or_default().insert(value);
    }
    let axes: Vec<&str> = values.keys().copied().collect();
    let word = |(axis, value): &(String, String)| match coordinate(axis, value) {
        Coordinate::Cells(_) if axis == ALONE => Some(format!("{value} alone")),
        _ if values[axis.as_str()].len() == 1 => None,
        Coordinate::Cells(_) => Some(value.clone()),
        _ => Some(format!("{}={value}", key(axis, &axes))),
    };
    let short = |point: &Point| point.coordinates.iter().filter_map(word).collect::<Vec<_>>().join(", ");
    let names: Vec<String> = sweep.points.iter().map(short).collect();
    let unique: BTreeSet<&String> = names.iter().filter(|name| !name.is_empty()).collect();
    if unique.len() == names.len() { names } else { sweep.points.iter().map(|point| point.name.clone()).collect() }
}

/// A key of the run file without its table, if no other axis is called so.
fn key<'a>(axis: &'a str, axes: &[&str]) -> &'a str {
    let last = |axis: &'a str| axis.rsplit_once('.').map_or(axis, |(_, key)| key);
    let same = axes.iter().filter(|other| other.rsplit('.').next() == Some(last(axis)));
    if same.count() == 1 { last(axis) } else { axis }
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

    #[test]
    fn keys_lose_their_table_where_one_alone_has_it() {
        let axes = ["optimiser.lr", "schedule.kind", "optimiser.kind", "width"];
        assert_eq!(axes.map(|axis| key(axis, &axes)), ["lr", "schedule.kind", "optimiser.kind", "width"]);
    }
}
