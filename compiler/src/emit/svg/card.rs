//! One box: a row for each layer, and for its cells a band that shows who gets which unit.

use super::super::palette::{colour, escaped};
use super::super::stages::Stage;
use super::super::what::{does, shares, taps};
use super::{INK, MUTED, text_width};
use crate::diag::words::thousands;
use crate::layout::Layout;
use crate::plan::{Layer, Op, Placement, Plan};
use crate::shape::Shape;
use std::fmt::Write;

const ROW: f64 = 22.0;
/// Above the first row and below the last.
const PAD: f64 = 7.0;
/// From the left edge to the layers' names, and from the right edge to the figures.
const EDGE: f64 = 16.0;
const GAP: f64 = 16.0;
/// Height of a band with what is around it.
const BAND: f64 = 12.0;
/// Of more units than these, a random layout is not drawn.
const MOST_UNITS: usize = 1 << 16;
/// Units that a band shows at most.
const UNITS: usize = 48;
/// Between two cells' names.
const CHIP: f64 = 12.0;
const SMALL: f64 = 11.0;

/// Where the columns of all boxes are.
pub(super) struct Columns {
    /// What a layer does starts here.
    what: f64,
    /// Shapes end here.
    shape: f64,
    /// The whole box.
    pub width: f64,
}

impl Columns {
    /// Wide enough for every layer of `plan`.
    pub fn of(plan: &Plan) -> Self {
        let widest =
            |of: &dyn Fn(usize, &Layer) -> f64| plan.layers.iter().enumerate().map(|(i, layer)| of(i, layer)).fold(0.0, f64::max);
        let what = EDGE + widest(&|_, layer| text_width(&layer.name, 12.0) * 1.15) + GAP;
        let does = widest(&|i, layer| what_width(plan, i, layer)).max(60.0);
        let shape = widest(&|_, layer| text_width(&layer.output.to_string(), SMALL));
        let params = widest(&|_, layer| text_width(&figure(layer.params), SMALL));
        let shape = what + does + GAP + shape;
        Self { what, shape, width: shape + GAP + params + EDGE }
    }
}

fn what_width(plan: &Plan, index: usize, layer: &Layer) -> f64 {
    let taps: f64 = taps(plan, index + 1).iter().map(|tap| tap_width(tap) + 14.0).sum();
    let cells = shares(plan, layer).iter().map(|(_, text)| chip_width(text)).fold(0.0, f64::max);
    (text_width(&does(layer), SMALL) + taps).max(cells.min(260.0)) + 4.0
}

fn figure(n: u64) -> String {
    if n == 0 { String::new() } else { thousands(n) }
}

fn chip_width(text: &str) -> f64 {
    14.0 + text_width(text, SMALL)
}

fn tap_width(tap: &str) -> f64 {
    text_width(tap, 10.0) + 14.0
}

/// The cells of a layer in lines that fit.
fn lines<'a>(shares: &'a [(usize, String)], columns: &Columns) -> Vec<Vec<&'a (usize, String)>> {
    let room = columns.width - columns.what - EDGE;
    let mut lines: Vec<Vec<&(usize, String)>> = Vec::new();
    let mut used = f64::INFINITY;
    for share in shares {
        let width = chip_width(&share.1) + CHIP;
        match lines.last_mut() {
            Some(line) if used + width <= room => line.push(share),
            _ => {
                lines.push(vec![share]);
                used = 0.0;
            }
        }
        used += width;
    }
    lines
}

fn row_height(plan: &Plan, layer: &Layer, columns: &Columns) -> f64 {
    let Op::Cells(placement) = &layer.op else { return ROW };
    let shares = shares(plan, layer);
    let band = if placement.is_mixed() { BAND } else { 0.0 };
    head_height(layer) + 18.0 * lines(&shares, columns).len() as f64 + band
}

/// A layer with cells has a line of its own before them only if there is something to say.
fn head_height(layer: &Layer) -> f64 {
    if has_head(layer) { ROW } else { 4.0 }
}

fn has_head(layer: &Layer) -> bool {
    !does(layer).is_empty() || layer.params > 0 || layer.output != layer.input
}

pub(super) fn card_height(plan: &Plan, stage: &Stage, columns: &Columns) -> f64 {
    2.0 * PAD + stage.layers.iter().map(|layer| row_height(plan, &plan.layers[*layer], columns)).sum::<f64>()
}

/// What a box with such a first layer has at its left edge.
fn accent(layer: &Layer) -> &'static str {
    match layer.op {
        Op::Conv { .. } => "#1e3a5f",
        Op::Dense { .. } | Op::Flatten => "#6b4e8f",
        _ => "#cbd5e1",
    }
}

pub(super) fn draw_card(plan: &Plan, stage: &Stage, columns: &Columns, (x, y): (f64, f64), out: &mut String) {
    let height = card_height(plan, stage, columns);
    let width = columns.width;
    let first = &plan.layers[stage.layers[0]];
    let _ = writeln!(
        out,
        "<g transform=\"translate({x:.1} {y:.1})\">\
         <rect width=\"{width:.1}\" height=\"{height:.1}\" rx=\"7\" fill=\"#ffffff\" stroke=\"#cbd5e1\"/>\
         <path d=\"M7 0A7 7 0 0 0 0 7V{:.1}A7 7 0 0 0 7 {height:.1}Z\" fill=\"{}\"/>",
        height - 7.0,
        accent(first)
    );
    let mut top = PAD;
    for index in stage.layers.iter().copied() {
        row(plan, index, columns, top, out);
        top += row_height(plan, &plan.layers[index], columns);
    }
    out.push_str("</g>\n");
}

fn row(plan: &Plan, index: usize, columns: &Columns, top: f64, out: &mut String) {
    let layer = &plan.layers[index];
    let text = |x: f64, y: f64, style: &str, text: &str, out: &mut String| {
        if !text.is_empty() {
            let _ = write!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" {style}>{}</text>", escaped(text));
        }
    };
    let base = top + 15.0;
    let small = format!("font-size=\"{SMALL}\" fill=\"{MUTED}\"");
    let right = format!("font-size=\"{SMALL}\" text-anchor=\"end\"");
    let what = does(layer);
    text(EDGE, base, "font-weight=\"600\"", &layer.name, out);
    text(columns.what, base, &small, &what, out);
    let mut tap_at = columns.what + text_width(&what, SMALL) + if what.is_empty() { 0.0 } else { 14.0 };
    if !has_head(layer) {
        tap_at = columns.shape - 20.0;
    }
    for tap in taps(plan, index + 1) {
        let width = tap_width(tap);
        let _ = write!(
            out,
            "<rect x=\"{tap_at:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"15\" rx=\"7.5\" fill=\"#fef3c7\" stroke=\"#f59e0b\"/>",
            base - 11.5
        );
        text(tap_at + width / 2.0, base - 0.5, "font-size=\"10\" text-anchor=\"middle\" fill=\"#92400e\"", tap, out);
        tap_at += width + 8.0;
    }
    if layer.output != layer.input {
        text(columns.shape, base, &format!("{right} fill=\"{INK}\""), &layer.output.to_string(), out);
    }
    text(columns.width - EDGE, base, &format!("{right} fill=\"{MUTED}\""), &figure(layer.params), out);
    let Op::Cells(placement) = &layer.op else { return out.push('\n') };
    let shares = shares(plan, layer);
    let mut line_base = top + head_height(layer) + 11.0;
    for line in lines(&shares, columns) {
        let mut x = columns.what;
        for (cell, name) in line {
            let _ = write!(
                out,
                "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"9\" height=\"9\" rx=\"2\" fill=\"{}\"/>",
                line_base - 8.5,
                colour(*cell)
            );
            text(x + 14.0, line_base, &format!("font-size=\"{SMALL}\""), name, out);
            x += chip_width(name) + CHIP;
        }
        line_base += 18.0;
    }
    if placement.is_mixed() {
        band(placement, &layer.input, columns, line_base - 10.0, out);
    }
    out.push('\n');
}

/// The shares of the places that a band shows, row by row. Of many units, the first ones where they alternate, as many in proportion in
/// blocks, every so many of a random layout; of a checkerboard, the first two rows of positions.
fn shown(placement: &Placement, sites: &Shape) -> Vec<Vec<usize>> {
    let ratio = placement.ratio();
    let units = sites.units();
    match (placement.layout, sites.spatial()) {
        (Layout::Checkerboard, Some((height, width))) => {
            let (rows, across) = (height.min(2), width.min(UNITS));
            let assigned = placement.layout.assign(&ratio, &Shape::map(1, rows, across));
            assigned.chunks(across.max(1)).map(<[usize]>::to_vec).collect()
        }
        (Layout::Random { .. }, _) if units > MOST_UNITS => Vec::new(),
        (Layout::Interleave | Layout::Block, _) => vec![placement.layout.assign(&ratio, &Shape::vector(units.min(UNITS)))],
        (layout, _) => {
            let assigned = layout.assign(&ratio, &Shape::vector(units));
            let columns = units.min(UNITS);
            vec![(0..columns).map(|column| assigned[column * units / columns]).collect()]
        }
    }
}

/// Who gets which unit.
fn band(placement: &Placement, input: &Shape, columns: &Columns, y: f64, out: &mut String) {
    let Some(sites) = placement.sites(input) else { return };
    let (left, right) = (columns.what, columns.width - EDGE);
    let rows = shown(placement, &sites);
    let height = 7.0 / rows.len().max(1) as f64;
    for (row, cells) in rows.iter().enumerate() {
        let step = (right - left) / cells.len().max(1) as f64;
        let mut start = 0;
        while start < cells.len() {
            let run = cells[start..].iter().take_while(|share| **share == cells[start]).count();
            let _ = write!(
                out,
                "<rect x=\"{:.2}\" y=\"{:.1}\" width=\"{:.2}\" height=\"{height:.1}\" fill=\"{}\"/>",
                left + start as f64 * step,
                y + row as f64 * height,
                run as f64 * step,
                colour(placement.shares[cells[start]].cell) // a layout assigns the ratio's shares
            );
            start += run;
        }
    }
}
