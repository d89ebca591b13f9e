//! The parts that figures share: axes, keys, rows with names, colour bars.

use super::canvas::{Anchor, Canvas};
use super::palette::DASHES;
use super::scale::Scale;
use super::text::{fitted, width};

/// Width of every figure, in pixels.
pub const WIDTH: f64 = 720.0;
/// Around everything.
pub const MARGIN: f64 = 16.0;
/// Size of most letters.
pub const SMALL: f64 = 11.0;

/// A rectangle that data are drawn in.
#[derive(Debug, Clone, Copy)]
pub struct Panel {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Lower edge.
    pub bottom: f64,
}

impl Panel {
    /// Grid lines with their values to the left; the axis' name stands above them.
    pub fn y_axis(&self, canvas: &mut Canvas, scale: &Scale, name: &str) {
        let most = ((self.bottom - self.top) / 34.0) as usize;
        for (value, label) in scale.ticks(most.max(2)) {
            let y = scale.at(value);
            canvas.line((self.left, y), (self.right, y), "grid", 1.0);
            canvas.text((self.left - 6.0, y + 3.8), Anchor::End, SMALL, "muted", &label);
        }
        // Beginning where the widest label does.
        let name = fitted(name, SMALL, self.right - self.left + 30.0);
        canvas.text((self.left - 34.0, self.top - 10.0), Anchor::Start, SMALL, "muted", &name);
    }

    /// The line below with ticks, their values, and the axis' name.
    pub fn x_axis(&self, canvas: &mut Canvas, scale: &Scale, name: &str) {
        canvas.line((self.left, self.bottom), (self.right, self.bottom), "axis", 1.0);
        self.x_labels(canvas, scale, false);
        let name = fitted(name, SMALL, self.right - self.left);
        canvas.text(((self.left + self.right) / 2.0, self.bottom + 33.0), Anchor::Middle, SMALL, "muted", &name);
    }

    /// Values below, as many as fit side by side; with lines through the panel if it is a grid.
    pub fn x_labels(&self, canvas: &mut Canvas, scale: &Scale, grid: bool) {
        let room = |ticks: &[(f64, String)]| {
            let ends = |(value, label): &(f64, String)| {
                (scale.at(*value) - width(label, SMALL) / 2.0, scale.at(*value) + width(label, SMALL) / 2.0)
            };
            ticks.windows(2).all(|pair| ends(&pair[0]).1 + 8.0 < ends(&pair[1]).0)
        };
        let fewer = (1..=((self.right - self.left) / 44.0).max(2.0) as usize).rev();
        let ticks = fewer.map(|most| scale.ticks(most)).find(|ticks| room(ticks)).unwrap_or_default();
        for (value, label) in ticks {
            let x = scale.at(value);
            let (from, class) = if grid { (self.top, "grid") } else { (self.bottom, "axis") };
            canvas.line((x, from), (x, self.bottom + 4.0), class, 1.0);
            canvas.text((x, self.bottom + 17.0), Anchor::Middle, SMALL, "muted", &label);
        }
    }
}

/// Names of series with their lines, in as many rows as needed; returns the height.
pub fn key(canvas: &mut Canvas, top: f64, names: &[&str]) -> f64 {
    let (mut x, mut y) = (MARGIN, top + 10.0);
    for (index, name) in names.iter().enumerate() {
        let name = fitted(name, SMALL, 260.0);
        let wide = 34.0 + width(&name, SMALL) + 14.0;
        if x > MARGIN && x + wide > WIDTH - MARGIN {
            (x, y) = (MARGIN, y + 18.0);
        }
        canvas.polyline(&[(x, y - 4.0), (x + 26.0, y - 4.0)], &format!("s{}", index % 10), &line(index));
        canvas.text((x + 32.0, y), Anchor::Start, SMALL, "ink", &name);
        x += wide;
    }
    y - top + 8.0
}

/// The attributes of a series' line.
pub fn line(series: usize) -> String {
    let dashes = DASHES[series % DASHES.len()];
    if dashes.is_empty() { r#"stroke-width="2""#.to_string() } else { format!(r#"stroke-width="2" stroke-dasharray="{dashes}""#) }
}

/// How much room the names of rows need, up to a third of the picture.
pub fn names_width<'a>(names: impl IntoIterator<Item = &'a str>) -> f64 {
    names.into_iter().map(|name| width(name, 12.0)).fold(40.0, f64::max).min(WIDTH / 3.0)
}

/// The name of a row, ending at `right`.
pub fn row_name(canvas: &mut Canvas, right: f64, middle: f64, room: f64, name: &str) {
    let shown = fitted(name, 12.0, room);
    if shown == name {
        canvas.text((right, middle + 4.0), Anchor::End, 12.0, "ink", name);
    } else {
        canvas.out.push_str(&format!("<g><title>{}</title>", super::text::escaped(name)));
        canvas.text((right, middle + 4.0), Anchor::End, 12.0, "ink", &shown);
        canvas.out.push_str("</g>\n");
    }
}

/// A vertical bar of the colours, with the values at its ends and in its middle.
pub fn colour_bar(canvas: &mut Canvas, (left, top): (f64, f64), height: f64, colour: impl Fn(f64) -> String, labels: [&str; 3]) {
    const STEPS: usize = 32;
    let step = height / STEPS as f64;
    for index in 0..STEPS {
        let part = 1.0 - (index as f64 + 0.5) / STEPS as f64;
        let paint = format!(r#"fill="{}" shape-rendering="crispEdges""#, colour(part));
        canvas.rect((left, top + index as f64 * step), (12.0, step + 0.5), &paint, "");
    }
    for (label, y) in labels.into_iter().zip([top + height, top + height / 2.0, top]) {
        canvas.text((left + 18.0, y + 4.0), Anchor::Start, SMALL, "muted", label);
    }
}
