//! Pictures of analyses: profiles with intervals, dots, images.

use super::Figure;
use super::axes::{MARGIN, Panel, SMALL, WIDTH, key, line};
use super::canvas::{Anchor, Canvas};
use super::maps;
use super::scale::Scale;
use super::text::fitted;
use crate::looks::{Axis, Drawing, Picture, Series};
use crate::stats::Sample;

/// More lines than this cannot be told apart.
const MOST: usize = 10;
const HEIGHT: f64 = 260.0;

/// The picture drawn; nothing if it has no values.
pub(super) fn look(picture: &Picture) -> Option<Figure> {
    let Picture { name, title, caption, drawing } = picture;
    match drawing {
        Drawing::Profile { x, y, series } => plot(x, y, series, profile).map(|(canvas, height, missing)| {
            Figure::new(name, title, format!("{caption}{}", missing_words(missing)), canvas, height)
        }),
        Drawing::Scatter { x, y, series } => plot(x, y, series, scatter).map(|(canvas, height, missing)| {
            Figure::new(name, title, format!("{caption}{}", missing_words(missing)), canvas, height)
        }),
        Drawing::Images { rows } => maps::images(rows).map(|(canvas, height, missing)| {
            let beyond = if missing == 0 { String::new() } else { format!(" {missing} more rows are left out.") };
            Figure::new(name, title, format!("{caption}{beyond}"), canvas, height)
        }),
    }
}

fn missing_words(count: usize) -> String {
    if count == 0 { String::new() } else { format!(" The first {MOST} are shown; {count} others are left out.") }
}

type Draw = fn(&mut Canvas, &Scale, &Scale, &Series, usize);

/// Axes and all series; the height, and how many series are left out.
fn plot(x: &Axis, y: &Axis, series: &[Series], draw: Draw) -> Option<(Canvas, f64, usize)> {
    let shown = &series[..series.len().min(MOST)];
    let values =
        || shown.iter().flat_map(|series| &series.points).flat_map(|(_, values)| values).copied().filter(|y| y.is_finite());
    values().next()?;
    let mut canvas = Canvas::default();
    let names: Vec<&str> = shown.iter().map(|series| series.name.as_str()).collect();
    let top = key(&mut canvas, 0.0, &names) + 26.0;
    let panel = Panel { left: MARGIN + 44.0, top, right: WIDTH - MARGIN - 20.0, bottom: top + HEIGHT };
    let range = (panel.bottom, panel.top);
    let upwards = if y.log { Scale::log(values(), 0.04, range) } else { Scale::linear(values(), 0.07, range) };
    let places = shown.iter().flat_map(|series| series.points.iter().map(|(place, _)| *place));
    let range = (panel.left, panel.right);
    let rightwards = match (x.log, x.places.is_empty()) {
        (true, _) => Scale::log(places, 0.03, range),
        (false, true) if places.clone().all(|place| place.fract() == 0.0) => Scale::linear(places, 0.05, range).whole(),
        (false, true) => Scale::linear(places, 0.05, range),
        (false, false) => Scale::linear([0.0, x.places.len() as f64 - 1.0], 0.06, range),
    };
    panel.y_axis(&mut canvas, &upwards, &y.name);
    if x.places.is_empty() {
        panel.x_axis(&mut canvas, &rightwards, &x.name);
    } else {
        named(&mut canvas, panel, &rightwards, x);
    }
    for (index, series) in shown.iter().enumerate() {
        draw(&mut canvas, &rightwards, &upwards, series, index);
    }
    Some((canvas, panel.bottom + 44.0, series.len() - shown.len()))
}

/// An axis of names.
fn named(canvas: &mut Canvas, panel: Panel, scale: &Scale, axis: &Axis) {
    canvas.line((panel.left, panel.bottom), (panel.right, panel.bottom), "axis", 1.0);
    let room = (panel.right - panel.left) / axis.places.len() as f64 - 4.0;
    // Where names have no room, every second, third, … stands.
    let every = (40.0 / room).ceil().max(1.0) as usize;
    for (place, name) in axis.places.iter().enumerate().step_by(every) {
        let at = scale.at(place as f64);
        canvas.line((at, panel.bottom), (at, panel.bottom + 4.0), "axis", 1.0);
        let name = fitted(name, SMALL, room * every as f64);
        canvas.text((at, panel.bottom + 17.0), Anchor::Middle, SMALL, "muted", &name);
    }
    canvas.text(((panel.left + panel.right) / 2.0, panel.bottom + 34.0), Anchor::Middle, SMALL, "muted", &axis.name);
}

fn profile(canvas: &mut Canvas, x: &Scale, y: &Scale, series: &Series, index: usize) {
    let class = index % 10;
    let finite = |values: &[f64]| values.iter().copied().filter(|value| value.is_finite()).collect::<Vec<f64>>();
    let known: Vec<(f64, Vec<f64>)> = series.points.iter().map(|(place, values)| (*place, finite(values))).collect();
    let known: Vec<(f64, Sample)> =
        known.into_iter().filter(|(_, values)| !values.is_empty()).map(|(place, values)| (place, Sample::new(values))).collect();
    let edge = |sign: f64| {
        let sides = known.iter().filter_map(move |(place, sample)| {
            let mean = sample.estimate();
            Some((x.at(*place), y.at(mean.value + sign * mean.half_width?)))
        });
        sides.collect::<Vec<_>>()
    };
    canvas.area(&edge(1.0).into_iter().chain(edge(-1.0).into_iter().rev()).collect::<Vec<_>>(), &format!("f{class} band"), 0.14);
    let points: Vec<(f64, f64)> = known.iter().map(|(place, sample)| (x.at(*place), y.at(sample.mean()))).collect();
    canvas.polyline(&points, &format!("s{class} curve"), &line(index));
    // Many points are a curve already.
    for (point, (_, sample)) in points.iter().zip(&known).filter(|_| known.len() <= 40) {
        canvas.dot(*point, 3.0, &format!("f{class}"), "", &format!("{}: {:.4}", series.name, sample.mean()));
    }
}

fn scatter(canvas: &mut Canvas, x: &Scale, y: &Scale, series: &Series, index: usize) {
    for (place, values) in &series.points {
        for value in values.iter().filter(|value| value.is_finite()) {
            let title = format!("{}: {place:.4}, {value:.4}", series.name);
            canvas.dot((x.at(*place), y.at(*value)), 3.5, &format!("f{}", index % 10), r#"fill-opacity="0.75""#, &title);
        }
    }
}
