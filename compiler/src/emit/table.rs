//! The layer table: a network on one screen.

use crate::diag::words::thousands;
use crate::plan::{Layer, Op, Plan};

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
        what(&layer.op),
        layer.output.to_string(),
        cells(plan, layer),
        figure(layer.params),
        figure(layer.macs),
        bytes(layer.activation_bytes()),
    ]
}

fn what(op: &Op) -> String {
    let size = |[h, w]: &[usize; 2]| format!("{h}x{w}");
    match op {
        Op::Conv { kernel, pad, stride, groups } => {
            let mut text = size(kernel);
            for (name, value, default) in [("pad", pad, [0, 0]), ("stride", stride, [1, 1])] {
                if *value != default {
                    text += &format!(" {name}={}", if value[0] == value[1] { value[0].to_string() } else { size(value) });
                }
            }
            if *groups > 1 { format!("{text} groups={groups}") } else { text }
        }
        Op::Dense | Op::Flatten => String::new(),
        Op::Pool { kind, window, stride } => {
            let step = if window == stride { String::new() } else { format!(" stride={}", size(stride)) };
            format!("{} {}{step}", word(kind), size(window))
        }
        Op::AdaptivePool { kind } => format!("{} to size", word(kind)),
        Op::Dropout { p } => p.to_string(),
        Op::Norm { kind, affine, .. } => format!("{}{}", word(kind), if *affine { "" } else { " affine=no" }),
        Op::Act(mix) if mix.shares.len() > 1 => word(&mix.layout),
        Op::Act(_) => String::new(),
    }
}

/// The word for a fieldless choice, as the language writes it.
fn word(choice: &impl std::fmt::Debug) -> String {
    format!("{choice:?}").split([' ', '{']).next().unwrap_or_default().to_lowercase()
}

fn cells(plan: &Plan, layer: &Layer) -> String {
    let Op::Act(mix) = &layer.op else { return String::new() };
    let shares = mix.shares.iter().map(|share| format!("{} {}", share.units, plan.cells[share.cell].name));
    shares.collect::<Vec<_>>().join(" | ")
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
