//! A network as a Mermaid flowchart, for where Markdown shows them.

use super::palette::colour;
use super::stages::{Stage, stages};
use super::what::{callers, does, mlp, shares, taps};
use crate::diag::words::thousands;
use crate::plan::{Op, Plan};
use std::fmt::Write;

/// `plan` as a Mermaid flowchart. A box has the colour of its cells if they are of one type; mixed ones name their cells.
pub fn mermaid(plan: &Plan) -> String {
    let stages = stages(plan);
    let mut out = format!("---\ntitle: \"{}\"\n---\nflowchart TD\n", plain(&plan.net));
    let _ = writeln!(out, "  input([\"{}\"])", lines(&[format!("input {}{}", plan.input, tapped(plan, 0))]));
    for (i, stage) in stages.iter().enumerate() {
        let texts: Vec<String> = stage.layers.iter().map(|layer| line(plan, *layer)).collect();
        let (open, close) = match plan.layers[stage.layers[0]].op {
            Op::Join { .. } => ("([", "])"),
            _ => ("[", "]"),
        };
        let _ = writeln!(out, "  s{i}{open}\"{}\"{close}{}", lines(&texts), class(plan, stage));
        for from in &stage.from {
            let from = from.map_or("input".to_string(), |from| format!("s{from}"));
            let _ = writeln!(out, "  {from} --> s{i}");
        }
    }
    let _ = writeln!(out, "  subgraph legend[\"{} parameters\"]", thousands(plan.params));
    for (i, cell) in plan.cells.iter().enumerate() {
        let _ = writeln!(out, "    l{i}[\"{}\"]:::c{i}", escaped(&cell.name));
    }
    for (i, function) in plan.functions.iter().enumerate() {
        let text =
            format!("{}: {}, {} parameters, {}", function.name, mlp(function), thousands(function.params), callers(plan, i));
        let _ = writeln!(out, "    f{i}[\"{}\"]", escaped(&text));
    }
    let _ = writeln!(out, "    mixed[\"several cell types\"]:::mixed\n  end");
    for i in 0..plan.cells.len() {
        let _ = writeln!(out, "  classDef c{i} fill:#ffffff,stroke:{},stroke-width:3px,color:#0f172a", colour(i));
    }
    out += "  classDef mixed fill:#f1f5f9,stroke:#334155,stroke-width:3px,color:#0f172a\n";
    out
}

fn line(plan: &Plan, index: usize) -> String {
    let layer = &plan.layers[index];
    let cells: Vec<String> = shares(plan, layer).into_iter().map(|(_, share)| share).collect();
    let params = if layer.params == 0 { String::new() } else { format!("{} parameters", thousands(layer.params)) };
    let shape = if layer.output == layer.input { String::new() } else { layer.output.to_string() };
    let head = [layer.name.clone(), does(layer)].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let parts = [head, cells.join(" + "), shape, params].into_iter().filter(|part| !part.is_empty());
    format!("{}{}", parts.collect::<Vec<_>>().join(", "), tapped(plan, index + 1))
}

fn tapped(plan: &Plan, value: usize) -> String {
    let taps = taps(plan, value);
    if taps.is_empty() { String::new() } else { format!(", tap {}", taps.join(", ")) }
}

/// `:::c0`, the class of the only cell that a stage has.
fn class(plan: &Plan, stage: &Stage) -> String {
    let mut cells: Vec<usize> =
        stage.layers.iter().flat_map(|layer| shares(plan, &plan.layers[*layer])).map(|(cell, _)| cell).collect();
    cells.sort_unstable();
    cells.dedup();
    match cells.as_slice() {
        [] => String::new(),
        [only] => format!(":::c{only}"),
        _ => ":::mixed".to_string(),
    }
}

fn lines(texts: &[String]) -> String {
    texts.iter().map(|text| escaped(text)).collect::<Vec<_>>().join("<br/>")
}

/// A title is YAML: no quotes or backslashes in it.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '"' | '\\') && !c.is_control()).collect()
}

/// Text inside quotes: what means something there as Mermaid's entities.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '#' => out.push_str("#35;"),
            '"' => out.push_str("#quot;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '&' => out.push_str("#amp;"),
            '`' => out.push_str("#96;"), // would start Markdown
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
