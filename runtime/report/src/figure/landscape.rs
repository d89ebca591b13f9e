//! Parameter landscapes: one cell for each pair of a sweep's values (Doty et al. 2021, Fig. 2d, e).

use super::axes::{MARGIN, SMALL, WIDTH, colour_bar};
use super::canvas::{Anchor, Canvas};
use super::scale::{ends, plain};
use super::text::{fitted, width};
use super::{Figure, axis_name, capital, palette};
use crate::compare::{Against, Comparison};
use crate::stats::Sample;
use crate::study::{Coordinate, Group, Study};

/// Two parameters and their values, as rows and columns.
struct Grid<'a> {
    columns: (&'a str, Vec<&'a Coordinate>),
    rows: (&'a str, Vec<&'a Coordinate>),
}

/// What the groups of a cell came to.
enum Cell {
    Absent,
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
    let grid = grid(groups)?;
    let ((across, columns), (down, rows)) = (&grid.columns, &grid.rows);
    let cells: Vec<Vec<Cell>> =
        rows.iter().map(|row| columns.iter().map(|column| cell(groups, &of, (across, column), (down, row))).collect()).collect();
    let values = || cells.iter().flatten().filter_map(|cell| if let Cell::Value(value) = cell { Some(*value) } else { None });
    let (low, high) = ends(values())?;
    let labels: Vec<String> = rows.iter().map(|row| row.to_string()).collect();
    let room = labels.iter().map(|label| width(label, 12.0)).fold(width(down, SMALL), f64::max).min(WIDTH / 4.0);
    let left = MARGIN + room + 10.0;
    let wide = ((WIDTH - 110.0 - left) / columns.len() as f64).min(92.0);
    let tall = (wide * 0.62).clamp(18.0, 44.0);
    let top = 26.0;
    let bottom = top + tall * rows.len() as f64;
    let mut canvas = Canvas::default();
    canvas.text((left - 10.0, top - 10.0), Anchor::End, SMALL, "muted", &fitted(down, SMALL, room));
    let part = |value: f64| if high > low { (value - low) / (high - low) } else { 0.5 };
    for (j, (row, label)) in cells.iter().zip(&labels).enumerate() {
        let y = top + j as f64 * tall;
        canvas.text((left - 10.0, y + tall / 2.0 + 4.0), Anchor::End, 12.0, "ink", &fitted(label, 12.0, room));
        for (i, cell) in row.iter().enumerate() {
            let corner = (left + i as f64 * wide, y);
            let title = format!("{across} {}, {down} {label}", columns[i]);
            draw_cell(&mut canvas, cell, part, corner, (wide, tall), &title);
        }
    }
    for (i, column) in columns.iter().enumerate() {
        let x = left + (i as f64 + 0.5) * wide;
        canvas.text((x, bottom + 16.0), Anchor::Middle, 12.0, "ink", &fitted(&column.to_string(), 12.0, wide - 4.0));
    }
    let right = left + wide * columns.len() as f64;
    canvas.text(((left + right) / 2.0, bottom + 34.0), Anchor::Middle, SMALL, "muted", &fitted(across, SMALL, right - left));
    let decimals = if high - low < 1.0 { 2 } else { 1 };
    let marks = [low, (low + high) / 2.0, high].map(|value| plain(value, decimals));
    let height = (bottom - top).max(60.0);
    colour_bar(&mut canvas, (right + 16.0, top), height, palette::rising, [&marks[0], &marks[1], &marks[2]]);
    let caption = format!("{caption} Grey: not run; a cross: no run came to its end.");
    Some(Figure::new(
        file,
        &format!("{} by {across} and {down}", capital(name)),
        caption,
        canvas,
        (bottom + 44.0).max(top + height + 16.0),
    ))
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

/// Of the groups with these two values, which may differ in further parameters: their mean.
fn cell(groups: &[&Group], of: &impl Fn(&Group) -> Cell, across: (&str, &Coordinate), down: (&str, &Coordinate)) -> Cell {
    let here = |group: &&&Group| group.coordinate(across.0) == Some(across.1) && group.coordinate(down.0) == Some(down.1);
    let cells: Vec<Cell> = groups.iter().filter(here).map(|group| of(group)).collect();
    let values: Vec<f64> =
        cells.iter().filter_map(|cell| if let Cell::Value(value) = cell { Some(*value) } else { None }).collect();
    match (cells.is_empty(), values.is_empty()) {
        (true, _) => Cell::Absent,
        (_, true) => Cell::Diverged,
        _ => Cell::Value(Sample::new(values).mean()),
    }
}

/// The first two parameters with more than one value; the one with more values goes across.
fn grid<'a>(groups: &[&'a Group]) -> Option<Grid<'a>> {
    let mut axes: Vec<(&str, Vec<&Coordinate>)> = Vec::new();
    for (name, value) in groups.iter().flat_map(|group| &group.coordinates) {
        match axes.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) if values.contains(&value) => {}
            Some((_, values)) => values.push(value),
            None => axes.push((name, vec![value])),
        }
    }
    axes.retain(|(_, values)| values.len() > 1);
    for (_, values) in &mut axes {
        values.sort_by(|a, b| match (a, b) {
            (Coordinate::Number(a), Coordinate::Number(b)) => a.total_cmp(b),
            _ => std::cmp::Ordering::Equal,
        });
    }
    let mut both = axes.into_iter();
    let (a, b) = (both.next()?, both.next()?);
    let (columns, rows) = if a.1.len() >= b.1.len() { (a, b) } else { (b, a) };
    Some(Grid { columns, rows })
}
