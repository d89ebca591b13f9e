//! SVG elements, one method each.

use super::text::escaped;
use std::fmt::Write;

/// Which side of a text its point is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// The text goes on to the right.
    Start,
    /// The point is its middle.
    Middle,
    /// It ends at the point.
    End,
}

/// A picture that grows.
#[derive(Debug, Clone, Default)]
pub struct Canvas {
    /// Elements.
    pub out: String,
}

impl Canvas {
    /// A straight line.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), class: &str, width: f64) {
        let ((x1, y1), (x2, y2)) = (from, to);
        let _ = writeln!(
            self.out,
            r#"<line x1="{}" y1="{}" x2="{}" y2="{}" class="{class}" stroke-width="{width}"/>"#,
            n(x1),
            n(y1),
            n(x2),
            n(y2)
        );
    }

    /// A line through points; gaps where a point is no number. `more` is further attributes.
    pub fn polyline(&mut self, points: &[(f64, f64)], class: &str, more: &str) {
        let mut path = String::new();
        let mut pen_up = true;
        for (x, y) in points {
            if x.is_finite() && y.is_finite() {
                let _ = write!(path, "{}{} {}", if pen_up { 'M' } else { 'L' }, n(*x), n(*y));
            }
            pen_up = !(x.is_finite() && y.is_finite());
        }
        if !path.is_empty() {
            let _ = writeln!(self.out, r#"<path d="{path}" class="{class}" fill="none" stroke-linejoin="round" {more}/>"#);
        }
    }

    /// A filled shape through points.
    pub fn area(&mut self, points: &[(f64, f64)], class: &str, opacity: f64) {
        let path: String = points
            .iter()
            .enumerate()
            .map(|(i, (x, y))| format!("{}{} {}", if i == 0 { 'M' } else { 'L' }, n(*x), n(*y)))
            .collect();
        if !path.is_empty() {
            let _ = writeln!(self.out, r#"<path d="{path}Z" class="{class}" fill-opacity="{opacity}"/>"#);
        }
    }

    /// A rectangle; `paint` is `class="…"` or `fill="…"`, and `title` is shown when the pointer rests on it.
    pub fn rect(&mut self, corner: (f64, f64), size: (f64, f64), paint: &str, title: &str) {
        let _ = writeln!(
            self.out,
            r#"<rect x="{}" y="{}" width="{}" height="{}" {paint}>{}</rect>"#,
            n(corner.0),
            n(corner.1),
            n(size.0),
            n(size.1),
            titled(title)
        );
    }

    /// A dot.
    pub fn dot(&mut self, (x, y): (f64, f64), radius: f64, class: &str, more: &str, title: &str) {
        let _ = writeln!(
            self.out,
            r#"<circle cx="{}" cy="{}" r="{radius}" class="{class}" {more}>{}</circle>"#,
            n(x),
            n(y),
            titled(title)
        );
    }

    /// A cross, for what diverged.
    pub fn cross(&mut self, (x, y): (f64, f64), class: &str, title: &str) {
        let path = format!("M{} {}l7 7m0 -7l-7 7", n(x - 3.5), n(y - 3.5));
        let _ = writeln!(
            self.out,
            r#"<path d="{path}" class="cross {class}" fill="none" stroke-width="1.8">{}</path>"#,
            titled(title)
        );
    }

    /// A text with its baseline at `y`.
    pub fn text(&mut self, (x, y): (f64, f64), anchor: Anchor, size: f64, class: &str, text: &str) {
        self.text_with(x, y, anchor, size, class, text, "");
    }

    /// The same in bold.
    pub fn heading(&mut self, (x, y): (f64, f64), text: &str) {
        self.text_with(x, y, Anchor::Start, 13.0, "ink", text, r#" font-weight="600""#);
    }

    #[expect(clippy::too_many_arguments, reason = "one call of each of the two above")]
    fn text_with(&mut self, x: f64, y: f64, anchor: Anchor, size: f64, class: &str, text: &str, more: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => r#" text-anchor="middle""#,
            Anchor::End => r#" text-anchor="end""#,
        };
        let text = escaped(text);
        let _ = writeln!(
            self.out,
            r#"<text x="{}" y="{}" font-size="{size}" class="{class}"{anchor}{more}>{text}</text>"#,
            n(x),
            n(y)
        );
    }

    /// A path as it is; `paint` is its attributes.
    pub fn path(&mut self, path: &str, paint: &str) {
        let _ = writeln!(self.out, r#"<path d="{path}" {paint}/>"#);
    }

    /// What follows until [`Canvas::end`] is one thing for readers of the file.
    pub fn begin(&mut self, class: &str) {
        let _ = writeln!(self.out, r#"<g class="{class}">"#);
    }

    /// See [`Canvas::begin`].
    pub fn end(&mut self) {
        self.out.push_str("</g>\n");
    }
}

fn titled(title: &str) -> String {
    if title.is_empty() { String::new() } else { format!("<title>{}</title>", escaped(title)) }
}

/// A coordinate: a tenth of a pixel is fine enough.
pub fn n(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_string() } else { text.to_string() }
}
