//! What networks come to at each size (Choudhary et al. 2022, Fig. 4).

use super::axes::{MARGIN, Panel, WIDTH, key, line};
use super::canvas::Canvas;
use super::scale::Scale;
use super::{Figure, axis_name, capital};
use crate::stats::Sample;
use crate::study::{Coordinate, Group, Study};

/// More lines than this cannot be told apart.
const MOST: usize = 10;
const HEIGHT: f64 = 300.0;

pub(super) fn size(study: &Study) -> Option<Figure> {
    let series = series(study);
    let several = |groups: &[&Group]| groups.iter().any(|group| group.params != groups[0].params);
    if series.is_empty() || !series.iter().any(|(_, groups)| several(groups)) {
        return None;
    }
    let mut canvas = Canvas::default();
    let names: Vec<&str> = series.iter().map(|(name, _)| name.as_str()).collect();
    let top = key(&mut canvas, 0.0, &names) + 26.0;
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
    let caption = "Means over seeds with Student's 95 % confidence interval, by the number of trained parameters.";
    Some(Figure::new("size", &format!("{} by size", capital(&study.measure.name)), caption, canvas, panel.bottom + 44.0))
}

/// Groups that differ only in numbers, ascending by size.
fn series(study: &Study) -> Vec<(String, Vec<&Group>)> {
    let mut all: Vec<(String, Vec<&Group>)> = Vec::new();
    for group in study.groups.iter().filter(|group| !group.values().is_empty() && group.params > 0) {
        let texts = group.coordinates.iter().filter(|(_, value)| matches!(value, Coordinate::Text(_)));
        let texts: Vec<String> = texts.map(|(_, value)| value.to_string()).collect();
        let name = if texts.is_empty() { "all".to_string() } else { texts.join(", ") };
        match all.iter_mut().find(|(known, _)| *known == name) {
            Some((_, groups)) => groups.push(group),
            None => all.push((name, vec![group])),
        }
    }
    for (_, groups) in &mut all {
        groups.sort_by_key(|group| group.params);
    }
    all.truncate(MOST);
    all
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
