//! What networks come to at each size (Choudhary et al. 2022, Fig. 4).

use super::axes::{MARGIN, Panel, WIDTH, key, line};
use super::canvas::Canvas;
use super::scale::Scale;
use super::{Figure, axis_name, capital, left_out};
use crate::stats::Sample;
use crate::study::{Coordinate, Group, Study};
use std::collections::BTreeMap;

/// More lines than this cannot be told apart.
const MOST: usize = 10;
const HEIGHT: f64 = 300.0;
/// The line of groups that differ in their sizes alone.
const ALL: &str = "all";

/// A name and its groups.
type Line<'a> = (String, Vec<&'a Group>);

pub(super) fn size(study: &Study) -> Option<Figure> {
    let (series, missing) = best(study, series(study));
    let several = |groups: &[&Group]| groups.iter().any(|group| group.params != groups[0].params);
    if series.is_empty() || !series.iter().any(|(_, groups)| several(groups)) {
        return None;
    }
    let mut canvas = Canvas::default();
    let names: Vec<&str> = series.iter().map(|(name, _)| name.as_str()).collect();
    let top = if names == [ALL] { 26.0 } else { key(&mut canvas, 0.0, &names) + 26.0 };
    let panel = Panel { left: MARGIN + 44.0, top, right: WIDTH - MARGIN - 20.0, bottom: top + HEIGHT };
    let all = || series.iter().flat_map(|(_, groups)| groups);
    let x = Scale::log(all().map(|group| group.params as f64), 0.04, (panel.left, panel.right));
    let reach = all().flat_map(|group| {
        let estimate = Sample::new(group.values()).estimate();
        let half = estimate.half_width.filter(|_| group.values().len() > 2).unwrap_or(0.0);
        [estimate.value - half, estimate.value + half]
    });
    let y = Scale::linear(reach, 0.05, (panel.bottom, panel.top));
    panel.y_axis(&mut canvas, &y, &axis_name(&study.measure));
    panel.x_axis(&mut canvas, &x, "parameters");
    for (index, (_, groups)) in series.iter().enumerate() {
        draw(&mut canvas, &x, &y, groups, index);
    }
    let caption = format!(
        "Means over seeds with Student's 95 % confidence interval, by the number of trained parameters.{}",
        left_out(missing, "means")
    );
    Some(Figure::new("size", &format!("{} by size", capital(&study.measure.name)), caption, canvas, panel.bottom + 44.0))
}

/// Groups that differ in nothing but what makes them larger or smaller, ascending by size.
fn series(study: &Study) -> Vec<Line<'_>> {
    // Without coordinates nobody knows what belongs together.
    let shown = |group: &&Group| !group.values().is_empty() && group.params > 0 && !group.coordinates.is_empty();
    let groups: Vec<&Group> = study.groups.iter().filter(shown).collect();
    let sizes = resizing(&groups);
    let mut all: Vec<Line> = Vec::new();
    for group in groups {
        let name = without(group, &sizes, ", ");
        let name = if name.is_empty() { ALL.to_string() } else { name };
        match all.iter_mut().find(|(known, _)| *known == name) {
            Some((_, groups)) => groups.push(group),
            None => all.push((name, vec![group])),
        }
    }
    for (_, groups) in &mut all {
        groups.sort_by_key(|group| group.params);
    }
    all
}

/// The parameters that, alone, change how many numbers are trained; cells are what is compared at each size.
fn resizing<'a>(groups: &[&'a Group]) -> Vec<&'a str> {
    let mut names: Vec<&str> = groups.iter().flat_map(|group| &group.coordinates).map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let resizes = |name: &&str| {
        let mut params: BTreeMap<String, u64> = BTreeMap::new();
        groups
            .iter()
            .filter(|group| matches!(group.coordinate(name), Some(Coordinate::Number(_) | Coordinate::Text(_))))
            .any(|group| *params.entry(without(group, &[name], "\n")).or_insert(group.params) != group.params)
    };
    names.retain(resizes);
    names
}

/// What a group is apart from some parameters: cells by themselves, everything else with its name.
fn without(group: &Group, left_out: &[&str], between: &str) -> String {
    let word = |(name, value): &(String, Coordinate)| match value {
        Coordinate::Cells(_) => value.to_string(),
        _ => format!("{name} {value}"),
    };
    let own = group.coordinates.iter().filter(|(name, _)| !left_out.contains(&name.as_str()));
    own.map(word).collect::<Vec<_>>().join(between)
}

/// The lines with the best means, of those that can be told apart, and how many are left out.
fn best<'a>(study: &Study, mut all: Vec<Line<'a>>) -> (Vec<Line<'a>>, usize) {
    let missing = all.len().saturating_sub(MOST);
    let sign = if study.measure.higher_is_better { -1.0 } else { 1.0 };
    let rank = |groups: &[&Group]| sign * Sample::new(groups.iter().flat_map(|group| group.values()).collect()).mean();
    if missing > 0 {
        all.sort_by(|a, b| rank(&a.1).total_cmp(&rank(&b.1)));
        all.truncate(MOST);
    }
    (all, missing)
}

fn draw(canvas: &mut Canvas, x: &Scale, y: &Scale, groups: &[&Group], series: usize) {
    let class = series % 10;
    let estimates: Vec<_> = groups.iter().map(|group| (group, Sample::new(group.values()).estimate())).collect();
    let points: Vec<(f64, f64)> = estimates.iter().map(|(group, mean)| (x.at(group.params as f64), y.at(mean.value))).collect();
    canvas.polyline(&points, &format!("s{class} curve"), &line(series));
    for ((group, mean), point) in estimates.iter().zip(points) {
        if let Some(half) = mean.half_width {
            canvas.line((point.0, y.at(mean.value - half)), (point.0, y.at(mean.value + half)), &format!("s{class}"), 1.5);
        }
        canvas.dot(point, 3.5, &format!("f{class}"), "", &format!("{}: {:.2}", group.name, mean.value));
    }
}
