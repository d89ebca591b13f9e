//! Learned functions of two arguments over time, as images (Yoon et al. 2021, Fig. 5).

use super::Figure;
use super::axes::{MARGIN, SMALL, WIDTH, colour_bar, names_width, row_name};
use super::canvas::{Anchor, Canvas, n};
use super::functions::{first_runs, names, thinned, title};
use super::palette::diverging;
use super::scale::{ends, plain};
use crate::looks::Image;
use crate::study::{Shape, Study};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Images in a row, and rows; more are left out.
const COLUMNS: usize = 7;
const ROWS: usize = 12;
/// Colours to either side of white.
const LEVELS: f64 = 12.0;
const GAP: f64 = 6.0;

pub(super) fn maps(study: &Study) -> Option<Figure> {
    let (canvas, height, missing) = images(&rows(study))?;
    let beyond = if missing == 0 { String::new() } else { format!(" {missing} more are left out.") };
    let caption = format!("{COLOURS}; of each group's first run that has them.{beyond}");
    Some(Figure::new("maps", "Learned functions of two arguments over time", caption, canvas, height))
}

/// How images are to be read.
pub(super) const COLOURS: &str =
    "Blue is positive, red negative, white zero; the first argument grows to the right, the second upwards";

/// Rows of images with one bar of colours; the height, and how many rows are left out. Nothing if there is no value but 0.
pub(super) fn images(rows: &[(String, Vec<Image>)]) -> Option<(Canvas, f64, usize)> {
    let missing = rows.len().saturating_sub(ROWS);
    let rows = &rows[..rows.len() - missing];
    let values = rows.iter().flat_map(|(_, images)| images).flat_map(|image| image.z.iter().flatten().copied().flatten());
    let most = ends(values).map(|(low, high)| low.abs().max(high.abs())).filter(|most| *most > 0.0)?;
    let room = names_width(rows.iter().map(|(name, _)| name.as_str())).min(150.0);
    let left = MARGIN + room + 10.0;
    let columns = rows.iter().map(|(_, images)| images.len()).max()?;
    let side = ((WIDTH - left - 76.0) / columns as f64 - GAP).min(110.0);
    let mut canvas = Canvas::default();
    for (j, (name, images)) in rows.iter().enumerate() {
        let top = 4.0 + j as f64 * (side + 24.0);
        row_name(&mut canvas, left - 10.0, top + side / 2.0, room, name);
        for (i, Image { label, z }) in images.iter().enumerate() {
            let corner = (left + i as f64 * (side + GAP), top);
            image(&mut canvas, z, most, corner, side);
            let label = super::text::fitted(label, SMALL, side);
            canvas.text((corner.0 + side / 2.0, top + side + 14.0), Anchor::Middle, SMALL, "muted", &label);
        }
    }
    let labels = [plain(-most, 1), "0".to_string(), plain(most, 1)];
    let bar = (left + columns as f64 * (side + GAP) + 8.0, 6.0);
    colour_bar(&mut canvas, bar, side.max(60.0), |part| diverging(2.0 * part - 1.0), [&labels[0], &labels[1], &labels[2]]);
    Some((canvas, (4.0 + rows.len() as f64 * (side + 24.0)).max(80.0), missing))
}

fn rows(study: &Study) -> Vec<(String, Vec<Image>)> {
    let mut rows = Vec::new();
    for (group, snapshots) in first_runs(study) {
        for name in names(snapshots) {
            let own = snapshots.iter().filter(|snapshot| snapshot.function == name);
            let images: Vec<(u64, &Vec<Vec<f64>>)> = own
                .filter_map(|snapshot| match &snapshot.shape {
                    Shape::Map { z, .. } => Some((snapshot.epoch, z)),
                    Shape::Curve { .. } => None,
                })
                .collect();
            if !images.is_empty() {
                let shown = thinned(&images, COLUMNS).into_iter().enumerate();
                let label = |(place, epoch)| if place == 0 { format!("epoch {epoch}") } else { format!("{epoch}") };
                let shown = shown.map(|(place, (epoch, z))| Image {
                    label: label((place, epoch)),
                    z: z.iter().map(|row| row.iter().copied().map(Some).collect()).collect(),
                });
                rows.push((title(study, name, group), shown.collect()));
            }
        }
    }
    rows
}

/// One path for each colour; equal neighbours in a row are one rectangle.
fn image(canvas: &mut Canvas, z: &[Vec<Option<f64>>], most: f64, (left, top): (f64, f64), side: f64) {
    let mut paths: BTreeMap<i32, String> = BTreeMap::new();
    let tall = side / z.len() as f64;
    for (j, row) in z.iter().enumerate() {
        // The second argument grows upwards.
        let y = top + side - (j + 1) as f64 * tall;
        let wide = side / row.len() as f64;
        let mut from = 0;
        let level = |value: Option<f64>| match value.filter(|value| value.is_finite()) {
            Some(value) => (value / most * LEVELS).round() as i32,
            None => i32::MAX,
        };
        for run in row.chunk_by(|a, b| level(*a) == level(*b)) {
            let (x, wide) = (left + from as f64 * wide, run.len() as f64 * wide);
            let path = paths.entry(level(run[0])).or_default();
            let _ = write!(path, "M{} {}h{}v{}h{}Z", fine(x), fine(y), fine(wide), fine(tall), fine(-wide));
            from += run.len();
        }
    }
    canvas.begin("image");
    for (level, path) in paths {
        let colour = if level == i32::MAX { "#c3c8d0".to_string() } else { diverging(f64::from(level) / LEVELS) };
        canvas.path(&path, &format!(r#"fill="{colour}" shape-rendering="crispEdges""#));
    }
    let frame = format!(r#"M{} {}h{}v{}h{}Z"#, n(left), n(top), n(side), n(side), n(-side));
    canvas.path(&frame, r#"class="axis" fill="none" stroke-width="1""#);
    canvas.end();
}

fn fine(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}
