//! Parameter landscapes: one cell for each pair of a sweep's values (Doty et al. 2021, Fig. 2d, e).

use super::axes::{MARGIN, SMALL, WIDTH, colour_bar};
use super::canvas::{Anchor, Canvas};
use super::grid::Grid;
use super::scale::{ends, plain};
use super::text::{fitted, width};
use super::{Figure, axis_name, capital, palette};
use crate::compare::{Against, Comparison};
use crate::stats::Sample;
use crate::study::{Coordinate, Group, Study};

/// Above each panel: the axis' name, and what the panel is of.
const TOP: f64 = 26.0;
/// Below: labels of two lines and the axis' name.
const BELOW: f64 = 58.0;

/// What the groups of a cell came to.
enum Cell {
    Absent,
    /// Not a place of its own: the same two cells are at another.
    Mirrored,
    Diverged,
    Value(f64),
}

/// What each group came to.
pub(super) fn accuracy(study: &Study) -> Option<Figure> {
    let of = |group: &Group| {
        let values = group.values();
        if values.is_empty() { Cell::Diverged } else { Cell::Value(Sample::new(values).mean()) }
    };
    let all: Vec<&Group> = study.subjects().collect();
    draw(
        &all,
        of,
        "landscape",
        &axis_name(&study.measure),
        &format!("Mean {} over seeds for each pair of values.", study.measure.name),
    )
}

/// How much better each subject is than its best control.
pub(super) fn gain(study: &Study, comparisons: &[Comparison]) -> Option<Figure> {
    let over_max = |group: &Group| {
        comparisons.iter().find(|comparison| comparison.subject == group.name && comparison.against == Against::Max)
    };
    let of = |group: &Group| over_max(group).map_or(Cell::Diverged, |comparison| Cell::Value(comparison.gain.value));
    let all: Vec<&Group> = study.subjects().collect();
    all.iter().any(|group| over_max(group).is_some()).then_some(())?;
    draw(&all, of, "landscape-gain", "Gain over the max prediction", "Mean gain over the best control for each pair of values.")
}

fn draw(groups: &[&Group], of: impl Fn(&Group) -> Cell, file: &str, name: &str, caption: &str) -> Option<Figure> {
    let grid = Grid::of(groups)?;
    let cells: Vec<Vec<Vec<Cell>>> = grid.panels.iter().map(|(_, groups)| cells(&grid, groups, &of)).collect();
    let values =
        cells.iter().flatten().flatten().filter_map(|cell| if let Cell::Value(value) = cell { Some(*value) } else { None });
    // One scale for all panels.
    let (low, high) = ends(values)?;
    let part = |value: f64| if high > low { (value - low) / (high - low) } else { 0.5 };
    let sheet = Sheet::of(&grid);
    let mut canvas = Canvas::default();
    for (index, ((title, _), cells)) in grid.panels.iter().zip(&cells).enumerate() {
        sheet.panel(&mut canvas, sheet.top(index), title, cells, &part);
    }
    let decimals = if high - low < 1.0 { 2 } else { 1 };
    let marks = [low, (low + high) / 2.0, high].map(|value| plain(value, decimals));
    let height = sheet.tall_of_panel().max(60.0);
    colour_bar(&mut canvas, (sheet.right() + 16.0, TOP), height, palette::rising, [&marks[0], &marks[1], &marks[2]]);
    let averaged = if grid.averaged.is_empty() { String::new() } else { format!(" Means over {}.", grid.averaged.join(" and ")) };
    let caption = format!("{caption}{averaged} Grey: not run; a cross: no run came to its end.");
    let title = format!("{} by {} and {}", capital(name), sheet.across, sheet.down);
    let bottom = (sheet.top(grid.panels.len()) - TOP).max(TOP + height + 16.0);
    Some(Figure::new(file, &title, caption, canvas, bottom))
}

/// Rows of what the groups at each place came to.
fn cells(grid: &Grid, groups: &[&Group], of: &impl Fn(&Group) -> Cell) -> Vec<Vec<Cell>> {
    let cell = |column: &Coordinate, row: &Coordinate| match place(grid, groups, of, (column, row)) {
        Cell::Absent if grid.is_mirror(column, row) => Cell::Mirrored,
        cell => cell,
    };
    grid.rows.values.iter().map(|row| grid.columns.values.iter().map(|column| cell(column, row)).collect()).collect()
}

/// Of the groups at this place, which may differ in what is averaged: their mean.
fn place(grid: &Grid, groups: &[&Group], of: &impl Fn(&Group) -> Cell, (column, row): (&Coordinate, &Coordinate)) -> Cell {
    let here =
        |group: &&&Group| grid.columns.value(group).as_ref() == Some(column) && grid.rows.value(group).as_ref() == Some(row);
    let cells: Vec<Cell> = groups.iter().filter(here).map(|group| of(group)).collect();
    let values: Vec<f64> =
        cells.iter().filter_map(|cell| if let Cell::Value(value) = cell { Some(*value) } else { None }).collect();
    match (cells.is_empty(), values.is_empty()) {
        (true, _) => Cell::Absent,
        (_, true) => Cell::Diverged,
        _ => Cell::Value(Sample::new(values).mean()),
    }
}

/// Where everything stands: panels one below the other.
struct Sheet {
    across: String,
    down: String,
    columns: Vec<String>,
    rows: Vec<String>,
    left: f64,
    /// Of a cell.
    wide: f64,
    tall: f64,
}

impl Sheet {
    fn of(grid: &Grid) -> Self {
        let (across, down) = (grid.columns.name(), grid.rows.name());
        let (columns, rows) = (grid.columns.labels(), grid.rows.labels());
        let room = rows.iter().map(|label| width(label, 12.0)).fold(width(&down, SMALL), f64::max).min(WIDTH / 4.0);
        let left = MARGIN + room + 10.0;
        let wide = ((WIDTH - 110.0 - left) / columns.len() as f64).min(92.0);
        Self { across, down, columns, rows, left, wide, tall: (wide * 0.62).clamp(18.0, 44.0) }
    }

    fn right(&self) -> f64 {
        self.left + self.wide * self.columns.len() as f64
    }

    fn tall_of_panel(&self) -> f64 {
        self.tall * self.rows.len() as f64
    }

    /// Where a panel's cells begin.
    fn top(&self, panel: usize) -> f64 {
        TOP + panel as f64 * (TOP + self.tall_of_panel() + BELOW)
    }

    fn panel(&self, canvas: &mut Canvas, top: f64, name: &str, cells: &[Vec<Cell>], part: &impl Fn(f64) -> f64) {
        let room = self.left - 10.0 - MARGIN;
        let bottom = top + self.tall_of_panel();
        canvas.text((self.left - 10.0, top - 10.0), Anchor::End, SMALL, "muted", &fitted(&self.down, SMALL, room));
        canvas.text((self.left, top - 10.0), Anchor::Start, 12.0, "ink", &fitted(name, 12.0, WIDTH - self.left - MARGIN));
        for (j, (row, label)) in cells.iter().zip(&self.rows).enumerate() {
            let y = top + j as f64 * self.tall;
            canvas.text((self.left - 10.0, y + self.tall / 2.0 + 4.0), Anchor::End, 12.0, "ink", &fitted(label, 12.0, room));
            for ((i, cell), column) in row.iter().enumerate().zip(&self.columns) {
                let title = format!("{} {column}, {} {label}", self.across, self.down);
                draw_cell(canvas, cell, part, (self.left + i as f64 * self.wide, y), (self.wide, self.tall), &title);
            }
        }
        for (i, label) in self.columns.iter().enumerate() {
            self.column(canvas, (self.left + (i as f64 + 0.5) * self.wide, bottom + 16.0), label);
        }
        let named = fitted(&self.across, SMALL, self.right() - self.left);
        let under = if self.columns.iter().any(|label| self.is_long(label)) { 46.0 } else { 34.0 };
        canvas.text(((self.left + self.right()) / 2.0, bottom + under), Anchor::Middle, SMALL, "muted", &named);
    }

    fn is_long(&self, label: &str) -> bool {
        width(label, 12.0) > self.wide - 4.0
    }

    /// A label that is too long stands in two lines: `ptanh` above `(0.05)`.
    fn column(&self, canvas: &mut Canvas, (x, y): (f64, f64), label: &str) {
        let lines = match label.find('(') {
            Some(at) if self.is_long(label) => vec![&label[..at], &label[at..]],
            _ => vec![label],
        };
        for (index, line) in lines.into_iter().enumerate() {
            canvas.text((x, y + 13.0 * index as f64), Anchor::Middle, SMALL, "ink", &fitted(line, SMALL, self.wide - 4.0));
        }
    }
}

fn draw_cell(
    canvas: &mut Canvas,
    cell: &Cell,
    part: impl Fn(f64) -> f64,
    (x, y): (f64, f64),
    (wide, tall): (f64, f64),
    title: &str,
) {
    let size = (wide - 1.0, tall - 1.0);
    let middle = (x + size.0 / 2.0, y + size.1 / 2.0);
    match cell {
        Cell::Mirrored => {}
        Cell::Absent => canvas.rect((x, y), size, r#"class="empty cell""#, &format!("{title}: not run")),
        Cell::Diverged => {
            canvas.rect((x, y), size, r#"class="empty cell""#, &format!("{title}: no run came to its end"));
            canvas.cross(middle, "s9", "");
        }
        Cell::Value(value) => {
            let paint = format!(r#"class="cell" fill="{}""#, palette::rising(part(*value)));
            let label = plain(*value, if value.abs() >= 10.0 { 1 } else { 2 });
            canvas.rect((x, y), size, &paint, &format!("{title}: {label}"));
            if width(&label, SMALL) + 4.0 < wide {
                let ink = if palette::is_light(part(*value)) { "#111111" } else { "#ffffff" };
                let text = format!(
                    "<text x=\"{}\" y=\"{}\" font-size=\"{SMALL}\" fill=\"{ink}\" text-anchor=\"middle\">{label}</text>\n",
                    super::canvas::n(middle.0),
                    super::canvas::n(middle.1 + 4.0)
                );
                canvas.out.push_str(&text);
            }
        }
    }
}
