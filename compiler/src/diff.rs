//! What differs between two networks.
//!
//! Layers are set beside each other by the longest common subsequence of what they are: their kind, their options, their output, their
//! cells and their parameters; names do not count. Of what is left between two such pairs, layers of one kind are taken as changed.

mod align;

use crate::diag::words::{count, thousands};
use crate::emit::{bytes, does, shares};
use crate::plan::{Plan, Tap};
use crate::rewrite::kind;
use align::align;
use std::fmt;

/// What differs between two networks; names of networks and layers, and lines of specs, are no difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Diff {
    /// The two networks' names.
    pub nets: [String; 2],
    /// All layers of both, in order.
    pub layers: Vec<Row>,
    /// The input, cells, functions, tables and taps that differ.
    pub parts: Vec<Part>,
    /// Parameters, multiply-adds, activation memory and optimiser memory of each, those that differ.
    pub figures: Vec<Figure>,
}

/// One layer, or two beside each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// In both alike: its index in each.
    Same(usize, usize),
    /// In both, with other options, output, cells or parameters, or reading other values: in the words of a table.
    Changed(String, String),
    /// Only in the first.
    Removed(String),
    /// Only in the second.
    Added(String),
}

/// Something beside the layers that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// `cell swish(2)`
    pub what: String,
    /// What it is in each, where it is there.
    pub each: [Option<String>; 2],
}

/// A total that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// `parameters`
    pub what: &'static str,
    /// In each.
    pub each: [u64; 2],
    /// Whether it is bytes.
    pub is_memory: bool,
}

/// What differs between `a` and `b`.
pub fn diff(a: &Plan, b: &Plan) -> Diff {
    let figures = [
        ("parameters", [a.params, b.params], false),
        ("multiply-adds", [a.macs, b.macs], false),
        ("activations a sample", [a.activation_bytes(), b.activation_bytes()], true),
        ("weights, gradients, Adam", [a.optimiser_bytes(), b.optimiser_bytes()], true),
    ];
    let figures = figures.into_iter().filter(|(_, each, _)| each[0] != each[1]);
    Diff {
        nets: [a.net.clone(), b.net.clone()],
        layers: layers(a, b),
        parts: parts(a, b),
        figures: figures.map(|(what, each, is_memory)| Figure { what, each, is_memory }).collect(),
    }
}

impl Diff {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.figures.is_empty() && self.layers.iter().all(|row| matches!(row, Row::Same(..)))
    }
}

/// What a layer is, without its name.
fn is(plan: &Plan, index: usize) -> String {
    let layer = &plan.layers[index];
    let cells: Vec<String> = shares(plan, layer).into_iter().map(|(_, share)| share).collect();
    let params = if layer.params == 0 { String::new() } else { count_of(layer.params, "parameter") };
    let parts = [does(layer), layer.output.to_string(), cells.join(" | "), params];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

fn count_of(n: u64, noun: &str) -> String {
    if n == 1 { count(1, noun) } else { format!("{} {noun}s", thousands(n)) }
}

fn layers(a: &Plan, b: &Plan) -> Vec<Row> {
    let keys = |plan: &Plan| -> Vec<(&'static str, String)> {
        (0..plan.layers.len()).map(|index| (kind(&plan.layers[index].op), is(plan, index))).collect()
    };
    let (keys_a, keys_b) = (keys(a), keys(b));
    let pairs = align(&keys_a, &keys_b);
    // What each value of the first one is in the second.
    let mut values: Vec<Option<usize>> = vec![None; a.layers.len() + 1];
    values[0] = Some(0);
    for (i, j) in &pairs {
        if let (Some(i), Some(j)) = (i, j) {
            values[i + 1] = Some(j + 1);
        }
    }
    let text =
        |plan: &Plan, keys: &[(&'static str, String)], index: usize| format!("{} {}", plan.layers[index].name, keys[index].1);
    let reads = |plan: &Plan, index: usize| {
        let names: Vec<&str> = plan.sources(index).into_iter().map(|value| crate::emit::value_name(plan, value)).collect();
        format!("{} of {}", plan.layers[index].name, names.join(", "))
    };
    let row = |pair: &(Option<usize>, Option<usize>)| match *pair {
        (Some(i), Some(j)) if keys_a[i] != keys_b[j] => Row::Changed(text(a, &keys_a, i), text(b, &keys_b, j)),
        (Some(i), Some(j)) => {
            // What reads the value before it is alike, whatever that has become.
            let plain = a.layers[i].from.is_empty() && b.layers[j].from.is_empty();
            let alike = plain || a.sources(i).into_iter().map(|value| values[value]).eq(b.sources(j).into_iter().map(Some));
            if alike { Row::Same(i, j) } else { Row::Changed(reads(a, i), reads(b, j)) }
        }
        (Some(i), None) => Row::Removed(text(a, &keys_a, i)),
        (None, Some(j)) => Row::Added(text(b, &keys_b, j)),
        (None, None) => Row::Same(0, 0), // an alignment has no such pair
    };
    pairs.iter().map(row).collect()
}

fn parts(a: &Plan, b: &Plan) -> Vec<Part> {
    let cells = |plan: &Plan| named(plan.cells.iter().map(|cell| (format!("cell {}", cell.name), cell_text(plan, cell))));
    let functions = |plan: &Plan| {
        named(plan.functions.iter().map(|function| {
            let text = format!("{}, hidden units answer {}", crate::emit::mlp(function), function.activation);
            (format!("function {}", function.name), text)
        }))
    };
    let tables =
        |plan: &Plan| named(plan.tables.iter().map(|table| (format!("table {}", table.name), format!("{:?}", table.points))));
    let taps = |plan: &Plan| {
        let place = |tap: &Tap| crate::emit::value_name(plan, tap.value).to_string();
        named(plan.taps.iter().map(|tap| (format!("tap {}", tap.name), place(tap))))
    };
    let mut parts =
        differing(&named([("input".to_string(), a.input.to_string())]), &named([("input".to_string(), b.input.to_string())]));
    parts.extend(differing(&cells(a), &cells(b)));
    parts.extend(differing(&functions(a), &functions(b)));
    parts.extend(differing(&tables(a), &tables(b)));
    parts.extend(differing(&taps(a), &taps(b)));
    parts
}

fn cell_text(plan: &Plan, cell: &crate::plan::Cell) -> String {
    if cell.is_plain() {
        return cell.formula.to_string();
    }
    let trained = cell.trained.iter().map(|parameter| format!("trains {}", crate::emit::trained(parameter)));
    let steps = cell.steps.iter().map(|step| {
        let of: Vec<String> = match step {
            crate::plan::Step::Reduce { of, .. } | crate::plan::Step::Lookup { of, .. } => vec![of.to_string()],
            crate::plan::Step::Call { of, .. } => of.iter().map(ToString::to_string).collect(),
        };
        format!("{} of {}", crate::emit::step(plan, step), of.join(" and "))
    });
    trained.chain(steps).chain([cell.formula.to_string()]).collect::<Vec<_>>().join("; ")
}

fn named(items: impl IntoIterator<Item = (String, String)>) -> Vec<(String, String)> {
    items.into_iter().collect()
}

fn differing(a: &[(String, String)], b: &[(String, String)]) -> Vec<Part> {
    let of = |list: &[(String, String)], name: &str| list.iter().find(|(known, _)| known == name).map(|(_, text)| text.clone());
    let names = a.iter().chain(b.iter().filter(|(name, _)| of(a, name).is_none())).map(|(name, _)| name);
    let parts = names.map(|name| Part { what: name.clone(), each: [of(a, name), of(b, name)] });
    parts.filter(|part| part.each[0] != part.each[1]).collect()
}

impl fmt::Display for Diff {
    /// `-` stands before what only the first network has, `+` before what only the second has, as `diff` writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return writeln!(f, "{} and {} are the same network", self.nets[0], self.nets[1]);
        }
        writeln!(f, "- {}\n+ {}\n", self.nets[0], self.nets[1])?;
        let mut alike = 0;
        for row in &self.layers {
            if !matches!(row, Row::Same(..)) && alike > 0 {
                writeln!(f, "  … {} alike", count(alike, "layer"))?;
                alike = 0;
            }
            match row {
                Row::Same(..) => alike += 1,
                Row::Changed(a, b) => writeln!(f, "- {a}\n+ {b}")?,
                Row::Removed(a) => writeln!(f, "- {a}")?,
                Row::Added(b) => writeln!(f, "+ {b}")?,
            }
        }
        if alike > 0 {
            writeln!(f, "  … {} alike", count(alike, "layer"))?;
        }
        if !self.parts.is_empty() {
            writeln!(f)?;
        }
        for part in &self.parts {
            for (sign, text) in ["-", "+"].iter().zip(&part.each) {
                if let Some(text) = text {
                    writeln!(f, "{sign} {}: {text}", part.what)?;
                }
            }
        }
        if !self.figures.is_empty() {
            writeln!(f)?;
        }
        for figure in &self.figures {
            let [a, b] = figure.each;
            let text = |n: u64| if figure.is_memory { bytes(n) } else { thousands(n) };
            let percent = 100.0 * (b as f64 - a as f64) / (a as f64).max(1.0);
            let sign = if b < a { "−" } else { "+" };
            writeln!(f, "{:<24}  {} → {} ({sign}{:.2} %)", figure.what, text(a), text(b), percent.abs())?;
        }
        Ok(())
    }
}
