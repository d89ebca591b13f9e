//! Figures, as SVG.
//!
//! Each file draws one kind and gives `None` where the study has nothing for it.

mod axes;
mod canvas;
mod curves;
mod functions;
mod gains;
mod grid;
mod landscape;
mod looks;
mod lr;
mod maps;
pub mod palette;
pub mod scale;
mod size;
mod strips;
pub mod text;
mod time;

use crate::compare::Comparison;
use crate::looks::Look;
use crate::study::{Group, Measure, Role, Study};
use axes::{MARGIN, WIDTH};
use canvas::Canvas;

/// The names of all figures.
pub const NAMES: [&str; 10] =
    ["runs", "gains", "landscape", "landscape-gain", "size", "curves", "functions", "maps", "lr", "time"];

/// A picture with its words.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Its file's name without the ending.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// How to read it.
    pub caption: String,
    body: String,
    height: f64,
}

impl Figure {
    fn new(name: &str, title: &str, caption: impl Into<String>, canvas: Canvas, height: f64) -> Self {
        let (name, title) = (name.to_string(), title.to_string());
        Self { name, title, caption: caption.into(), body: canvas.out, height }
    }

    /// An SVG file that needs nothing else.
    pub fn file(&self) -> String {
        let mut title = Canvas::default();
        title.heading((MARGIN, MARGIN + 12.0), &text::fitted(&self.title, 13.0, WIDTH - 2.0 * MARGIN));
        let lower = MARGIN + 20.0;
        format!(
            "{}<style>{}</style>\n<rect width=\"100%\" height=\"100%\" class=\"paper\"/>\n{}<g transform=\"translate(0 {lower})\">\n{}</g>\n</svg>\n",
            self.head(self.height + lower),
            palette::style(),
            title.out,
            self.body
        )
    }

    /// An element for a page that has [`palette::style`].
    pub fn inline(&self) -> String {
        format!("{}{}</svg>\n", self.head(self.height), self.body)
    }

    fn head(&self, height: f64) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {0}\" width=\"{WIDTH}\" height=\"{0}\" role=\"img\" \
             font-family=\"{FONT}\">\n<title>{1}</title>\n",
            canvas::n(height),
            text::escaped(&self.title)
        )
    }
}

const FONT: &str = "Inter, 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";

/// Every figure that the study has something for.
pub fn all(study: &Study, comparisons: &[Comparison]) -> Vec<Figure> {
    let drawn = [
        strips::strips(study),
        gains::gains(study, comparisons),
        landscape::accuracy(study),
        landscape::gain(study, comparisons),
        size::size(study),
        curves::curves(study),
        functions::functions(study),
        maps::maps(study),
        lr::lr_curves(study),
        time::time(study),
    ];
    drawn.into_iter().flatten().collect()
}

/// The pictures of an analysis.
pub fn of_look(look: &Look) -> Vec<Figure> {
    look.pictures.iter().filter_map(looks::look).collect()
}

/// `test accuracy (%)`
fn axis_name(measure: &Measure) -> String {
    if measure.unit.is_empty() { measure.name.clone() } else { format!("{} ({})", measure.name, measure.unit) }
}

/// With a capital letter, for titles.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// The colour of a group in a figure of one row a group: its own, or of its role where there are more groups than colours.
fn colour(group: &Group, index: usize, groups: usize) -> usize {
    match &group.role {
        _ if groups <= palette::SERIES.len() => index,
        Role::Subject { .. } => 0,
        Role::Control => 1,
        Role::Other => 2,
    }
}

/// At most `most` groups, those with the best means; and how many are left out.
fn chosen(study: &Study, most: usize, has: impl Fn(&Group) -> bool) -> (Vec<&Group>, usize) {
    let all: Vec<&Group> = study.groups.iter().filter(|group| has(group)).collect();
    if all.len() <= most {
        return (all, 0);
    }
    let mean = |group: &Group| crate::stats::Sample::new(group.values()).mean();
    let rank = |group: &Group| if study.measure.higher_is_better { -mean(group) } else { mean(group) };
    let mut best: Vec<&Group> = all.clone();
    best.sort_by(|a, b| rank(a).total_cmp(&rank(b)));
    best.truncate(most);
    let left_out = all.len() - most;
    (all.into_iter().filter(|group| best.iter().any(|kept| kept.name == group.name)).collect(), left_out)
}

/// For captions.
fn left_out(count: usize, what: &str) -> String {
    if count == 0 { String::new() } else { format!(" The {count} others are left out: these have the best {what}.") }
}
