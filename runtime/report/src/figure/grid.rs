//! Two parameters of a sweep as rows and columns, and what varies besides as panels.

use crate::study::{Coordinate, Group};

/// More panels than this would be no picture; a place is then the mean of its groups.
const PANELS: usize = 4;

/// A parameter with its values, in their order.
pub struct Axis<'a> {
    parameter: &'a str,
    /// The first or the second cell of its mixes, where those are pairs.
    place: Option<usize>,
    /// Its values.
    pub values: Vec<Coordinate>,
}

/// Groups side by side.
pub struct Grid<'a> {
    /// The axis that goes across.
    pub columns: Axis<'a>,
    /// The axis that goes down.
    pub rows: Axis<'a>,
    /// What else varies, and the groups that have it.
    pub panels: Vec<(String, Vec<&'a Group>)>,
    /// Names of what else varies where it has too many values for panels.
    pub averaged: Vec<&'a str>,
}

impl Axis<'_> {
    /// Where a group stands on it.
    pub fn value(&self, group: &Group) -> Option<Coordinate> {
        let whole = group.coordinate(self.parameter)?;
        match (self.place, whole) {
            (None, whole) => Some(whole.clone()),
            (Some(place), Coordinate::Cells(cells)) if cells.len() == 2 => Some(Coordinate::Text(cells[place].clone())),
            _ => None,
        }
    }

    /// What it is called: of cells of one family, that.
    pub fn name(&self) -> String {
        match (self.family(), self.place) {
            (Some(family), _) => format!("parameter of {family}"),
            (None, Some(0)) => format!("{}, first", self.parameter),
            (None, Some(_)) => format!("{}, second", self.parameter),
            (None, None) => self.parameter.to_string(),
        }
    }

    /// What the values are called: of cells of one family, by their parameters.
    pub fn labels(&self) -> Vec<String> {
        let family = self.family();
        let of = |value: &Coordinate| match family {
            Some(_) => {
                value.to_string().split_once('(').map_or(String::new(), |(_, rest)| rest.trim_end_matches(')').to_string())
            }
            None => value.to_string(),
        };
        self.values.iter().map(of).collect()
    }

    /// `swish` of `swish(0.1)`, `swish(2)`, …
    fn family(&self) -> Option<String> {
        self.place?;
        let names: Option<Vec<String>> =
            self.values.iter().map(|value| Some(value.to_string().split_once('(')?.0.to_string())).collect();
        let names = names?;
        names.first().filter(|first| names.iter().all(|name| name == *first)).cloned()
    }

    /// Numbers ascend; everything else stays as it comes.
    fn sort(&mut self) {
        self.values.sort_by(|a, b| match (a, b) {
            (Coordinate::Number(a), Coordinate::Number(b)) => a.total_cmp(b),
            _ => std::cmp::Ordering::Equal,
        });
    }
}

impl<'a> Grid<'a> {
    /// Pairs of cells if there are enough of them, else the first two parameters with more than one value; the one with more values goes
    /// across.
    pub fn of(groups: &[&'a Group]) -> Option<Self> {
        let parameters = parameters(groups);
        let pairs = parameters.iter().find_map(|parameter| pairs(parameter, groups));
        let used = |axes: &[Axis<'a>]| axes.iter().map(|axis| axis.parameter).collect::<Vec<_>>();
        let singles = parameters.iter().map(|parameter| single(parameter, groups)).filter(|axis| axis.values.len() > 1);
        let singles: Vec<Axis> = singles.collect();
        let (axes, rest): (Vec<Axis>, Vec<Axis>) = match pairs {
            Some(pairs) => {
                let taken = used(&pairs);
                (pairs.into(), singles.into_iter().filter(|axis| !taken.contains(&axis.parameter)).collect())
            }
            None => {
                let mut axes = singles;
                let rest = axes.split_off(axes.len().min(2));
                (axes, rest)
            }
        };
        let [a, b]: [Axis; 2] = axes.try_into().ok()?;
        let (columns, rows) = if a.values.len() >= b.values.len() { (a, b) } else { (b, a) };
        let panels = panels(groups, &rest);
        if panels.len() <= PANELS {
            return Some(Self { columns, rows, panels, averaged: Vec::new() });
        }
        Some(Self { columns, rows, panels: vec![(String::new(), groups.to_vec())], averaged: used(&rest) })
    }

    /// Whether two cells are one, or are mixed in this order elsewhere: nobody leaves that out, it is no place of its own.
    pub fn is_mirror(&self, column: &Coordinate, row: &Coordinate) -> bool {
        let both = self.columns.place.is_some() && self.rows.place.is_some();
        let mirrored =
            |group: &&Group| self.columns.value(group).as_ref() == Some(row) && self.rows.value(group).as_ref() == Some(column);
        both && (column == row || self.panels.iter().flat_map(|(_, groups)| groups).any(mirrored))
    }
}

/// The names of all parameters, in their order.
fn parameters<'a>(groups: &[&'a Group]) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in groups.iter().flat_map(|group| &group.coordinates) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names
}

fn single<'a>(parameter: &'a str, groups: &[&Group]) -> Axis<'a> {
    let mut axis = Axis { parameter, place: None, values: Vec::new() };
    axis.values = each_once(groups.iter().filter_map(|group| axis.value(group)));
    axis.sort();
    axis
}

/// The first and the second cells of a parameter's mixes, if more than half of all places would be filled: all pairs of a list do so.
fn pairs<'a>(parameter: &'a str, groups: &[&Group]) -> Option<[Axis<'a>; 2]> {
    let places = [0, 1].map(|place| Axis { parameter, place: Some(place), values: Vec::new() });
    let mixes =
        each_once(groups.iter().filter(|group| places[0].value(group).is_some()).filter_map(|group| group.coordinate(parameter)));
    // One order for both, so that the pairs of a list make a triangle.
    let order = each_once(groups.iter().flat_map(|group| [places[0].value(group), places[1].value(group)]).flatten());
    let axes = places.map(|place| {
        let has = |value: &&Coordinate| groups.iter().any(|group| place.value(group).as_ref() == Some(*value));
        Axis { values: order.iter().filter(has).cloned().collect(), ..place }
    });
    let [first, second] = [&axes[0], &axes[1]].map(|axis| axis.values.len());
    (first > 1 && second > 1 && 2 * mixes.len() > first * second).then_some(axes)
}

/// Groups that have the same values of `rest`.
fn panels<'a>(groups: &[&'a Group], rest: &[Axis]) -> Vec<(String, Vec<&'a Group>)> {
    let mut panels: Vec<(String, Vec<&Group>)> = Vec::new();
    for group in groups {
        let own = rest.iter().filter_map(|axis| Some(format!("{} {}", axis.parameter, axis.value(group)?)));
        let name = own.collect::<Vec<_>>().join(", ");
        match panels.iter_mut().find(|(known, _)| *known == name) {
            Some((_, groups)) => groups.push(group),
            None => panels.push((name, vec![group])),
        }
    }
    panels
}

fn each_once<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen: Vec<T> = Vec::new();
    for one in all {
        if !seen.contains(&one) {
            seen.push(one);
        }
    }
    seen
}
