//! What a layer does, in the words of the language.

use crate::plan::{Layer, Op};

/// `3x3 pad=1`, `avg to 7x7`, `random seed=7`: options at their defaults are left out.
pub(super) fn what(layer: &Layer) -> String {
    match &layer.op {
        Op::Conv { kernel, pad, stride, groups, .. } => {
            let groups = if *groups > 1 { format!(" groups={groups}") } else { String::new() };
            format!("{}{}{}{groups}", size(*kernel), option("pad", *pad, [0, 0]), option("stride", *stride, [1, 1]))
        }
        Op::Dense { .. } => String::new(),
        Op::Flatten => "to a vector".to_string(),
        Op::Pool { kind, window, stride, .. } => {
            format!("{} {}{}", word(kind), size(*window), option("stride", *stride, *window))
        }
        Op::AdaptivePool { kind } => {
            let (height, width) = layer.output.spatial().unwrap_or_default();
            format!("{} to {}", word(kind), size([height, width]))
        }
        Op::Dropout { p } => p.to_string(),
        Op::Norm { kind, affine, epsilon } => {
            let affine = if *affine { "" } else { " affine=no" };
            let epsilon = if *epsilon == 1e-5 { String::new() } else { format!(" epsilon={epsilon}") };
            format!("{}{affine}{epsilon}", word(kind))
        }
        Op::Cells(mix) if mix.is_mixed() => match mix.layout {
            crate::layout::Layout::Random { seed } => format!("random seed={seed}"),
            layout => word(&layout),
        },
        Op::Cells(_) | Op::Response { .. } | Op::Noise { .. } | Op::Join { .. } => String::new(),
    }
}

fn size([height, width]: [usize; 2]) -> String {
    format!("{height}x{width}")
}

/// ` pad=1` or ` pad=1x2`; nothing for the default.
fn option(name: &str, value: [usize; 2], default: [usize; 2]) -> String {
    match value {
        value if value == default => String::new(),
        [height, width] if height == width => format!(" {name}={height}"),
        value => format!(" {name}={}", size(value)),
    }
}

/// The word for a choice without fields, as the language writes it.
fn word(choice: &impl std::fmt::Debug) -> String {
    format!("{choice:?}").to_lowercase()
}
