//! Learning-rate range tests, with the rates they chose (Doty et al. 2021, Fig. 4).

use super::axes::{MARGIN, Panel, SMALL, WIDTH};
use super::canvas::{Anchor, Canvas};
use super::scale::{Scale, short};
use super::text::fitted;
use super::{Figure, chosen, left_out};
use crate::study::{Group, LrCurve, Study};

/// Panels beyond this are left out.
const MOST: usize = 8;
const HEIGHT: f64 = 150.0;

pub(super) fn lr_curves(study: &Study) -> Option<Figure> {
    let (groups, missing) = chosen(study, MOST, |group| curves(group).next().is_some());
    if groups.is_empty() {
        return None;
    }
    let across = groups.len().min(2);
    let wide = (WIDTH - 2.0 * MARGIN - 44.0 - 60.0 * (across - 1) as f64) / across as f64;
    let mut canvas = Canvas::default();
    for (index, group) in groups.iter().enumerate() {
        let left = MARGIN + 44.0 + (index % 2) as f64 * (wide + 60.0);
        let top = 30.0 + (index / 2) as f64 * (HEIGHT + 84.0);
        draw(&mut canvas, Panel { left, top, right: left + wide, bottom: top + HEIGHT }, group, index % 10);
    }
    let rows = groups.len().div_ceil(2) as f64;
    let caption = format!(
        "Faint: the loss of each step as the rate grows; strong: smoothed; one line a seed. The vertical line is the mean of the rates chosen.{}",
        left_out(missing, "results")
    );
    Some(Figure::new("lr", "Learning-rate range tests", caption, canvas, rows * (HEIGHT + 84.0) - 4.0))
}

fn curves(group: &Group) -> impl Iterator<Item = &LrCurve> {
    group.runs.iter().filter_map(|run| run.lr_curve.as_ref()).filter(|curve| !curve.rates.is_empty())
}

fn draw(canvas: &mut Canvas, panel: Panel, group: &Group, series: usize) {
    let x = Scale::log(curves(group).flat_map(|curve| curve.rates.iter().copied()), 0.0, (panel.left, panel.right));
    // The last steps blow up: what is far above the first loss is not shown.
    let first = curves(group).filter_map(|curve| curve.smoothed.first()).copied().fold(0.0, f64::max);
    let shown = curves(group).flat_map(|curve| curve.smoothed.iter().copied()).filter(|loss| *loss < 1.25 * first.max(1e-300));
    let y = Scale::linear(shown, 0.1, (panel.bottom, panel.top));
    canvas.text((panel.left, panel.top - 12.0), Anchor::Start, 12.0, "ink", &fitted(&group.name, 12.0, panel.right - panel.left));
    panel.y_axis(canvas, &y, "");
    panel.x_axis(canvas, &x, "learning rate");
    let place = |rates: &[f64], losses: &[f64]| {
        let point = |(rate, loss): (&f64, &f64)| (x.at(*rate), y.inside(*loss));
        rates.iter().zip(losses).map(point).collect::<Vec<_>>()
    };
    for curve in curves(group) {
        canvas.polyline(
            &place(&curve.rates, &curve.losses),
            &format!("s{series}"),
            r#"stroke-width="0.8" stroke-opacity="0.25""#,
        );
    }
    for curve in curves(group) {
        canvas.polyline(&place(&curve.rates, &curve.smoothed), &format!("s{series} curve"), r#"stroke-width="1.6""#);
    }
    let rates: Vec<f64> = curves(group).map(|curve| curve.chosen).collect();
    let mean = rates.iter().sum::<f64>() / rates.len() as f64;
    let at = x.at(mean);
    canvas.line((at, panel.top), (at, panel.bottom), "rule chosen", 1.2);
    let label = short((mean * 1e6).round() / 1e6);
    let (anchor, away) = if at > (panel.left + panel.right) / 2.0 { (Anchor::End, -5.0) } else { (Anchor::Start, 5.0) };
    canvas.text((at + away, panel.top + 10.0), anchor, SMALL, "ink", &label);
}
