//! The layer table: a network on one screen.

use super::what::what;
use crate::diag::words::thousands;
use crate::layout::Layout;
use crate::plan::{Layer, Op, Plan, Share};

const HEADER: [&str; 7] = ["layer", "what", "output", "cells", "parameters", "MACs", "memory"];
/// Columns with figures, set to the right.
const FIGURES: [bool; 7] = [false, false, false, false, true, true, true];

/// The layers of `plan`: what each does, its output, cells, parameters, multiply-adds and memory, and the totals.
pub fn table(plan: &Plan) -> String {
    let mut rows: Vec<[String; 7]> = vec![HEADER.map(str::to_string)];
    rows.push([
        "input".into(),
        String::new(),
        plan.input.to_string(),
        String::new(),
        String::new(),
        String::new(),
        bytes(4 * plan.input.elements() as u64),
    ]);
    rows.extend(plan.layers.iter().map(|layer| row(plan, layer)));
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
        if i == 1 || i == rows.len() - 1 {
            lines.push(rule.clone());
        }
        lines.push(line(row, &widths));
    }
    lines.push(String::new());
    lines
        .push("parameters are trained numbers; MACs are multiply-adds of convolutions and dense layers, per sample;".to_string());
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

fn row(plan: &Plan, layer: &Layer) -> [String; 7] {
    let figure = |n: u64| if n == 0 { String::new() } else { thousands(n) };
    [
        layer.name.clone(),
        what(layer),
        layer.output.to_string(),
        cells(plan, layer),
        figure(layer.params),
        figure(layer.macs),
        bytes(layer.activation_bytes()),
    ]
}

/// `4 swish(7.5) | 4 ptanh(1)`: how many units each cell has; positions, where the layout goes by them.
fn cells(plan: &Plan, layer: &Layer) -> String {
    let Op::Cells(mix) = &layer.op else { return String::new() };
    let name = |share: &Share| plan.cells.get(share.cell).map_or("", |cell| cell.name.as_str());
    let shares: Vec<String> = mix.shares.iter().map(|share| format!("{} {}", share.units, name(share))).collect();
    let unit = if mix.layout == Layout::Checkerboard { ", by position" } else { "" };
    format!("{}{unit}", shares.join(" | "))
}

fn bytes(n: u64) -> String {
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
