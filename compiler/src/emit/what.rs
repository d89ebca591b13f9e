//! What a layer does, in the words of the language.

use crate::layout::Layout;
use crate::plan::{Cell, Function, Layer, Op, Per, Placement, Plan, Step, Trained};

/// `3x3 pad=1`, `avg to 7x7`, `add conv2, act1`: options at their defaults are left out; what is read is named where it is not the value
/// before.
pub(super) fn what(plan: &Plan, index: usize) -> String {
    let layer = &plan.layers[index];
    let does = does(layer);
    if layer.from.is_empty() {
        return does;
    }
    let read: Vec<&str> = plan.sources(index).into_iter().map(|value| value_name(plan, value)).collect();
    let from = if matches!(layer.op, Op::Join { .. }) { "" } else { "of " };
    join([does, format!("{from}{}", read.join(", "))])
}

/// As [`what`], without what is read.
pub(crate) fn does(layer: &Layer) -> String {
    match &layer.op {
        Op::Conv { kernel, pad, more, stride, groups, bias } => join([
            if is_depthwise(layer) { "depthwise".to_string() } else { String::new() },
            size(*kernel),
            if *more == [0, 0] { option("pad", *pad, [0, 0]) } else { "pad=same".to_string() },
            option("stride", *stride, [1, 1]),
            if *groups > 1 && !is_depthwise(layer) { format!("groups={groups}") } else { String::new() },
            flag("bias", *bias),
        ]),
        Op::Dense { bias } => flag("bias", *bias),
        Op::Flatten => "to a vector".to_string(),
        Op::Pool { kind, window, stride, pad } => {
            join([word(kind), size(*window), option("stride", *stride, *window), option("pad", *pad, [0, 0])])
        }
        Op::AdaptivePool { kind } => match layer.output.spatial().unwrap_or_default() {
            (1, 1) => join([word(kind), "global".to_string()]),
            (height, width) => join([word(kind), "to".to_string(), size([height, width])]),
        },
        Op::Dropout { p } => p.to_string(),
        Op::Norm { kind, affine, epsilon } => join([word(kind), flag("affine", *affine), number("epsilon", *epsilon, 1e-5)]),
        Op::Response { size, alpha, beta, k } => join([
            "response".to_string(),
            number("size", *size as f64, 5.0),
            number("alpha", *alpha, 1e-4),
            number("beta", *beta, 0.75),
            number("k", *k, 2.0),
        ]),
        Op::Noise { kind, scale, always } => {
            join([word(kind), scale.to_string(), if *always { "always=yes".to_string() } else { String::new() }])
        }
        Op::Join { how } => word(how),
        Op::Cells(placement) => placed(layer, placement),
    }
}

/// `2x2 args=2 block`: how cells stand, without the cells.
fn placed(layer: &Layer, placement: &Placement) -> String {
    let window = match (placement.window, layer.input.spatial()) {
        (Some([_, length]), None) => length.to_string(),
        (Some(window), _) => size(window),
        (None, _) => String::new(),
    };
    let args = if placement.args > 1 { format!("args={}", placement.args) } else { String::new() };
    let layout = match placement.layout {
        _ if !placement.is_mixed() => String::new(),
        Layout::Random { seed } => format!("random seed={seed}"),
        layout => word(&layout),
    };
    join([window, args, layout])
}

/// The cells of a layer and how many units each has, in order: `4 swish(7.5)`, `3 windows maxrelu`; positions, where the
/// layout goes by them.
pub(crate) fn shares(plan: &Plan, layer: &Layer) -> Vec<(usize, String)> {
    let Op::Cells(placement) = &layer.op else { return Vec::new() };
    let noun = if placement.window.is_some() && layer.input.spatial().is_none() { "windows " } else { "" };
    let name = |cell: usize| plan.cells.get(cell).map_or("", |cell| cell.name.as_str());
    placement.shares.iter().map(|share| (share.cell, format!("{} {noun}{}", share.units, name(share.cell)))).collect()
}

/// What a value is called: the layer that gives it.
pub(crate) fn value_name(plan: &Plan, value: usize) -> &str {
    value.checked_sub(1).and_then(|index| plan.layers.get(index)).map_or("input", |layer| layer.name.as_str())
}

/// The names that value `value` has: `stem`.
pub(super) fn taps(plan: &Plan, value: usize) -> Vec<&str> {
    plan.taps.iter().filter(|tap| tap.value == value).map(|tap| tap.name.as_str()).collect()
}

/// `mlp 2-64-64-1`
pub(crate) fn mlp(function: &Function) -> String {
    let widths: Vec<String> = function.widths().iter().map(usize::to_string).collect();
    format!("mlp {}", widths.join("-"))
}

/// `a from 0.25 per channel`
pub(crate) fn trained(trained: &Trained) -> String {
    let per = match trained.per {
        Per::Net => "net",
        Per::Layer => "layer",
        Per::Channel => "channel",
    };
    format!("{} from {} per {per}", trained.name, trained.start)
}

/// The names of the layers in which a cell stands for which `is` holds.
pub(super) fn layers_with(plan: &Plan, is: impl Fn(usize, &Cell) -> bool) -> Vec<&str> {
    let has = |layer: &&Layer| match &layer.op {
        Op::Cells(placement) => {
            placement.shares.iter().any(|share| plan.cells.get(share.cell).is_some_and(|cell| is(share.cell, cell)))
        }
        _ => false,
    };
    plan.layers.iter().filter(has).map(|layer| layer.name.as_str()).collect()
}

/// The layers whose cells call a function: `shared by inner1, inner2`, `in inner1`.
pub(super) fn callers(plan: &Plan, function: usize) -> String {
    let layers = layers_with(plan, |_, cell| cell.calls().any(|call| call == function));
    let word = if layers.len() > 1 { "shared by" } else { "in" };
    format!("{word} {}", layers.join(", "))
}

/// What a step does, without its formulas: `sum over the window`, `g`, `table learned.csv`.
pub(crate) fn step(plan: &Plan, step: &Step) -> String {
    match step {
        Step::Reduce { by, .. } => format!("{} over the window", word(by)),
        Step::Call { function, .. } => {
            plan.functions.get(*function).map_or(String::new(), |function| format!("function {}", function.name))
        }
        Step::Lookup { table, .. } => plan.tables.get(*table).map_or(String::new(), |table| format!("table {}", table.name)),
    }
}

fn is_depthwise(layer: &Layer) -> bool {
    matches!(layer.op, Op::Conv { groups, .. } if groups > 1 && groups == layer.input.units() && groups == layer.output.units())
}

fn size([height, width]: [usize; 2]) -> String {
    format!("{height}x{width}")
}

/// `pad=1` or `pad=1x2`; nothing for the default.
fn option(name: &str, value: [usize; 2], default: [usize; 2]) -> String {
    match value {
        value if value == default => String::new(),
        [height, width] if height == width => format!("{name}={height}"),
        value => format!("{name}={}", size(value)),
    }
}

/// `bias=no`; nothing for yes.
fn flag(name: &str, value: bool) -> String {
    if value { String::new() } else { format!("{name}=no") }
}

/// `epsilon=0.001`; nothing for the default.
fn number(name: &str, value: f64, default: f64) -> String {
    if value == default { String::new() } else { format!("{name}={value}") }
}

/// Those that are not empty, with blanks between.
fn join<const N: usize>(parts: [String; N]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The word for a choice without fields, as the language writes it.
fn word(choice: &impl std::fmt::Debug) -> String {
    format!("{choice:?}").to_lowercase()
}
