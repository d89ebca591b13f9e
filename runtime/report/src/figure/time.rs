//! How long a training step takes.

use super::axes::{MARGIN, Panel, SMALL, WIDTH, names_width, row_name};
use super::canvas::{Anchor, Canvas};
use super::scale::Scale;
use super::{Figure, chosen, colour, left_out};
use crate::stats::Sample;
use crate::study::{Group, Run, Study};

/// Rows beyond this are left out.
const MOST: usize = 40;

pub(super) fn time(study: &Study) -> Option<Figure> {
    let (groups, missing) = chosen(study, MOST, |group| !milliseconds(group).is_empty());
    if groups.is_empty() {
        return None;
    }
    let room = names_width(groups.iter().map(|group| group.name.as_str()));
    let row = if groups.len() > 16 { 18.0 } else { 26.0 };
    let bottom = 4.0 + row * groups.len() as f64;
    let panel = Panel { left: MARGIN + room + 12.0, top: 4.0, right: WIDTH - MARGIN - 60.0, bottom };
    let means: Vec<f64> = groups.iter().map(|group| milliseconds(group).mean()).collect();
    let scale = Scale::linear(means.iter().copied().chain([0.0]), 0.0, (panel.left, panel.right));
    let mut canvas = Canvas::default();
    panel.x_labels(&mut canvas, &scale, true);
    for (index, (group, mean)) in groups.iter().zip(&means).enumerate() {
        let middle = 4.0 + row * (index as f64 + 0.5);
        row_name(&mut canvas, panel.left - 12.0, middle, room, &group.name);
        let (x, wide) = (scale.at(0.0), scale.at(*mean) - scale.at(0.0));
        let paint = format!(r#"class="f{} bar" fill-opacity="0.75" rx="2""#, colour(group, index, groups.len()));
        canvas.rect((x, middle - row * 0.32), (wide.max(1.0), row * 0.64), &paint, &format!("{}: {mean:.3} ms", group.name));
        let decimals = if *mean < 1.0 {
            3
        } else if *mean < 100.0 {
            2
        } else {
            0
        };
        canvas.text((x + wide + 6.0, middle + 4.0), Anchor::Start, SMALL, "muted", &format!("{mean:.decimals$}"));
    }
    canvas.text(((panel.left + panel.right) / 2.0, bottom + 34.0), Anchor::Middle, SMALL, "muted", "milliseconds a step");
    let caption = format!(
        "Wall-clock time of an epoch by its steps, evaluation included, mean over epochs and runs. Trainings side by side share the machine.{}",
        left_out(missing, "results")
    );
    Some(Figure::new("time", "Time of a training step", caption, canvas, bottom + 42.0))
}

/// One value a run.
fn milliseconds(group: &Group) -> Sample {
    let of = |run: &Run| {
        let last = run.epochs.last()?;
        let seconds: f64 = run.epochs.iter().map(|epoch| epoch.seconds).sum();
        (last.step > 0 && seconds > 0.0).then(|| 1000.0 * seconds / last.step as f64)
    };
    Sample::new(group.runs.iter().filter_map(of).collect())
}
