//! A network as a Graphviz graph.

use super::palette::{colour, escaped};
use super::stages::stages;
use super::what::{callers, does, mlp, shares, taps};
use crate::diag::words::thousands;
use crate::plan::{Op, Plan};
use std::fmt::Write;

/// `plan` in the language of Graphviz: a box for each layer with weights and what follows it, an edge for each value that is read.
pub fn dot(plan: &Plan) -> String {
    let mut out = format!("digraph \"{}\" {{\n", plan.net.replace('\\', "\\\\").replace('"', "\\\""));
    out += "  rankdir=TB; nodesep=0.4; ranksep=0.35;\n";
    out += "  node [shape=plain, fontname=\"Helvetica\", fontsize=11];\n  edge [color=\"#94a3b8\", arrowsize=0.6];\n";
    let _ = writeln!(out, "  label=<{}>; labelloc=t; labeljust=l; fontname=\"Helvetica\";", legend(plan));
    let input = row(&["input".to_string(), tapped(plan, 0), plan.input.to_string(), String::new()], &[]);
    let _ = writeln!(out, "  input [label=<{}>];", boxed(&input, "#f1f5f9"));
    for (i, stage) in stages(plan).iter().enumerate() {
        let rows: String = stage.layers.iter().map(|layer| layer_row(plan, *layer)).collect();
        match &plan.layers[stage.layers[0]].op {
            Op::Join { how } => {
                let word = format!("{how:?}").to_lowercase();
                let _ =
                    writeln!(out, "  s{i} [label=\"{word}\", shape=ellipse, tooltip=\"{}\"];", plan.layers[stage.layers[0]].name);
            }
            _ => {
                let _ = writeln!(out, "  s{i} [label=<{}>];", boxed(&rows, "#ffffff"));
            }
        }
        for from in &stage.from {
            let from = from.map_or("input".to_string(), |from| format!("s{from}"));
            let _ = writeln!(out, "  {from} -> s{i};");
        }
    }
    out + "}\n"
}

fn totals(plan: &Plan) -> String {
    format!("{} parameters, {} multiply-adds a sample", thousands(plan.params), thousands(plan.macs))
}

fn layer_row(plan: &Plan, index: usize) -> String {
    let layer = &plan.layers[index];
    let params = if layer.params == 0 { String::new() } else { thousands(layer.params) };
    let tapped = tapped(plan, index + 1);
    let what = [does(layer), tapped].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    row(&[layer.name.clone(), what, layer.output.to_string(), params], &shares(plan, layer))
}

fn tapped(plan: &Plan, value: usize) -> String {
    let taps = taps(plan, value);
    if taps.is_empty() { String::new() } else { format!("tap {}", taps.join(", ")) }
}

/// One layer: its texts, and its cells in their colours below.
fn row(texts: &[String; 4], shares: &[(usize, String)]) -> String {
    let align = ["LEFT", "LEFT", "RIGHT", "RIGHT"];
    let cells = texts.iter().zip(align).map(|(text, align)| format!("<TD ALIGN=\"{align}\">{}</TD>", escaped(text)));
    let mut out = format!("<TR>{}</TR>", cells.collect::<String>());
    if !shares.is_empty() {
        let chip = |(cell, text): &(usize, String)| {
            format!("<TD BGCOLOR=\"{}\"><FONT COLOR=\"white\">{}</FONT></TD>", colour(*cell), escaped(text))
        };
        let chips: String = shares.iter().map(chip).collect();
        let _ = write!(out, "<TR><TD COLSPAN=\"4\"><TABLE BORDER=\"0\" CELLSPACING=\"2\"><TR>{chips}</TR></TABLE></TD></TR>");
    }
    out
}

fn boxed(rows: &str, fill: &str) -> String {
    format!(
        "<TABLE BORDER=\"1\" CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"4\" COLOR=\"#64748b\" BGCOLOR=\"{fill}\">{rows}</TABLE>"
    )
}

/// The network's name and figures, the cells in their colours, and what learned functions are.
fn legend(plan: &Plan) -> String {
    let cell = |(i, cell): (usize, &crate::plan::Cell)| {
        format!("<TR><TD BGCOLOR=\"{}\">  </TD><TD ALIGN=\"LEFT\">{}</TD></TR>", colour(i), escaped(&cell.name))
    };
    let function = |(i, function): (usize, &crate::plan::Function)| {
        let text = format!("{}, {} parameters, {}", mlp(function), thousands(function.params), callers(plan, i));
        format!("<TR><TD ALIGN=\"LEFT\">{}</TD><TD ALIGN=\"LEFT\">{}</TD></TR>", escaped(&function.name), escaped(&text))
    };
    let rows: String = plan.cells.iter().enumerate().map(cell).chain(plan.functions.iter().enumerate().map(function)).collect();
    let title = format!("<TR><TD COLSPAN=\"2\" ALIGN=\"LEFT\"><B>{}</B></TD></TR>", escaped(&plan.net));
    let totals = format!("<TR><TD COLSPAN=\"2\" ALIGN=\"LEFT\">{}</TD></TR>", totals(plan));
    format!("<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLPADDING=\"3\">{title}{totals}{rows}</TABLE>")
}
