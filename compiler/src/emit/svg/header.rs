//! What stands above the network: its name, its figures, and what the colours mean.

use super::super::palette::{colour, escaped};
use super::super::table::bytes;
use super::super::what::{callers, layers_with, mlp, trained};
use super::{INK, MUTED, text_width};
use crate::diag::words::thousands;
use crate::plan::{Per, Plan};
use std::fmt::Write;

/// A picture is at least so wide.
const LEAST: f64 = 440.0;
/// A legend is at most so wide.
const MOST: f64 = 760.0;

/// The header, its height and its width, for a drawing that is so wide.
pub(super) fn header(plan: &Plan, drawing: f64) -> (String, f64, f64) {
    let figures = format!(
        "{} parameters · {} multiply-adds · {} of activations a sample",
        thousands(plan.params),
        thousands(plan.macs),
        bytes(plan.activation_bytes())
    );
    let room = drawing.clamp(LEAST, MOST);
    let mut out = format!(
        "<text y=\"16\" font-size=\"19\" font-weight=\"700\">{}</text>\n<text y=\"38\" fill=\"{MUTED}\">{figures}</text>\n",
        escaped(&plan.net)
    );
    let mut widest = text_width(&plan.net, 20.0).max(text_width(&figures, 12.0));
    let (mut x, mut y) = (0.0, 64.0);
    for (i, cell) in plan.cells.iter().enumerate() {
        let width = 18.0 + text_width(&cell.name, 12.0);
        if x > 0.0 && x + width > room {
            (x, y) = (0.0, y + 20.0);
        }
        let _ = writeln!(
            out,
            "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"11\" height=\"11\" rx=\"2.5\" fill=\"{}\"/><text x=\"{:.1}\" y=\"{y:.1}\">{}</text>",
            y - 10.0,
            colour(i),
            x + 17.0,
            escaped(&cell.name)
        );
        x += width + 18.0;
        widest = widest.max(x);
    }
    for (name, note) in notes(plan) {
        y += 20.0;
        widest = widest.max(text_width(&format!("{name}  {note}"), 12.0));
        let _ = writeln!(
            out,
            "<text y=\"{y:.1}\" fill=\"{MUTED}\"><tspan fill=\"{INK}\" font-weight=\"600\">{}</tspan>  {}</text>",
            escaped(&name),
            escaped(&note)
        );
    }
    let height = if plan.cells.is_empty() { 42.0 } else { y + 4.0 };
    (out, height, widest.max(LEAST))
}

/// What layers share: learned functions and trained parameters.
fn notes(plan: &Plan) -> Vec<(String, String)> {
    let functions = plan.functions.iter().enumerate().map(|(i, function)| {
        let note = format!("{} · {} parameters · {}", mlp(function), thousands(function.params), callers(plan, i));
        (function.name.clone(), shortened(note))
    });
    let cells =
        plan.cells.iter().enumerate().flat_map(|(i, cell)| cell.trained.iter().map(move |parameter| (i, cell, parameter)));
    let cells = cells.map(|(i, cell, parameter)| {
        let layers = layers_with(plan, |index, _| index == i).join(", ");
        let once = if parameter.per == Per::Net { " · one number" } else { "" };
        (cell.name.clone(), shortened(format!("trains {}{once} · in {layers}", trained(parameter))))
    });
    functions.chain(cells).collect()
}

/// A line of the legend is no longer than it.
fn shortened(text: String) -> String {
    const MOST_CHARS: usize = 90;
    if text.chars().count() <= MOST_CHARS { text } else { text.chars().take(MOST_CHARS - 1).chain(['…']).collect() }
}
