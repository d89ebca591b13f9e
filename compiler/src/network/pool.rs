//! `pool max 2x2`, `pool avg to 7x7`: a map becomes smaller.

use super::{Args, Builder, Statement};
use crate::diag::{NeedsMap, WindowTooLarge};
use crate::figures::slide;
use crate::plan::{Op, PoolKind};
use crate::shape::Shape;

pub(super) const STATEMENT: Statement = Statement {
    head: "pool",
    usage: "pool max|avg HEIGHTxWIDTH [stride=HEIGHTxWIDTH] or pool max|avg to HEIGHTxWIDTH",
    summary: "Maximum or mean over windows, or over as many bins as asked for.",
    options: &["stride"],
    build,
};

fn build(builder: &mut Builder, args: &mut Args) -> Option<()> {
    let argument = args.next("the kind of pool", builder.findings)?;
    let kinds = [("max", PoolKind::Max), ("avg", PoolKind::Avg)];
    let kind = args.choice(&argument, "kind of pool", &kinds, builder.findings)?;
    let adaptive = args.word_if_next("to");
    let window_argument =
        args.next(if adaptive { "the size of the result" } else { "the size of the window" }, builder.findings)?;
    let window = args.window(&window_argument, "a size", 1, builder.findings);
    let stride_argument = args.option("stride");
    let stride = match &stride_argument {
        Some(argument) => args.pair(argument, "the stride", 1, builder.findings),
        None => window,
    };
    if let Some(argument) = stride_argument.filter(|_| adaptive) {
        return args.wrong_kind(&argument, "no `stride` with `to`, where the bins follow from the sizes", builder.findings);
    }
    let (window, stride) = (window?, stride?);

    let shape = builder.shape?;
    let Shape::Map(channels, height, width) = shape else {
        let (head, span) = (args.head().node.clone(), args.head().span);
        return builder.findings.report(NeedsMap { head, span, shape, from: builder.from });
    };
    if adaptive {
        return builder.push(Op::AdaptivePool { kind }, Shape::map(channels, window[0], window[1]));
    }
    let Some((out_height, out_width)) = slide((height, width), window, stride, [0, 0]) else {
        let (span, from) = (window_argument.span, builder.from);
        return builder.findings.report(WindowTooLarge { what: "pool window", window, span, shape, pad: [0, 0], from });
    };
    builder.push(Op::Pool { kind, window, stride, pad: [0, 0] }, Shape::map(channels, out_height, out_width))
}
