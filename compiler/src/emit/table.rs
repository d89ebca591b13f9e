//! The layer table: a network on one screen.

use super::what::{callers, layers_with, mlp, shares, taps, trained, what};
use crate::diag::words::thousands;
use crate::layout::Layout;
use crate::plan::{Op, Per, Plan};

const HEADER: [&str; 7] = ["layer", "what", "output", "cells", "parameters", "MACs", "memory"];
/// Columns with figures, set to the right.
const FIGURES: [bool; 7] = [false, false, false, false, true, true, true];

/// The layers of `plan`: what each does, its output, cells, parameters, multiply-adds and memory; then what layers share, and the totals.
pub fn table(plan: &Plan) -> String {
    let mut rows: Vec<[String; 7]> = vec![HEADER.map(str::to_string)];
    rows.push([
        named("input", &taps(plan, 0)),
        String::new(),
        plan.input.to_string(),
        String::new(),
        String::new(),
        String::new(),
        bytes(4 * plan.input.elements() as u64),
    ]);
    rows.extend((0..plan.layers.len()).map(|index| row(plan, index)));
    let shared = shared(plan);
    let first_shared = rows.len();
    let layers_end = if shared.is_empty() { usize::MAX } else { first_shared };
    rows.extend(shared);
    rows.push([
        "total".into(),
        String::new(),
        plan.output.to_string(),
        String::new(),
        thousands(plan.params),
        thousands(plan.macs),
        bytes(plan.activation_bytes()),
    ]);
    let widths: Vec<usize> =
        (0..HEADER.len()).map(|i| rows.iter().map(|row| row[i].chars().count()).max().unwrap_or(0)).collect();
    let rule: String = widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>().join("  ");
    let mut lines = vec![format!("net {}", plan.net)];
    for (i, row) in rows.iter().enumerate() {
        if i == 1 || i == layers_end || i == rows.len() - 1 {
            lines.push(rule.clone());
        }
        lines.push(line(row, &widths));
    }
    lines.push(String::new());
    lines.push(
        "parameters are trained numbers; MACs are multiply-adds of convolutions, dense layers and learned functions, per sample;"
            .to_string(),
    );
    lines.push(format!(
        "memory is one f32 for each value of each output, per sample; weights, gradients and two Adam moments take {}",
        bytes(plan.optimiser_bytes())
    ));
    lines.join("\n") + "\n"
}

fn line(row: &[String; 7], widths: &[usize]) -> String {
    let cells = row
        .iter()
        .zip(widths)
        .zip(FIGURES)
        .map(|((cell, width), figure)| if figure { format!("{cell:>width$}") } else { format!("{cell:<width$}") });
    cells.collect::<Vec<_>>().join("  ").trim_end().to_string()
}

fn row(plan: &Plan, index: usize) -> [String; 7] {
    let layer = &plan.layers[index];
    [
        named(&layer.name, &taps(plan, index + 1)),
        what(plan, index),
        layer.output.to_string(),
        cells(plan, index),
        figure(layer.params),
        figure(layer.macs),
        bytes(layer.activation_bytes()),
    ]
}

/// `act1 (tap stem)`
fn named(layer: &str, taps: &[&str]) -> String {
    if taps.is_empty() { layer.to_string() } else { format!("{layer} (tap {})", taps.join(", ")) }
}

fn figure(n: u64) -> String {
    if n == 0 { String::new() } else { thousands(n) }
}

/// Learned functions, and cells with trained parameters: which layers have them. What belongs to a layer is counted there.
fn shared(plan: &Plan) -> Vec<[String; 7]> {
    let row = |name: &str, what: String, layers: String, params: u64| {
        [name.to_string(), what, String::new(), layers, figure(params), String::new(), String::new()]
    };
    let functions = plan.functions.iter().enumerate();
    let functions = functions.map(|(i, function)| row(&function.name, mlp(function), callers(plan, i), function.params));
    let cells = plan.cells.iter().enumerate().flat_map(|(i, cell)| cell.trained.iter().map(move |trained| (i, cell, trained)));
    let cells = cells.map(|(i, cell, parameter)| {
        let layers = format!("in {}", layers_with(plan, |index, _| index == i).join(", "));
        row(&cell.name, trained(parameter), layers, u64::from(parameter.per == Per::Net))
    });
    functions.chain(cells).collect()
}

/// `4 swish(7.5) | 4 ptanh(1)`: how many units each cell has; positions, where the layout goes by them.
fn cells(plan: &Plan, index: usize) -> String {
    let layer = &plan.layers[index];
    let Op::Cells(placement) = &layer.op else { return String::new() };
    let shares: Vec<String> = shares(plan, layer).into_iter().map(|(_, share)| share).collect();
    let unit = if placement.layout == Layout::Checkerboard { ", by position" } else { "" };
    format!("{}{unit}", shares.join(" | "))
}

/// `12.0 KiB`; nothing for nothing.
pub(crate) fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = n as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if n == 0 {
        String::new()
    } else if unit == 0 || value >= 100.0 {
        format!("{value:.0} {}", UNITS[unit])
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}
