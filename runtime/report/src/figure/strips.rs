//! What every run came to: one row a group.

use super::axes::{MARGIN, Panel, SMALL, WIDTH, names_width, row_name};
use super::canvas::{Anchor, Canvas};
use super::scale::Scale;
use super::{Figure, axis_name, capital, chosen, colour, left_out};
use crate::stats::Sample;
use crate::study::{Group, Outcome, Study};

/// Rows beyond this are left out.
const MOST: usize = 100;
/// From so many runs on, their density is drawn.
const DENSITY: usize = 8;

pub(super) fn strips(study: &Study) -> Option<Figure> {
    let (groups, missing) = chosen(study, MOST, |group| !group.runs.is_empty());
    if groups.is_empty() || study.is_empty() {
        return None;
    }
    let room = names_width(groups.iter().map(|group| group.name.as_str()));
    let row = if groups.len() > 16 { 20.0 } else { 34.0 };
    let top = 4.0;
    let bottom = top + row * groups.len() as f64;
    let panel = Panel { left: MARGIN + room + 12.0, top, right: WIDTH - MARGIN - 84.0, bottom };
    let scale = Scale::linear(groups.iter().flat_map(|group| reach(group)), 0.06, (panel.left, panel.right));
    let mut canvas = Canvas::default();
    panel.x_labels(&mut canvas, &scale, true);
    for (index, group) in groups.iter().enumerate() {
        let middle = top + row * (index as f64 + 0.5);
        row_name(&mut canvas, panel.left - 12.0, middle, room, &group.name);
        canvas.begin("group");
        draw(&mut canvas, &scale, group, colour(group, index, groups.len()), middle, row);
        canvas.end();
        canvas.text((panel.right + 10.0, middle + 4.0), Anchor::Start, SMALL, "muted", &counts(group));
    }
    let middle = (panel.left + panel.right) / 2.0;
    canvas.text((middle, bottom + 34.0), Anchor::Middle, SMALL, "muted", &axis_name(&study.measure));
    let density = if groups.iter().any(|group| group.values().len() >= DENSITY) { "; the shape is their density" } else { "" };
    let caption = format!(
        "Each dot is one run{density}. The line is the mean with Student's 95 % confidence interval. To the right: runs.{}{}",
        if groups.len() > 10 { " Colours: what is studied, controls, others." } else { "" },
        left_out(missing, "means")
    );
    Some(Figure::new("runs", &format!("{} of every run", capital(&study.measure.name)), caption, canvas, bottom + 42.0))
}

/// Its values and the ends of its interval; a very wide one, of two runs, does not set the scale.
fn reach(group: &Group) -> Vec<f64> {
    let mut reach = group.values();
    let estimate = Sample::new(reach.clone()).estimate();
    if let Some(half) = estimate.half_width.filter(|_| reach.len() > 2) {
        reach.extend([estimate.value - half, estimate.value + half]);
    }
    reach
}

fn counts(group: &Group) -> String {
    let missing = [(Outcome::Diverged, "diverged"), (Outcome::Unfinished, "unfinished")];
    let others: Vec<String> = missing
        .into_iter()
        .map(|(outcome, word)| (group.count(outcome), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    match others.first() {
        None => format!("{}", group.values().len()),
        Some(_) if others.len() == 2 => format!("{}, {} not", group.values().len(), group.runs.len() - group.values().len()),
        Some(first) => format!("{}, {first}", group.values().len()),
    }
}

fn draw(canvas: &mut Canvas, scale: &Scale, group: &Group, series: usize, middle: f64, row: f64) {
    let sample = Sample::new(group.values());
    if sample.is_empty() {
        return;
    }
    if sample.len() >= DENSITY
        && let Some(outline) = density(&sample, scale, middle, row * 0.46)
    {
        canvas.area(&outline, &format!("f{series}"), 0.16);
    }
    for (index, (seed, value)) in group.by_seed().into_iter().enumerate() {
        // Spread by a fixed pattern, so that equal values show.
        let away = [0.0, 0.5, -0.5, 0.25, -0.25, 0.75, -0.75][index % 7] * row * 0.24;
        let title = format!("{}, seed {seed}: {value:.2}", group.name);
        canvas.dot((scale.at(value), middle + away), 3.0, &format!("f{series} run"), r#"fill-opacity="0.6""#, &title);
    }
    let estimate = sample.estimate();
    let x = scale.at(estimate.value);
    if let Some(half) = estimate.half_width {
        canvas.line((scale.at(estimate.value - half), middle), (scale.at(estimate.value + half), middle), "rule", 2.0);
    }
    canvas.line((x, middle - row * 0.26), (x, middle + row * 0.26), "rule mean", 2.0);
}

/// A Gaussian kernel's, with Silverman's width.
fn density(sample: &Sample, scale: &Scale, middle: f64, height: f64) -> Option<Vec<(f64, f64)>> {
    const POINTS: usize = 48;
    let width = 1.06 * sample.deviation().filter(|deviation| *deviation > 0.0)? * (sample.len() as f64).powf(-0.2);
    let (low, high) = (sample.min() - 2.0 * width, sample.max() + 2.0 * width);
    let place = |index: usize| low + (high - low) * index as f64 / (POINTS - 1) as f64;
    let at = |x: f64| sample.values.iter().map(|value| (-0.5 * ((x - value) / width).powi(2)).exp()).sum::<f64>();
    let heights: Vec<f64> = (0..POINTS).map(|index| at(place(index))).collect();
    let most = heights.iter().copied().fold(0.0, f64::max);
    let side = |sign: f64| {
        let point = move |(index, density): (usize, &f64)| (index, sign * density / most * height);
        heights.iter().enumerate().map(point).map(|(index, away)| (scale.at(place(index)), middle + away)).collect::<Vec<_>>()
    };
    Some(side(-1.0).into_iter().chain(side(1.0).into_iter().rev()).collect())
}
