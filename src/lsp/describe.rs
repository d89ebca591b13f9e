//! Layers, nets and cell types in Markdown.

use super::analysis::Analysis;
use super::layers::Layers;
use hetc_compiler::diag::words::{count, thousands};
use hetc_compiler::layout::Layout;
use hetc_compiler::plan::{Layer, Op, Plan};
use hetc_grammar::tree::{File, Item};

/// Code of the language.
pub fn code(text: &str) -> String {
    format!("```hetc\n{}\n```", text.trim_end())
}

/// Most layers that are told of one by one.
const MANY: usize = 12;

/// The layers of a statement, one paragraph each; `None` if it asks for none.
pub fn layers(layers: &Layers) -> Option<String> {
    let mut paragraphs: Vec<String> = layers.own().take(MANY).map(|layer| self::layer(&layers.plan, layer)).collect();
    let sum = |of: fn(&Layer) -> u64| layers.own().map(of).fold(0, u64::saturating_add);
    let count = layers.own().len();
    if count > MANY {
        paragraphs.push(format!("… {} more layers", count - MANY));
    }
    if count > 2 {
        paragraphs.push(format!("{count} layers in all{}", figures(sum(|layer| layer.params), sum(|layer| layer.macs))));
    }
    (!paragraphs.is_empty()).then(|| paragraphs.join("\n\n"))
}

/// `**conv1**: 3x32x32 → 8x32x32, 224 parameters, 221,184 multiply-adds`, and who gets which cell.
fn layer(plan: &Plan, layer: &Layer) -> String {
    let mut out = format!("**{}**: {} → {}{}", layer.name, layer.input, layer.output, figures(layer.params, layer.macs));
    let (shares, noun) = shares(plan, layer);
    for (cell, units) in shares {
        out += &format!("\n- {} {noun}: `{cell}`", thousands(units));
    }
    out
}

/// `, 224 parameters, 221,184 multiply-adds`; nothing for none.
fn figures(params: u64, macs: u64) -> String {
    let figure = |n: u64, noun: &str| if n == 0 { String::new() } else { format!(", {} {noun}", thousands(n)) };
    figure(params, "parameters") + &figure(macs, "multiply-adds")
}

/// The cells of a layer, with how many units each has, and what these are called.
fn shares<'a>(plan: &'a Plan, layer: &Layer) -> (Vec<(&'a str, u64)>, &'static str) {
    let Op::Cells(mix) = &layer.op else { return (Vec::new(), "") };
    let noun = match (mix.layout, layer.input.spatial()) {
        (Layout::Checkerboard, _) => "positions",
        (_, Some(_)) => "channels",
        (_, None) if mix.window.is_some() => "windows",
        (_, None) => "units",
    };
    let name = |cell: usize| plan.cells.get(cell).map_or("", |cell| cell.name.as_str());
    (mix.shares.iter().map(|share| (name(share.cell), share.units)).collect(), noun)
}

/// What a network is up to some statement: `up to here: shape 10, 119,674 parameters, 634,112 multiply-adds`.
pub fn so_far(plan: &Plan) -> String {
    format!("up to here: shape {}{}", plan.output, figures(plan.params, plan.macs))
}

/// The totals of a network in one line: for a list.
pub fn totals(plan: &Plan) -> String {
    format!("{} → {}{}", plan.input, plan.output, figures(plan.params, plan.macs))
}

/// The totals of a network.
pub fn net(plan: &Plan) -> String {
    let mut out = format!("{}, {}", totals(plan), count(plan.layers.len(), "layer"));
    let mixture: Vec<String> = plan
        .mixture()
        .iter()
        .filter_map(|(cell, part)| Some(format!("{} % `{}`", (part * 1000.0).round() / 10.0, plan.cells.get(*cell)?.name)))
        .collect();
    if !mixture.is_empty() {
        out += &format!("\n\nof the units in mixed layers: {}", mixture.join(", "));
    }
    out
}

/// A cell type or learned function: its definition and what its comment says; `None` if there is none of this name.
pub fn cell(analysis: &Analysis, name: &str) -> Option<String> {
    let library = &analysis.compilation.library;
    let cell = library.definition(name).map(|cell| (Item::Cell(cell.clone()), cell.span));
    let (item, span) = cell.or_else(|| library.learned(name).map(|inner| (Item::Inner(inner.clone()), inner.span)))?;
    let written = hetc_grammar::print(&File { items: vec![item] });
    let comment = library.comment(name).map(str::to_string).or_else(|| analysis.comment(span));
    Some(with_comment(&code(&written), comment))
}

/// Code with a comment below it.
pub fn with_comment(code: &str, comment: Option<String>) -> String {
    match comment {
        Some(comment) => format!("{code}\n{comment}"),
        None => code.to_string(),
    }
}
