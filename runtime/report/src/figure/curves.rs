//! Learning curves: the mean over seeds with its interval.

use super::axes::{MARGIN, Panel, WIDTH, key, line};
use super::canvas::Canvas;
use super::scale::Scale;
use super::{Figure, chosen, left_out};
use crate::stats::{Estimate, Sample};
use crate::study::{Epoch, Group, Outcome, Study};

/// More lines than this cannot be told apart.
const MOST: usize = 8;
const HEIGHT: f64 = 230.0;

/// One quantity of an epoch.
struct Quantity {
    name: &'static str,
    of: fn(&Epoch) -> Option<f64>,
}

const ACCURACIES: [Quantity; 2] = [
    Quantity { name: "test accuracy (%)", of: |epoch| epoch.test_accuracy.map(|part| 100.0 * part) },
    Quantity { name: "validation accuracy (%)", of: |epoch| epoch.validation_accuracy.map(|part| 100.0 * part) },
];
const LOSSES: [Quantity; 3] = [
    Quantity { name: "training loss", of: |epoch| epoch.train_loss },
    Quantity { name: "test loss", of: |epoch| epoch.test_loss },
    Quantity { name: "validation loss", of: |epoch| epoch.validation_loss },
];

pub(super) fn curves(study: &Study) -> Option<Figure> {
    let (groups, missing) = chosen(study, MOST, |group| group.runs.iter().any(|run| run.epochs.len() > 1));
    let measured = |quantity: &&Quantity| groups.iter().any(|group| epochs(group).any(|epoch| (quantity.of)(epoch).is_some()));
    let mut shown: Vec<&Quantity> = ACCURACIES.iter().chain(&LOSSES).filter(measured).collect();
    // Of one accuracy, the training loss beside it is enough.
    let most = if shown.iter().filter(|quantity| quantity.name.contains("accuracy")).count() == 1 { 2 } else { 4 };
    shown.truncate(most);
    if shown.is_empty() {
        return None;
    }
    let mut canvas = Canvas::default();
    let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    let top = key(&mut canvas, 0.0, &names) + 26.0;
    let wide = (WIDTH - 2.0 * MARGIN - 44.0 - 60.0) / 2.0;
    for (index, quantity) in shown.iter().enumerate() {
        let left = MARGIN + 44.0 + (index % 2) as f64 * (wide + 60.0);
        let top = top + (index / 2) as f64 * (HEIGHT + 76.0);
        let panel = Panel { left, top, right: left + wide, bottom: top + HEIGHT };
        draw(&mut canvas, panel, &groups, quantity);
    }
    let height = top + shown.len().div_ceil(2) as f64 * (HEIGHT + 76.0) - 32.0;
    let caption = format!(
        "Means over seeds; bands are Student's 95 % confidence intervals. A cross is the last epoch of a run that diverged; such runs are in \
         no mean.{}",
        left_out(missing, "results")
    );
    Some(Figure::new("curves", "Learning curves", caption, canvas, height))
}

fn epochs(group: &Group) -> impl Iterator<Item = &Epoch> {
    group.runs.iter().flat_map(|run| &run.epochs)
}

/// Epochs with the estimate over the runs that have it.
fn means(group: &Group, quantity: &Quantity) -> Vec<(f64, Estimate)> {
    let whole = || group.runs.iter().filter(|run| run.outcome != Outcome::Diverged);
    let mut numbers: Vec<u64> = whole().flat_map(|run| run.epochs.iter().map(|epoch| epoch.epoch)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let at = |number: u64| {
        let own = whole().filter_map(|run| run.epochs.iter().find(|epoch| epoch.epoch == number).and_then(quantity.of));
        let values: Vec<f64> = own.filter(|value| value.is_finite()).collect();
        (!values.is_empty()).then(|| (number as f64, Sample::new(values).estimate()))
    };
    numbers.into_iter().filter_map(at).collect()
}

fn draw(canvas: &mut Canvas, panel: Panel, groups: &[&Group], quantity: &Quantity) {
    let values = groups.iter().flat_map(|group| epochs(group).filter_map(quantity.of));
    let y = Scale::linear(values, 0.04, (panel.bottom, panel.top));
    let numbers = groups.iter().flat_map(|group| epochs(group).map(|epoch| epoch.epoch as f64));
    let x = Scale::linear(numbers, 0.0, (panel.left, panel.right)).whole();
    panel.y_axis(canvas, &y, quantity.name);
    panel.x_axis(canvas, &x, "epoch");
    let all: Vec<Vec<(f64, Estimate)>> = groups.iter().map(|group| means(group, quantity)).collect();
    for (series, means) in all.iter().enumerate() {
        let edge = |sign: f64| {
            let known =
                means.iter().filter_map(move |(epoch, mean)| mean.half_width.map(|half| (*epoch, mean.value + sign * half)));
            known.map(|(epoch, value)| (x.at(epoch), y.at(value))).collect::<Vec<_>>()
        };
        canvas.area(
            &edge(1.0).into_iter().chain(edge(-1.0).into_iter().rev()).collect::<Vec<_>>(),
            &format!("f{} band", series % 10),
            if groups.len() > 4 { 0.06 } else { 0.14 },
        );
    }
    for (series, means) in all.iter().enumerate() {
        let points: Vec<(f64, f64)> = means.iter().map(|(epoch, mean)| (x.at(*epoch), y.at(mean.value))).collect();
        canvas.polyline(&points, &format!("s{} curve", series % 10), &line(series));
        for run in groups[series].runs.iter().filter(|run| run.outcome == Outcome::Diverged) {
            let last = run.epochs.iter().rev().find_map(|epoch| (quantity.of)(epoch).map(|value| (epoch.epoch as f64, value)));
            if let Some((epoch, value)) = last {
                let title = format!("{}, seed {}: diverged", groups[series].name, run.seed);
                canvas.cross((x.at(epoch), y.at(value)), &format!("s{}", series % 10), &title);
            }
        }
    }
}
