//! `pool max 2x2`, `pool avg to 7x7`: a map becomes smaller.

use super::{Args, Bodies, Builder, Statement};
use crate::diag::{NeedsMap, WindowTooLarge};
use crate::figures::slide;
use crate::plan::{Op, PoolKind};
use crate::shape::Shape;

pub(super) const STATEMENT: Statement = Statement {
    head: "pool",
    usage: "pool max|avg HEIGHTxWIDTH [stride=HEIGHTxWIDTH] [pad=0] or pool max|avg to HEIGHTxWIDTH or pool max|avg global",
    summary: "Maximum or mean over windows, over as many bins as asked for, or over the whole map.",
    options: &["stride", "pad"],
    bodies: Bodies::None,
    build,
};

fn build(builder: &mut Builder, args: &mut Args) -> Option<()> {
    let argument = args.next("the kind of pool", builder.findings)?;
    let kinds = [("max", PoolKind::Max), ("avg", PoolKind::Avg)];
    let kind = args.choice(&argument, "kind of pool", &kinds, builder.findings)?;
    let global = args.word_if_next("global");
    let adaptive = global || args.word_if_next("to");
    let window_argument = match global {
        true => argument,
        false => args.next(if adaptive { "the size of the result" } else { "the size of the window" }, builder.findings)?,
    };
    let window = if global { Some([1, 1]) } else { args.window(&window_argument, "a size", 1, builder.findings) };
    let stride_argument = args.option("stride");
    let stride = match &stride_argument {
        Some(argument) => args.pair(argument, "the stride", 1, builder.findings),
        None => window,
    };
    let pad_argument = args.option("pad");
    let pad = match &pad_argument {
        Some(argument) => args.pair(argument, "the padding", 0, builder.findings),
        None => Some([0, 0]),
    };
    if let Some(argument) = stride_argument.as_ref().or(pad_argument.as_ref()).filter(|_| adaptive) {
        let expected = "no `stride` or `pad` with `to` or `global`, where the bins follow from the sizes";
        return args.wrong_kind(argument, expected, builder.findings);
    }
    let (window, stride, pad) = (window?, stride?, pad?);
    if let Some(argument) = pad_argument.filter(|_| pad.iter().zip(window).any(|(pad, window)| *pad > window / 2)) {
        let found = argument.kind.to_string();
        return args.out_of_range(&argument, "the padding", &found, "at most half the window", builder.findings);
    }

    let shape = builder.shape?;
    let Shape::Map(channels, height, width) = shape else {
        let (head, span) = (args.head().node.clone(), args.head().span);
        return builder.findings.report(NeedsMap { head, span, shape, from: builder.from });
    };
    if adaptive {
        return builder.push(Op::AdaptivePool { kind }, Shape::map(channels, window[0], window[1]));
    }
    let Some((out_height, out_width)) = slide((height, width), window, stride, pad, [0, 0]) else {
        let (span, from) = (window_argument.span, builder.from);
        return builder.findings.report(WindowTooLarge { what: "pool window", window, span, shape, pad, from });
    };
    builder.push(Op::Pool { kind, window, stride, pad }, Shape::map(channels, out_height, out_width))
}
