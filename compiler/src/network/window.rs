//! `window excitator 2x2`: every unit answers together with its neighbours.

use super::place::{self, MixWords, Wanted};
use super::{Args, Argument, Bodies, Builder, Statement};
use crate::plan::Word;
use crate::shape::Shape;
use hetc_grammar::tree::ValueKind;

pub(super) const STATEMENT: Statement = Statement {
    head: "window",
    usage: "window CELL|CELL|… HEIGHTxWIDTH [ratio 1:1] [layout interleave|block|checkerboard|random [seed=0]] or window CELL UNITS",
    summary: "Every unit answers together with the others of its window: HEIGHTxWIDTH of a map, or so many units of a vector.",
    options: &["seed"],
    bodies: Bodies::None,
    build,
};

fn build(builder: &mut Builder, args: &mut Args) -> Option<()> {
    let wanted = read(builder, args)?;
    let (shape, (_, span)) = (builder.shape?, wanted.window?);
    check_axes(builder, args, &wanted, shape, span)?;
    place::push(builder, &wanted)
}

pub(super) fn read(builder: &mut Builder, args: &mut Args) -> Option<Wanted> {
    let words = MixWords::take(builder, args);
    let mix = args.next("a window cell", builder.findings)?;
    args.cells(&mix, builder.findings)?;
    let size = args.next("the size of the window", builder.findings)?;
    let window = size_of(builder, args, &size);
    let wanted = place::read(builder, args, words, (Word::Window, None), &mix, |builder, _, reference| builder.cell(reference));
    Some(Wanted { window: Some((window?, size.span)), ..wanted? })
}

/// `2x2`, or `4` for four units of a vector.
fn size_of(builder: &mut Builder, args: &Args, size: &Argument) -> Option<[usize; 2]> {
    match size.kind {
        ValueKind::Number(_) => args.size(size, "the size of the window", 1, builder.findings).map(|length| [1, length]),
        _ => args.window(size, "a window", 1, builder.findings),
    }
}

/// A window of a map has two sides, one of a vector a single length.
pub(super) fn check_axes(
    builder: &mut Builder,
    args: &Args,
    wanted: &Wanted,
    shape: Shape,
    span: hetc_grammar::span::Span,
) -> Option<()> {
    let ([height, width], _) = wanted.window?;
    if shape.spatial().is_some() || height == 1 {
        return Some(());
    }
    builder.findings.report(crate::diag::ArgumentKind {
        head: args.head().node.clone(),
        span,
        expected: format!("a number of units such as `{width}`, as there is a vector of {shape} here"),
        found: format!("the sizes `{height}x{width}`"),
        origin: None,
        declared: None,
        written: None,
        usage: Some(args.usage().to_string()),
    })
}
