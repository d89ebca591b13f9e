//! Learned functions of one argument over time (Choudhary et al. 2022, Fig. 3a, b).

use super::Figure;
use super::axes::{MARGIN, Panel, SMALL, WIDTH, colour_bar};
use super::canvas::{Anchor, Canvas};
use super::palette::rising;
use super::scale::Scale;
use super::text::fitted;
use crate::study::{Shape, Snapshot, Study};

/// More panels than this are left out.
const MOST: usize = 6;
/// Lines in one panel.
const LINES: usize = 24;
const HEIGHT: f64 = 200.0;

/// A function's points at one epoch.
type Curve<'a> = (u64, &'a [f64], &'a [f64]);

pub(super) fn functions(study: &Study) -> Option<Figure> {
    let mut panels = panels(study);
    let missing = panels.len().saturating_sub(MOST);
    panels.truncate(MOST);
    let epochs = || panels.iter().flat_map(|(_, curves)| curves.iter().map(|curve| curve.0));
    let (first, last) = (epochs().min()?, epochs().max()?);
    let part = |epoch: u64| if last > first { 0.9 * (epoch - first) as f64 / (last - first) as f64 } else { 0.9 };
    let across = panels.len().min(2);
    let wide = (WIDTH - 2.0 * MARGIN - 64.0 - 44.0 * across as f64) / across as f64;
    let mut canvas = Canvas::default();
    for (index, (name, curves)) in panels.iter().enumerate() {
        let left = MARGIN + 44.0 + (index % 2) as f64 * (wide + 44.0);
        let top = 26.0 + (index / 2) as f64 * (HEIGHT + 56.0);
        let panel = Panel { left, top, right: left + wide, bottom: top + HEIGHT };
        let x = Scale::linear(curves.iter().flat_map(|curve| curve.1.iter().copied()), 0.0, (panel.left, panel.right));
        let y = Scale::linear(curves.iter().flat_map(|curve| curve.2.iter().copied()), 0.05, (panel.bottom, panel.top));
        panel.y_axis(&mut canvas, &y, "");
        panel.x_labels(&mut canvas, &x, false);
        canvas.line((panel.left, panel.bottom), (panel.right, panel.bottom), "axis", 1.0);
        let title = fitted(name, 12.0, wide);
        canvas.text((panel.left, panel.top - 10.0), Anchor::Start, 12.0, "ink", &title);
        for (epoch, xs, ys) in curves {
            let points: Vec<(f64, f64)> = xs.iter().zip(*ys).map(|(a, b)| (x.at(*a), y.inside(*b))).collect();
            canvas.polyline(&points, "curve", &format!(r#"stroke="{}" stroke-width="1.4""#, rising(part(*epoch))));
        }
    }
    let rows = panels.len().div_ceil(2) as f64;
    let labels = [first.to_string(), ((first + last) / 2).to_string(), last.to_string()];
    let bar = (WIDTH - MARGIN - 46.0, 26.0);
    canvas.text((WIDTH - MARGIN, 16.0), Anchor::End, SMALL, "muted", "epoch");
    colour_bar(&mut canvas, bar, HEIGHT, |at| rising(0.9 * at), [&labels[0], &labels[1], &labels[2]]);
    let beyond = if missing == 0 { String::new() } else { format!(" {missing} more are left out.") };
    let caption = format!("Each line is the function after one epoch, of each group's first run that has them.{beyond}");
    Some(Figure::new("functions", "Learned functions over time", caption, canvas, 26.0 + rows * (HEIGHT + 56.0) - 26.0))
}

/// One a function: its name, and its curves over time, thinned.
fn panels(study: &Study) -> Vec<(String, Vec<Curve<'_>>)> {
    let mut panels = Vec::new();
    for (group, snapshots) in first_runs(study) {
        for name in names(snapshots) {
            let own = snapshots.iter().filter(|snapshot| snapshot.function == name);
            let curves: Vec<Curve> = own
                .filter_map(|snapshot| match &snapshot.shape {
                    Shape::Curve { x, y } => Some((snapshot.epoch, &x[..], &y[..])),
                    Shape::Map { .. } => None,
                })
                .collect();
            if !curves.is_empty() {
                panels.push((title(study, name, group), thinned(&curves, LINES)));
            }
        }
    }
    panels
}

/// Each group with the snapshots of its first run that has any.
pub(super) fn first_runs(study: &Study) -> impl Iterator<Item = (&str, &[Snapshot])> {
    let of = |group: &'_ crate::study::Group| group.runs.iter().position(|run| !run.functions.is_empty());
    study.groups.iter().filter_map(move |group| of(group).map(|run| (group.name.as_str(), &group.runs[run].functions[..])))
}

/// A function in its group; where all groups have the same one function, the group says it.
pub(super) fn title(study: &Study, name: &str, group: &str) -> String {
    let mut all: Vec<&str> = first_runs(study).flat_map(|(_, snapshots)| names(snapshots)).collect();
    all.dedup();
    if all.len() == 1 && study.groups.len() > 1 { group.to_string() } else { format!("{name} in {group}") }
}

/// Names of functions, each once, in their order.
pub(super) fn names(snapshots: &[Snapshot]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for snapshot in snapshots {
        if !names.contains(&snapshot.function.as_str()) {
            names.push(&snapshot.function);
        }
    }
    names
}

/// At most `most`, evenly chosen, the first and the last among them.
pub(super) fn thinned<T: Copy>(all: &[T], most: usize) -> Vec<T> {
    if all.len() <= most {
        return all.to_vec();
    }
    (0..most).map(|index| all[index * (all.len() - 1) / (most - 1)]).collect()
}
