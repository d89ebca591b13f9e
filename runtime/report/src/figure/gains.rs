//! How mixes did against the predictions of their controls (Doty et al. 2021, Fig. 2a-c).

use super::Figure;
use super::axes::{MARGIN, Panel, SMALL, WIDTH, names_width, row_name};
use super::canvas::{Anchor, Canvas};
use super::scale::Scale;
use crate::compare::{Against, Comparison};
use crate::study::Study;

/// Rows beyond this are left out.
const MOST: usize = 100;
const BETWEEN: f64 = 34.0;
/// To the right of the intervals: room for stars.
const STARS: f64 = 24.0;
/// Above the rows: the panels' names.
const TOP: f64 = 26.0;

pub(super) fn gains(study: &Study, comparisons: &[Comparison]) -> Option<Figure> {
    let of = |against: &'static Against| comparisons.iter().filter(move |comparison| comparison.against == *against);
    let mut rows: Vec<(&Comparison, &Comparison)> = of(&Against::Linear)
        .filter_map(|linear| of(&Against::Max).find(|max| max.subject == linear.subject).map(|max| (linear, max)))
        .collect();
    rows.sort_by(|a, b| b.1.gain.value.total_cmp(&a.1.gain.value));
    let missing = rows.len().saturating_sub(MOST);
    rows.truncate(MOST);
    let ends = |(linear, max): &(&Comparison, &Comparison)| [reach(linear), reach(max)].concat();
    let room = names_width(rows.iter().map(|row| row.0.subject.as_str()));
    let row = if rows.len() > 16 { 18.0 } else { 28.0 };
    let bottom = TOP + row * rows.len() as f64;
    let left = MARGIN + room + 12.0;
    let wide = (WIDTH - MARGIN - left - BETWEEN) / 2.0;
    if rows.is_empty() {
        return None;
    }
    let mut canvas = Canvas::default();
    for (index, (linear, _)) in rows.iter().enumerate() {
        row_name(&mut canvas, left - 12.0, TOP + row * (index as f64 + 0.5), room, &linear.subject);
    }
    for (side, name) in ["over the linear prediction", "over the max prediction"].into_iter().enumerate() {
        let from = left + side as f64 * (wide + BETWEEN);
        let panel = Panel { left: from, top: TOP, right: from + wide, bottom };
        // One scale for both.
        let scale = Scale::linear(rows.iter().flat_map(ends).chain([0.0]), 0.06, (panel.left, panel.right - STARS));
        panel.x_labels(&mut canvas, &scale, true);
        canvas.line((scale.at(0.0), TOP - 4.0), (scale.at(0.0), bottom), "axis", 1.5);
        canvas.text(((panel.left + panel.right) / 2.0, TOP - 12.0), Anchor::Middle, SMALL, "muted", name);
        for (index, pair) in rows.iter().enumerate() {
            let comparison = if side == 0 { pair.0 } else { pair.1 };
            draw(&mut canvas, &scale, comparison, TOP + row * (index as f64 + 0.5));
        }
    }
    let unit = if study.measure.unit == "%" { "percentage points" } else { study.measure.unit.as_str() };
    let name = if unit.is_empty() {
        format!("gain in {}", study.measure.name)
    } else {
        format!("gain in {} ({unit})", study.measure.name)
    };
    canvas.text((left + wide + BETWEEN / 2.0, bottom + 34.0), Anchor::Middle, SMALL, "muted", &name);
    let beyond = if missing == 0 { String::new() } else { format!(" The {missing} mixes with the smallest gains are left out.") };
    let caption = format!(
        "Mean gain of each mix with its 95 % confidence interval, sorted; to the right of the line the mix is better. Stars: adjusted p below \
         0.05 (*), 0.01 (**), 0.001 (***).{beyond}"
    );
    Some(Figure::new("gains", "Mixes against what their controls predict", caption, canvas, bottom + 42.0))
}

/// Both ends of the interval; a very wide one, of two runs, does not set the scale.
fn reach(comparison: &Comparison) -> Vec<f64> {
    let gain = comparison.gain;
    let half = gain.half_width.filter(|_| comparison.n > 2).unwrap_or(0.0);
    vec![gain.value - half, gain.value + half]
}

fn draw(canvas: &mut Canvas, scale: &Scale, comparison: &Comparison, middle: f64) {
    let gain = comparison.gain;
    let series = if gain.value >= 0.0 { 0 } else { 1 };
    let title = format!("{}: {:+.2}, n = {}", comparison.subject, gain.value, comparison.n);
    canvas.begin("gain");
    let half = gain.half_width.unwrap_or(0.0);
    let (low, high) = (scale.at(gain.value - half), scale.at(gain.value + half));
    canvas.line((low, middle), (high, middle), &format!("s{series}"), 2.0);
    // Hollow where chance is not excluded.
    let class = if comparison.stars().is_empty() { format!("paper s{series}") } else { format!("f{series} s{series}") };
    canvas.dot((scale.at(gain.value), middle), 4.5, &class, r#"stroke-width="2""#, &title);
    if !comparison.stars().is_empty() {
        canvas.text((high.max(scale.at(gain.value) + 5.0) + 4.0, middle + 5.5), Anchor::Start, SMALL, "ink", comparison.stars());
    }
    canvas.end();
}
